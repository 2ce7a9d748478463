"""What can happen to an alert; `machine` says what comes of it in each state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handlers.alerts.model import Acknowledgement, Assignment, ClockStart, Regrading, Resolution, Snooze
from handlers.messages import Image


@dataclass(frozen=True)
class Fired:
    """The sender tells the same alert again. Where that opens the thread anew, `clock` begins to run."""

    clock: ClockStart


@dataclass(frozen=True)
class SenderResolved:
    """The sender says that it is over."""


@dataclass(frozen=True)
class Acknowledged:
    acknowledgement: Acknowledgement


@dataclass(frozen=True)
class LapseRan:
    """An acknowledgement's time came; `active_at` is when people last asked for something in its thread.

    Where nothing followed it, `clock` begins to run.
    """

    epoch: int
    clock: ClockStart
    active_at: datetime | None = None


@dataclass(frozen=True)
class Snoozed:
    snooze: Snooze


@dataclass(frozen=True)
class SnoozeRan:
    """A snooze's time came; `until` is the time it was armed for."""

    epoch: int
    until: datetime


@dataclass(frozen=True)
class Assigned:
    assignment: Assignment


@dataclass(frozen=True)
class Regraded:
    """Somebody says how grave it really is; `clock` is that severity's."""

    regrading: Regrading
    clock: ClockStart
    graver: bool


@dataclass(frozen=True)
class Ticked:
    """Somebody did points of the checklist, or says that some are not done; counted from 0."""

    by: str
    done: frozenset[int] = frozenset()
    undone: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ClockRan:
    """A rung's time came; `rung` counts from 1, `epoch` is that of the arming."""

    rung: int
    epoch: int


@dataclass(frozen=True)
class Contained:
    """An automatic action ended: what was verified, what was not."""

    verified: tuple[str, ...]
    troubles: tuple[str, ...]
    last: bool


@dataclass(frozen=True)
class Resolved:
    """Its case was resolved, or a person says that it is over."""

    resolution: Resolution | None = None


@dataclass(frozen=True)
class Pictured:
    """What it measured was drawn, or (text) why that could not be."""

    found: Image | str


Event = (
    Fired
    | SenderResolved
    | Acknowledged
    | LapseRan
    | Snoozed
    | SnoozeRan
    | Assigned
    | Regraded
    | Ticked
    | ClockRan
    | Contained
    | Resolved
    | Pictured
)
