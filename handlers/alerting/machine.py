"""The life of an alert: a pure state machine, `(alert, event, now) -> (alert, effects)`.

Drawn in docs/architecture.md. The clock starts when the bot records the alert, not when its sender says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

from handlers.alerting.model import Acknowledgement, Alert, AlertState, ClockStart


@dataclass(frozen=True)
class Fired:
    """The sender tells the same alert again. Where that opens the thread anew, `clock` begins to run."""

    clock: ClockStart


@dataclass(frozen=True)
class Acknowledged:
    acknowledgement: Acknowledgement


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
    """Its case was resolved."""


Event = Fired | Acknowledged | ClockRan | Contained | Resolved


class Effect(StrEnum):
    SHOW_ROOT = "show-root"
    ARM_CLOCK = "arm-clock"
    DISARM_CLOCK = "disarm-clock"
    TELL_RUNG = "tell-rung"


class NotNow(Exception):
    """The event has no place in this state."""

    def __init__(self, state: AlertState) -> None:
        super().__init__(f"no such step from {state}")
        self.state = state


Step = tuple[Alert, tuple[Effect, ...]]


def begin(alert: Alert) -> Step:
    """A new alert: shown at once, its clock armed when its severity has one."""
    clock = (Effect.ARM_CLOCK,) if alert.ladder else ()
    return alert, (Effect.SHOW_ROOT, *clock)


def rung_due(alert: Alert) -> datetime | None:
    """When the next rung of the ladder is climbed; None when none is left."""
    if alert.escalated >= len(alert.ladder):
        return None
    rung = alert.ladder[alert.escalated]
    return rung.at or alert.received_at + timedelta(seconds=rung.after_seconds)


def step(alert: Alert, event: Event, now: datetime) -> Step:
    """Apply one event. Raises NotNow when the state does not allow it."""
    changes, effects = _apply(alert, event, now)
    return alert.model_copy(update=changes), effects


def _apply(alert: Alert, event: Event, now: datetime) -> tuple[dict[str, Any], tuple[Effect, ...]]:
    match event:
        case Fired(clock):
            return _fire_again(alert, clock, now)
        case Acknowledged(acknowledgement):
            if alert.state is not AlertState.FIRING:
                raise NotNow(alert.state)
            seen = {"state": AlertState.ACKNOWLEDGED, "acknowledgement": acknowledgement}
            return seen, (Effect.SHOW_ROOT, Effect.DISARM_CLOCK)
        case ClockRan(rung, epoch):
            stale = (
                alert.state is not AlertState.FIRING or epoch != alert.epoch or rung != alert.escalated + 1
            )
            if stale or rung > len(alert.ladder):
                return {}, ()
            more = (Effect.ARM_CLOCK,) if rung < len(alert.ladder) else ()
            return {"escalated": rung}, (Effect.SHOW_ROOT, Effect.TELL_RUNG, *more)
        case Contained(verified, troubles, last):
            told = {
                "verified": (*alert.verified, *verified),
                "troubles": (*alert.troubles, *troubles),
                "contained": last,
            }
            return told, (Effect.SHOW_ROOT,)
        case Resolved():
            if alert.state is AlertState.RESOLVED:
                raise NotNow(alert.state)
            return {"state": AlertState.RESOLVED, "resolved_at": now}, (Effect.SHOW_ROOT, Effect.DISARM_CLOCK)
        case _:
            assert_never(event)


def _fire_again(alert: Alert, clock: ClockStart, now: datetime) -> tuple[dict[str, Any], tuple[Effect, ...]]:
    """A repeat only counts; after resolution it reopens the thread with a new clock."""
    if alert.state is not AlertState.RESOLVED:
        return {"repeats": alert.repeats + 1}, (Effect.SHOW_ROOT,)
    reopened = {
        "state": AlertState.FIRING,
        "repeats": alert.repeats + 1,
        "escalated": 0,
        "acknowledgement": None,
        "received_at": now,
        "due_at": clock.due_at,
        "ladder": clock.ladder,
        "resolved_at": None,
        "epoch": alert.epoch + 1,
    }
    armed = (Effect.ARM_CLOCK,) if clock.ladder else ()
    return reopened, (Effect.SHOW_ROOT, *armed)
