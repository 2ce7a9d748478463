"""The logs of a namespace: what leaves the adapter has passed the redactor (ADR 14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from handlers.redaction import Kind


@dataclass(frozen=True)
class LogsOf:
    """Whose logs: one of a deployment (its pods, or a pod itself by its name), a value of the label `app`,
    and a label selector as `kubectl -l` takes it.

    `container` narrows it to those of that name; without it, all of them.
    """

    name: str = ""
    app: str = ""
    container: str = ""
    label: str = ""

    @property
    def selector(self) -> str:
        """The labels of its pods, empty where it goes by a name."""
        return f"app={self.app}" if self.app else self.label

    @property
    def told(self) -> str:
        """In words."""
        whose = self.name or self.selector
        return f"{whose}, container {self.container}" if self.container else whose


@dataclass(frozen=True)
class Window:
    """Which lines: the newest `tail` of them, none older than `since`; `previous` is before the last restart.

    Only lines that contain `grep`, in any letter case, when it is not empty: as they are shown, so that
    nobody can search for what is hidden.
    """

    tail: int
    since: timedelta | None = None
    previous: bool = False
    grep: str = ""


@dataclass(frozen=True)
class LogLine:
    """One line as it may be shown. `source` is its pod, with its container where that pod has several."""

    at: datetime
    source: str
    text: str


@dataclass(frozen=True)
class LogText:
    """Lines, oldest first. `remarks` are sentences about what is not among them, and why."""

    lines: tuple[LogLine, ...]
    sources: tuple[str, ...]
    hidden: Mapping[Kind, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tally:
    """How often something was in a log, first and last when. None where it was not."""

    what: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class LogCounts:
    """What can be told of a log without a word of it: by level, and by signs of trouble that code knows."""

    lines: int
    levels: tuple[Tally, ...]
    signs: tuple[Tally, ...]
    sources: tuple[str, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogSystem:
    """Where all logs of a system are collected, for people who may look there (CC-40)."""

    url: str
    index: str = ""


class PodLogs(Protocol):
    """The logs of one namespace. `elsewhere` is where policy says that more of them are.

    `may_be_shown` is whether policy lets lines out at all: where it does not, `read` raises DoNotRetry
    (`raw-logs`), whoever calls it, and `count` says what there is. Both raise DoNotRetry for what is not
    there or not listed in policy and for a permission that is missing, TryAgainLater when the cluster is
    away.
    """

    @property
    def may_be_shown(self) -> bool: ...
    @property
    def elsewhere(self) -> LogSystem | None: ...

    async def containers(self, of: LogsOf) -> tuple[str, ...]:
        """Whose logs these would be, by the names that people read."""
        ...

    async def read(self, of: LogsOf, window: Window) -> LogText:
        """The lines, in bounded number and size."""
        ...

    async def follow(self, of: LogsOf, cursor: str, at_first: int) -> tuple[LogText, str]:
        """The lines since a cursor, and the next cursor; without one, the last `at_first` lines. Raises as
        `read` does."""
        ...

    async def count(self, of: LogsOf, window: Window) -> LogCounts:
        """What the lines are, without any of them."""
        ...
