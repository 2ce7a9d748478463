"""`handlers.actions.kubernetes.evidence_ports.EvidenceRoom`: what a system has, into files."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.systems import evidence_files as files
from bot.systems.disk_lane import DiskLane
from bot.systems.evidence_files import Kept, Line, Writing
from bot.systems.kubernetes.calls import EVENTS, LOGS, Call, Json
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.log_sources import Source, Sources
from bot.systems.kubernetes.logs import NO_LOG
from bot.systems.records import Records
from handlers.actions.kubernetes.evidence_ports import Custody, Evidence, News, answers_of, logs_of
from handlers.actions.kubernetes.logs_ports import LogsOf
from handlers.errors import DoNotRetry

MOST_MIB = 512
"""Of one file; more is refused, because half of it would not be what it is called."""
_LOG_SECONDS = 120.0
"""What one container's log may take."""
_PAGE = 500
_LONGEST_NAMED = 100
"""Characters of what a file holds that stand in its name, which may have 255 bytes; its line has them all."""
_BUFFER = 1024 * 1024

TOO_MUCH = "There is more than {most} MiB of it, and half of it is no evidence. Ask for less time or one pod."
NOTHING = "No container has a log for that time: {why}"
NO_RECORDS = "{name} is no reading of this system's API, so nothing of it was saved."
EVENTS_OF = "events of all namespaces"
_LOG, _JSON = "log", "json"


class EvidenceOfNamespace:
    """Takes evidence in one namespace for a system, into `root`; None where no folder is configured.

    `most_mib` bounds one file. `records` are the readings of the system's other interface, None where it has
    none.
    """

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        root: Path | None,
        now: Callable[[], datetime],
        *,
        listed: Sequence[str] = (),
        most_mib: int = MOST_MIB,
        records: Records | None = None,
    ) -> None:
        self._records = records
        self._connection = connection
        self._namespace = namespace
        self._root = root
        self._now = now
        self._most_mib = most_mib
        self._sources = Sources(connection, namespace, listed)
        self._lane = DiskLane("evidence")

    def close(self) -> None:
        """Begin no more work."""
        self._lane.close()

    async def ready(self) -> None:
        """Raise what stands against taking evidence at all."""
        await self._lane.read(lambda: files.check(self._root))

    async def of_request(self, request_id: str) -> tuple[Evidence, ...]:
        """What was taken for a request, the oldest first."""
        found = await self._lane.read(lambda: files.find_all(self._root, request=request_id))
        return tuple(map(_evidence, found))

    async def newest(self, what: str) -> Evidence | None:
        """The last that was taken of the same."""
        if self._root is None:
            return None
        wanted = {"what": what, "namespace": self._namespace}
        found = await self._lane.read(lambda: files.find(self._root, **wanted))
        return None if found is None else _evidence(found)

    async def kept(self, whose: Collection[str], within: timedelta) -> frozenset[str]:
        """Those of these containers whose logs were saved so recently, from as long ago, in a whole file."""
        return await self._lane.read(lambda: self._kept(frozenset(whose), within))

    def _kept(self, whose: frozenset[str], within: timedelta) -> frozenset[str]:
        after, found = self._now() - within, frozenset[str]()
        for line in reversed(files.entries(self._root, namespace=self._namespace)):
            new = whose.intersection(line.get("of", ())) - found
            if new and _reaches(line, after, within) and files.measured(self._root, line).whole:
                found |= new
        return found

    async def take_logs(self, of: LogsOf, since: timedelta, custody: Custody, news: News) -> Evidence:
        """Every container's lines, one container after the other, each under a line with its name."""
        sources = await self._sources.of(of)

        async def write(paper: _Paper) -> tuple[str, ...]:
            remarks = []
            for number, one in enumerate(sources):
                await news(number, len(sources))
                if remark := await self._log(paper, one, since):
                    remarks.append(remark)
            await news(len(sources), len(sources))
            if len(remarks) == len(sources):
                raise DoNotRetry(NOTHING.format(why=remarks[0]), "no-log")
            return tuple(remarks)

        whose = tuple(one.shown for one in sources)
        return await self._taken(logs_of(of), since, custody, write, of=whose)

    async def take_answers(self, name: str, since: timedelta, custody: Custody) -> Evidence:
        """What a reading of the system's API answers, byte for byte."""
        records = self._records
        if records is None:
            raise DoNotRetry(NO_RECORDS.format(name=name), "no-reading")

        async def write(paper: _Paper) -> tuple[str, ...]:
            found = await records.fetch(name, since)
            await paper.write(found.body)
            return found.remarks

        return await self._taken(answers_of(name), since, custody, write, form=_JSON)

    async def _log(self, paper: _Paper, source: Source, since: timedelta) -> str:
        """One container's log; the sentence why there is none."""
        query = {
            "container": source.container,
            "timestamps": "true",
            "sinceSeconds": str(max(1, int(since.total_seconds()))),
        }
        call = Call("get", LOGS, self._namespace, source.pod, query=query)
        await paper.write(f"==> {self._namespace}/{source.pod}/{source.container} <==\n".encode())
        try:
            await self._connection.pour(call, paper.write, _LOG_SECONDS)
        except DoNotRetry as no:
            if no.code not in ("400", "404"):
                raise
            return NO_LOG.format(source=source.shown, why=no)
        return ""

    async def take_events(self, since: timedelta, custody: Custody) -> Evidence:
        """Events of the whole cluster, oldest page first."""
        oldest = self._now() - since

        async def write(paper: _Paper) -> tuple[str, ...]:
            more = ""
            while True:
                query = {"limit": str(_PAGE), **({"continue": more} if more else {})}
                page = await self._connection.call(Call("list", EVENTS, query=query))
                for event in page.get("items") or ():
                    if _seen_last(event) >= oldest:
                        await paper.write(json.dumps(event, sort_keys=True).encode() + b"\n")
                more = str((page.get("metadata") or {}).get("continue") or "")
                if not more:
                    return ()

        return await self._taken(EVENTS_OF, since, custody, write)

    async def _taken(
        self,
        what: str,
        since: timedelta,
        custody: Custody,
        write: Callable[[_Paper], Awaitable[tuple[str, ...]]],
        of: Sequence[str] = (),
        form: str = _LOG,
    ) -> Evidence:
        """Write the file, then enter it: what fails before that leaves nothing that is called evidence."""
        writing = await self._lane.read(lambda: files.begin(self._root))
        paper = _Paper(writing, self._lane, self._most_mib)
        try:
            remarks = await write(paper)
            await paper.flush()
            line = {**self._line(what, since, custody, remarks), **({"of": list(of)} if of else {})}
            begins = f"{self._namespace}-{what[:_LONGEST_NAMED]}"
            name = f"{begins}-{custody.at:%Y%m%dT%H%M%SZ}-{custody.request_id}.{form}"
            entered = await self._lane.change(lambda: writing.keep(name, line))
        finally:
            await self._lane.read(writing.drop)
        return _evidence(Kept(entered, whole=True))

    def _line(self, what: str, since: timedelta, custody: Custody, remarks: tuple[str, ...]) -> Line:
        until = custody.at
        return {
            "request": custody.request_id,
            "what": what,
            "namespace": self._namespace,
            "from": (until - since).isoformat(),
            "until": until.isoformat(),
            "asked_by": list(custody.asked_by),
            "approved_by": list(custody.approvers),
            "why": custody.why,
            "saved_at": self._now().isoformat(),
            "remarks": list(remarks),
        }


