"""`handlers.actions.kubernetes.evidence_ports.EvidenceRoom`: logs and events of a cluster, into files."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.systems import evidence_files as files
from bot.systems.disk_lane import DiskLane
from bot.systems.evidence_files import Kept, Line, Writing
from bot.systems.kubernetes.calls import EVENTS, LOGS, Call, Json
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.log_sources import Source, Sources
from bot.systems.kubernetes.logs import NO_LOG
from handlers.actions.kubernetes.evidence_ports import Custody, Evidence, News
from handlers.actions.kubernetes.logs_ports import LogsOf
from handlers.errors import DoNotRetry

MOST_MIB = 512
"""Of one file; more is refused, because half of it would not be what it is called."""
_LOG_SECONDS = 120.0
"""What one container's log may take."""
_PAGE = 500
_BUFFER = 1024 * 1024

TOO_MUCH = "There is more than {most} MiB of it, and half of it is no evidence. Ask for less time or one pod."
NOTHING = "No container has a log for that time: {why}"
EVENTS_OF = "events of all namespaces"


class EvidenceOfNamespace:
    """Takes evidence in one namespace for a system, into `root`; None where no folder is configured.

    `most_mib` bounds one file.
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
    ) -> None:
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

    async def of_request(self, request_id: str) -> Evidence | None:
        """What was taken for a request."""
        return _evidence(await self._lane.read(lambda: files.find(self._root, request=request_id)))

    async def newest(self, what: str) -> Evidence | None:
        """The last that was taken of the same."""
        if self._root is None:
            return None
        wanted = {"what": what, "namespace": self._namespace}
        return _evidence(await self._lane.read(lambda: files.find(self._root, **wanted)))

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

        return await self._taken(f"logs of {of.told}", since, custody, write)

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
    ) -> Evidence:
        """Write the file, then enter it: what fails before that leaves nothing that is called evidence."""
        writing = await self._lane.read(lambda: files.begin(self._root))
        paper = _Paper(writing, self._lane, self._most_mib)
        try:
            remarks = await write(paper)
            await paper.flush()
            line = self._line(what, since, custody, remarks)
            name = f"{self._namespace}-{what}-{custody.at:%Y%m%dT%H%M%SZ}-{custody.request_id}.log"
            entered = await self._lane.change(lambda: writing.keep(name, line))
        finally:
            await self._lane.read(writing.drop)
        found = _evidence(Kept(entered, whole=True))
        assert found is not None  # noqa: S101  it was just entered
        return found

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


def _evidence(kept: Kept | None) -> Evidence | None:
    if kept is None:
        return None
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
