"""`handlers.actions.kubernetes.logs_ports.PodLogs` on a real API server: bounded, and redacted here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.redaction.redactor import Redactor
from bot.systems.kubernetes.calls import LOGS, Call
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.log_cursor import after, moved, read_cursor, write_cursor
from bot.systems.kubernetes.log_lines import levels, signs, timed_lines
from bot.systems.kubernetes.log_sources import MOST, Source, Sources
from handlers.actions.kubernetes.logs_ports import LogCounts, LogLine, LogsOf, LogSystem, LogText, Window
from handlers.errors import DoNotRetry
from handlers.redaction import Kind, together

MOST_BYTES = 2 * 1024 * 1024
"""Of one container's log, at one look."""
SEARCHED = 5000
"""Lines of each container that are searched when only some of them are wanted, or counted."""
FOLLOWED = 200
"""Lines of each container between two looks; of more, the newest."""
_AT_ONCE = 6
"""Logs that are read at the same time."""

NOT_SHOWN = (
    "Policy keeps the lines of these logs away from Slack (raw_logs: never), because patients may be in them."
    " `logs` counts what is in them, and `preserve-logs` saves them as evidence."
)
MORE_AT = " Whoever may look there finds them in the log system, {url} ."
CUT_BYTES = "{source}: only the oldest {most} MiB of these lines were read; ask for fewer lines or less time."
MORE_SOURCES = "{more} more containers were not read; name a pod to see its own."
NO_LOG = "{source}: {why}"
NOT_RESTARTED = "has not been restarted, so there is no log of a run before this one"
TOO_FAST = "{source} writes faster than can be shown here: lines are missing. `logs` reads more of them."

_NEVER_BEFORE = "previous terminated container"
"""What a kubelet says of a container whose earlier run it has no log of."""


@dataclass(frozen=True)
class Found:
    """One container's lines as the cluster has them: they stay in this room."""

    source: Source
    lines: Sequence[tuple[datetime, str]]
    remark: str = ""


class LogsOfNamespace:
    """The logs of one namespace. `may_be_shown` False: no line of them leaves, whoever asks.

    `followed` bounds the lines of each container between two looks. `elsewhere` is where all of them are.
    """

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        *,
        listed: Sequence[str] = (),
        may_be_shown: bool = True,
        followed: int = FOLLOWED,
        elsewhere: LogSystem | None = None,
    ) -> None:
        self.elsewhere = elsewhere
        self._connection = connection
        self._namespace = namespace
        self._sources = Sources(connection, namespace, listed)
        self._redactor = Redactor()
        self._may_be_shown = may_be_shown
        self._followed = followed

    @property
    def may_be_shown(self) -> bool:
        """Whether policy lets lines out."""
        return self._may_be_shown

    def _hidden(self) -> DoNotRetry:
        """The refusal of lines that policy keeps away, with where people who may look there find them."""
        where = MORE_AT.format(url=self.elsewhere.url) if self.elsewhere else ""
        return DoNotRetry(f"{NOT_SHOWN}{where}", "raw-logs")

    async def containers(self, of: LogsOf) -> tuple[str, ...]:
        """Whose logs these would be."""
        return tuple(one.shown for one in await self._sources.of(of))

    async def read(self, of: LogsOf, window: Window) -> LogText:
        """The newest lines, without what must not be seen."""
        if not self._may_be_shown:
            raise self._hidden()
        found, remarks = await self._found(of, window)
        lines = [line for one in found for line in await self._shown(one)]
        wanted = [line for line in lines if window.grep.lower() in line[0].text.lower()]
        newest = sorted(wanted, key=lambda line: line[0].at)[-window.tail :]
        hidden = together([count for _, count in newest])
        return LogText(tuple(line for line, _ in newest), _names(found), hidden, remarks)

    async def follow(self, of: LogsOf, cursor: str, at_first: int) -> tuple[LogText, str]:
        """What each container has written since it was last seen; of a new one, everything that fits."""
        if not self._may_be_shown:
            raise self._hidden()
        marks = read_cursor(cursor)
        found, remarks = await self._found(of, Window(self._followed))
        lines: list[tuple[LogLine, Mapping[Kind, int]]] = []
        for one in found:
            before = marks.pop(one.source.shown, None)
            new = after(before, one.lines)
            if before is not None and len(new) >= self._followed:
                remarks = (*remarks, TOO_FAST.format(source=one.source.shown))
            # What came before is redacted with it: a private key may have begun there.
            lines += (await self._shown(one))[len(one.lines) - len(new) :]
            if mark := moved(before, new):
                marks[one.source.shown] = mark
        newest = sorted(lines, key=lambda line: line[0].at)[-(self._followed if cursor else at_first) :]
        hidden = together([count for _, count in newest])
        text = LogText(tuple(line for line, _ in newest), _names(found), hidden, remarks)
        return text, write_cursor(marks)

    async def _shown(self, one: Found) -> list[tuple[LogLine, Mapping[Kind, int]]]:
        """One container's lines as they may be shown, each with what is hidden in it."""
        shown = await self._redactor.redact([text for _, text in one.lines])
        return [
            (LogLine(at, one.source.shown, text), count)
            for (at, _), text, count in zip(one.lines, shown.lines, shown.counts, strict=True)
        ]

    async def count(self, of: LogsOf, window: Window) -> LogCounts:
        """What is in the lines, in words of the code alone."""
        found, remarks = await self._found(of, window)
        lines = sorted(line for one in found for line in one.lines)
        return LogCounts(len(lines), levels(lines), signs(lines), _names(found), remarks)

    async def _found(self, of: LogsOf, window: Window) -> tuple[Sequence[Found], tuple[str, ...]]:
        """Every container's lines, and what is to be said about those that are missing.

        Raises DoNotRetry when no container has a log, with the reason of the first.
        """
        sources = await self._sources.of(of)
        gate = asyncio.Semaphore(_AT_ONCE)
        found = await asyncio.gather(*(self._one(gate, one, window) for one in sources[:MOST]))
        remarks = [one.remark for one in found if one.remark]
        if remarks and not any(one.lines for one in found) and len(remarks) == len(found):
            raise DoNotRetry(remarks[0], "no-log")
        if len(sources) > MOST:
            remarks.append(MORE_SOURCES.format(more=len(sources) - MOST))
        return found, tuple(remarks)

    async def _one(self, gate: asyncio.Semaphore, source: Source, window: Window) -> Found:
        async with gate:
            try:
                text, whole = await self._connection.text(self._call(source, window), MOST_BYTES)
            except DoNotRetry as no:
                if no.code not in ("400", "404"):
                    raise
                # It has not started yet, it never ran before, or its pod has just gone.
                never = window.previous and _NEVER_BEFORE in str(no)
                why = NOT_RESTARTED if never else str(no)
                return Found(source, (), NO_LOG.format(source=source.shown, why=why))
        remark = "" if whole else CUT_BYTES.format(source=source.shown, most=MOST_BYTES // 1024 // 1024)
        return Found(source, await asyncio.to_thread(timed_lines, text), remark)

    def _call(self, source: Source, window: Window) -> Call:
        searched = window.grep or not self._may_be_shown
        query = {
            "container": source.container,
            "timestamps": "true",
            "tailLines": str(SEARCHED if searched else window.tail),
        }
        if window.previous:
            query["previous"] = "true"
        if window.since is not None:
            query["sinceSeconds"] = str(max(1, int(window.since.total_seconds())))
        return Call("get", LOGS, self._namespace, source.pod, query=query)


def _names(found: Sequence[Found]) -> tuple[str, ...]:
    return tuple(one.source.shown for one in found if one.lines)