class _Paper:
    """What is written to a file from the event loop, a MiB at a time in the disk's own thread."""

    def __init__(self, writing: Writing, lane: DiskLane, most_mib: int) -> None:
        self._writing, self._lane, self._most_mib = writing, lane, most_mib
        self._buffer = bytearray()
        self._given = 0

    async def write(self, data: bytes) -> bool:
        """Take the next part, always. Raises DoNotRetry when it is too much."""
        self._given += len(data)
        if self._given > self._most_mib * 1024 * 1024:
            raise DoNotRetry(TOO_MUCH.format(most=self._most_mib), "too-much")
        self._buffer += data
        if len(self._buffer) >= _BUFFER:
            await self.flush()
        return True

    async def flush(self) -> None:
        """Hand over what waits."""
        data = bytes(self._buffer)
        self._buffer.clear()
        if data:
            await self._lane.read(lambda: self._writing.write(data))


def _reaches(line: Line, after: datetime, within: timedelta) -> bool:
    """Whether it was saved after that moment, and goes back as long before."""
    begins, until = (datetime.fromisoformat(str(line[key])) for key in ("from", "until"))
    return until >= after and until - begins >= within


def _evidence(kept: Kept) -> Evidence:
    line = kept.line
    return Evidence(
        name=str(line["file"]),
        size=int(line["bytes"]),
        sha256=str(line["sha256"]),
        what=str(line["what"]),
        remarks=tuple(line["remarks"]),
        whole=kept.whole,
    )


def _seen_last(event: Json) -> datetime:
    """When an event was seen last; each of its ways of telling that may be empty."""
    series = event.get("series") or {}
    meta = event.get("metadata") or {}
    told = (
        event.get("lastTimestamp") or series.get("lastObservedTime") or event.get("eventTime")
        or meta.get("creationTimestamp")
    )  # fmt: skip
    return datetime.fromisoformat(str(told)) if told else datetime.max.replace(tzinfo=UTC)
