"""Evidence: what was there before anything is repaired, saved whole (rows PF-16, PF-51, CC-56)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from handlers.actions.kubernetes.logs_ports import LogsOf

News = Callable[[int, int], Awaitable[None]]


def logs_of(of: LogsOf) -> str:
    """What evidence of logs is called."""
    return f"logs of {of.told}"


def answers_of(reading: str) -> str:
    """What evidence of a reading is called."""
    return f"answers of {reading}"


@dataclass(frozen=True)
class Custody:
    """For whom evidence is taken: the request that asks for it, who asked and agreed, why, and when."""

    request_id: str
    asked_by: tuple[str, ...]
    approvers: tuple[str, ...]
    why: str
    at: datetime


@dataclass(frozen=True)
class Evidence:
    """One file, as the manifest beside it tells: its name, size in bytes and SHA-256 (hex), what it holds.

    `remarks` are sentences about what could not be read. `whole` is whether the file still has that digest.
    """

    name: str
    size: int
    sha256: str
    what: str
    remarks: tuple[str, ...] = ()
    whole: bool = True


class EvidenceRoom(Protocol):
    """Where a namespace's evidence goes. Raw lines go there and nowhere else.

    Every method raises DoNotRetry (`no-evidence-folder`) where none is configured or it is not there, and
    what reading logs raises. Nothing half-written is ever called evidence.
    """

    async def ready(self) -> None:
        """Raise what stands against taking evidence at all."""
        ...

    async def of_request(self, request_id: str) -> tuple[Evidence, ...]:
        """What was taken for a request, the oldest first."""
        ...

    async def newest(self, what: str) -> Evidence | None:
        """The last that was taken of the same; None when there is none, or no folder."""
        ...

    async def kept(self, whose: Collection[str], within: timedelta) -> frozenset[str]:
        """Those of these containers whose logs were saved within that time, from at least as long before, in
        a file that still is what was entered."""
        ...

    async def take_logs(self, of: LogsOf, since: timedelta, custody: Custody, news: News) -> Evidence:
        """Save the lines of every container from then on, each with its time, as the cluster has them.

        `news` gets how many containers are saved, of how many.
        """
        ...

    async def take_answers(self, name: str, since: timedelta, custody: Custody) -> Evidence:
        """Save what a reading of the system's API answers from then on, byte for byte."""
        ...

    async def take_events(self, since: timedelta, custody: Custody) -> Evidence:
        """Save the events of all namespaces from then on, one a line, as JSON."""
        ...
