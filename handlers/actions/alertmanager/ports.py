"""Alertmanager as silences see it. The adapter lives in `bot/systems/alertmanager`; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from policies.matchers import Matcher


class SilenceState(StrEnum):
    """Alertmanager's own words for how a silence stands."""

    ACTIVE = "active"
    PENDING = "pending"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Silence:
    """A silence as Alertmanager tells it. `hides`, `by` and `why` may be told; `comment` is as it stands
    there, for the stamp in it alone."""

    id: str
    state: SilenceState
    matchers: frozenset[Matcher]
    starts: datetime
    ends: datetime
    hides: str
    by: str
    why: str
    comment: str

    @property
    def is_over(self) -> bool:
        return self.state is SilenceState.EXPIRED


@dataclass(frozen=True)
class NewSilence:
    """A silence to be made. It begins at once."""

    matchers: Sequence[Matcher]
    starts: datetime
    ends: datetime
    by: str
    comment: str


@dataclass(frozen=True)
class FiringAlert:
    """An alert that Alertmanager holds now, silenced or not.

    `called` is its name, `labels` are `name=value`; both are what may be told of them (ADR 29).
    """

    called: str
    labels: tuple[str, ...]
    starts: datetime


@dataclass(frozen=True)
class Bounds:
    """What policy says of a system's silences.

    `carried` keeps a silence to the system's own alerts, `audible` keeps the graver severities out of it;
    `grave` names those. `longest` is for how long at most.
    """

    carried: tuple[Matcher, ...]
    audible: tuple[Matcher, ...]
    grave: tuple[str, ...]
    longest: timedelta


class Alertmanager(Protocol):
    """One Alertmanager, seen by one system.

    Methods raise DoNotRetry when it refuses or answers what cannot be understood, and TryAgainLater when it
    is away and nothing happened.
    """

    @property
    def identity(self) -> str:
        """What tells this Alertmanager from another: a digest of its address."""
        ...

    @property
    def bounds(self) -> Bounds:
        """What policy says of this system's silences."""
        ...

    def now(self) -> datetime:
        """The present moment, UTC."""
        ...

    async def silences(self) -> tuple[Silence, ...]:
        """Every silence that carries this system's labels, those that ended not long ago as well."""
        ...

    async def others(self) -> tuple[Silence, ...]:
        """Silences that hide something now or soon, do not carry this system's labels, and may hide its
        alerts all the same."""
        ...

    async def silence(self, id: str) -> Silence | None:
        """One silence, whosever it is; None when there is none of this id."""
        ...

    async def alerts(self, matchers: Sequence[Matcher]) -> tuple[FiringAlert, ...]:
        """The alerts that fire now and have all of these, silenced ones as well."""
        ...

    async def make(self, silence: NewSilence) -> None:
        """Make a silence. Alertmanager chooses its id, so the same again makes another one.

        Raises OutcomeUnknown when it may have been made.
        """
        ...

    async def expire(self, id: str) -> None:
        """End a silence now; it stays listed for some days. Raises OutcomeUnknown when it may have ended."""
        ...
