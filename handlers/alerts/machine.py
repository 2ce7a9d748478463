"""The life of an alert: a pure state machine, `(alert, event, now) -> (alert, effects)`.

Drawn in docs/architecture.md. The clock starts when the bot records the alert, not when its sender says.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

from handlers.alerts import events
from handlers.alerts.model import Acknowledgement, Alert, AlertState, ClockStart, Snooze
from handlers.messages import Image
from handlers.rungs import Rung


class Effect(StrEnum):
    SHOW_ROOT = "show-root"
    ARM_CLOCK = "arm-clock"
    DISARM_CLOCK = "disarm-clock"
    ARM_LAPSE = "arm-lapse"
    DISARM_LAPSE = "disarm-lapse"
    ARM_SNOOZE = "arm-snooze"
    DISARM_SNOOZE = "disarm-snooze"
    TELL_RUNG = "tell-rung"
    TELL_LAPSE = "tell-lapse"
    TELL_AWAKE = "tell-awake"
    ARM_PICTURE = "arm-picture"
    ARM_OUTLAST = "arm-outlast"
    """It is told after a time that it is not over, whoever has it."""


class NotNow(Exception):
    """The event has no place in this state."""

    def __init__(self, state: AlertState) -> None:
        super().__init__(f"no such step from {state}")
        self.state = state


S = AlertState
Step = tuple[Alert, tuple[Effect, ...]]
Change = tuple[dict[str, Any], tuple[Effect, ...]]
_TIMERS = (
    (Effect.ARM_CLOCK, Effect.DISARM_CLOCK),
    (Effect.ARM_LAPSE, Effect.DISARM_LAPSE),
    (Effect.ARM_SNOOZE, Effect.DISARM_SNOOZE),
)


def _only(running: Effect | None = None) -> tuple[Effect, ...]:
    """This timer of an alert is armed and no other."""
    return tuple(arm if arm is running else disarm for arm, disarm in _TIMERS)


def begin(alert: Alert) -> Step:
    """A new alert: shown at once, its clock armed when its severity has one."""
    clock = (Effect.ARM_CLOCK,) if alert.ladder else ()
    return alert, (Effect.SHOW_ROOT, *clock, Effect.ARM_PICTURE, Effect.ARM_OUTLAST)


def rung_due(alert: Alert) -> datetime | None:
    """When the next rung of the ladder is climbed; None when none is left."""
    if alert.escalated >= len(alert.ladder):
        return None
    return _climbed_at(alert, alert.ladder[alert.escalated])


def _climbed_at(alert: Alert, rung: Rung) -> datetime:
    return rung.at or alert.received_at + timedelta(seconds=rung.after_seconds)


def rungs_before(alert: Alert, until: datetime) -> tuple[int, ...]:
    """The rungs that its clock would climb before then, counted from 1."""
    if alert.state is not S.FIRING:
        return ()
    left = enumerate(alert.ladder[alert.escalated :], alert.escalated + 1)
    return tuple(number for number, rung in left if _climbed_at(alert, rung) <= until)


def step(alert: Alert, event: events.Event, now: datetime) -> Step:
    """Apply one event. Raises NotNow when the state does not allow it."""
    changes, effects = _apply(alert, event, now)
    return alert.model_copy(update=changes), effects


def _apply(alert: Alert, event: events.Event, now: datetime) -> Change:
    match event:
        case events.Fired(clock):
            return _fire_again(alert, clock, now)
        case events.SenderResolved() | events.Resolved():
            return _resolve(alert, event, now)
        case events.Acknowledged(acknowledgement):
            return _acknowledge(alert, acknowledgement)
        case events.LapseRan():
            return _lapse(alert, event, now)
        case events.Snoozed(snooze):
            return _snooze(alert, snooze)
        case events.SnoozeRan():
            return _wake(alert, event, now)
        case events.Assigned(assignment):
            _while_open(alert)
            return {"assignment": assignment, "active_at": now}, (Effect.SHOW_ROOT,)
        case events.Regraded():
            return _regrade(alert, event, now)
        case events.Ticked():
            return _tick(alert, event, now)
        case events.ClockRan():
            return _climb(alert, event, now)
        case events.Contained(verified, troubles, last):
            told = {
                "verified": (*alert.verified, *verified),
                "troubles": (*alert.troubles, *troubles),
                "contained": last,
            }
            return told, (Effect.SHOW_ROOT,)
        case events.Pictured(found):
            drawn = isinstance(found, Image)
            told = {"picture": found if drawn else None, "no_picture": "" if drawn else found}
            return told, (Effect.SHOW_ROOT,)
        case _:
            assert_never(event)


def _while_open(alert: Alert) -> None:
    if alert.state is S.RESOLVED:
        raise NotNow(alert.state)


def opens_anew(alert: Alert) -> bool:
    """Whether it is over and its sender's word that it fires would begin it anew."""
    return alert.state is S.RESOLVED and (alert.resolution is None or alert.sender_done)


def _fire_again(alert: Alert, clock: ClockStart, now: datetime) -> Change:
    """A repeat only counts; after resolution it reopens the thread with a new clock.

    What a person resolved while its sender went on firing stays resolved until that sender has stopped once.
    """
    told: dict[str, Any] = {"repeats": alert.repeats + 1}
    if not opens_anew(alert):
        return told | {"sender_done": False}, (Effect.SHOW_ROOT,)
    changes, effects = _armed(alert, clock)
    fresh: dict[str, Any] = {
        "received_at": now,
        "lapsed": None,
        "lasting": None,
        "resolution": None,
        "assignment": None,
        "sender_done": False,
        "picture": None,
        "no_picture": "",
        "checklist": tuple(point.model_copy(update={"by": "", "at": None}) for point in alert.checklist),
    }
    return told | changes | fresh, (*effects, Effect.ARM_PICTURE, Effect.ARM_OUTLAST)


def _armed(alert: Alert, clock: ClockStart) -> Change:
    """It fires, and its clock and ladder begin anew."""
    changes = {
        "state": S.FIRING,
        "escalated": 0,
        "acknowledgement": None,
        "snooze": None,
        "snoozed_seconds": 0,
        "active_at": None,
        "due_at": clock.due_at,
        "ladder": clock.ladder,
        "lapses": clock.lapses,
        "resolved_at": None,
        "epoch": alert.epoch + 1,
    }
    return changes, (Effect.SHOW_ROOT, *_only(Effect.ARM_CLOCK if clock.ladder else None))


def _resolve(alert: Alert, event: events.SenderResolved | events.Resolved, now: datetime) -> Change:
    """Its sender's word closes it like a person's; after a person's it only says that both agree."""
    over = {"state": S.RESOLVED, "resolved_at": now, "snooze": None}
    match event:
        case events.SenderResolved():
            if alert.state is S.RESOLVED:
                return {"sender_done": True}, (Effect.SHOW_ROOT,)
            return over | {"sender_done": True}, (Effect.SHOW_ROOT, *_only())
        case events.Resolved(resolution):
            _while_open(alert)
            return over | {"resolution": resolution}, (Effect.SHOW_ROOT, *_only())
        case _:
            assert_never(event)


def _acknowledge(alert: Alert, acknowledgement: Acknowledgement) -> Change:
    if alert.state not in (S.FIRING, S.SNOOZED):
        raise NotNow(alert.state)
    seen = {"state": S.ACKNOWLEDGED, "acknowledgement": acknowledgement, "snooze": None, "active_at": None}
    return seen, (Effect.SHOW_ROOT, *_only(Effect.ARM_LAPSE if alert.lapses else None))


def _lapse(alert: Alert, event: events.LapseRan, now: datetime) -> Change:
    """Nothing came of an acknowledgement: it fires again. Where something did, its time begins anew.

    What joined another alert has no time of its own: its acknowledgement runs out with that one's.
    """
    if alert.state is not S.ACKNOWLEDGED or event.epoch != alert.epoch:
        return {}, ()
    if alert.lapse_at is None and not alert.joined:
        return {}, ()
    last = max(filter(None, (alert.active_at, event.active_at)), default=None)
    alert = alert.model_copy(update={"active_at": last})
    if alert.lapse_at is not None and now < alert.lapse_at:
        return {"active_at": last}, (Effect.ARM_LAPSE,)
    changes, effects = _armed(alert, event.clock)
    return changes | {"lapsed": alert.acknowledgement}, (*effects, Effect.TELL_LAPSE)


def _snooze(alert: Alert, snooze: Snooze) -> Change:
    """Its clock (what joined another has that one's) stands still; what time was left is left afterwards."""
    if alert.state is not S.FIRING or (alert.due_at is None and not alert.joined):
        raise NotNow(alert.state)
    changes = {
        "state": S.SNOOZED,
        "snooze": snooze,
        "snoozed_seconds": alert.snoozed_seconds + snooze.seconds,
        "active_at": snooze.at,
    }
    return changes, (Effect.SHOW_ROOT, *_only(Effect.ARM_SNOOZE))


def _wake(alert: Alert, event: events.SnoozeRan, now: datetime) -> Change:
    """The clock goes on: what it had counted before stays counted."""
    snooze = alert.snooze
    if alert.state is not S.SNOOZED or snooze is None:
        return {}, ()
    if event.epoch != alert.epoch or event.until != snooze.until:
        return {}, ()
    held = now - snooze.at
    changes = {
        "state": S.FIRING,
        "snooze": None,
        "ladder": tuple(
            rung.model_copy(update={"at": _climbed_at(alert, rung) + held}) for rung in alert.ladder
        ),
        "due_at": None if alert.due_at is None else alert.due_at + held,
    }
    clock = (Effect.ARM_CLOCK,) if alert.escalated < len(alert.ladder) else ()
    return changes, (Effect.SHOW_ROOT, Effect.TELL_AWAKE, *clock)


def _regrade(alert: Alert, event: events.Regraded, now: datetime) -> Change:
    """Graver: it fires anew under the new clock. Less grave: who has acknowledged it still has it."""
    _while_open(alert)
    told = {
        "severity": event.regrading.after,
        "regrading": event.regrading,
        "lasting": None,
        "sent_severity": alert.told_severity,
    }
    changes, effects = _armed(alert, event.clock)
    if event.graver or alert.state is not S.ACKNOWLEDGED:
        return changes | told, (*effects, Effect.ARM_OUTLAST)
    kept = {"state": S.ACKNOWLEDGED, "acknowledgement": alert.acknowledgement, "active_at": now}
    timers = _only(Effect.ARM_LAPSE if event.clock.lapses else None)
    return changes | told | kept, (Effect.SHOW_ROOT, *timers, Effect.ARM_OUTLAST)


def _tick(alert: Alert, event: events.Ticked, now: datetime) -> Change:
    """A point that is as it should be already stays with whom it is."""
    _while_open(alert)
    if not event.done | event.undone <= set(range(len(alert.checklist))):
        raise NotNow(alert.state)
    points = list(alert.checklist)
    for index, point in enumerate(points):
        if index in event.done and not point.by:
            points[index] = point.model_copy(update={"by": event.by, "at": now})
        elif index in event.undone and point.by:
            points[index] = point.model_copy(update={"by": "", "at": None})
    if tuple(points) == alert.checklist:
        return {}, ()
    return {"checklist": tuple(points), "active_at": now}, (Effect.SHOW_ROOT,)


def _climb(alert: Alert, event: events.ClockRan, now: datetime) -> Change:
    """The next rung, unless the timer is of an earlier arming or somebody has it by now."""
    stale = alert.state is not S.FIRING or event.epoch != alert.epoch or event.rung != alert.escalated + 1
    due = rung_due(alert)
    if stale or due is None:
        return {}, ()
    if now < due:
        return {}, (Effect.ARM_CLOCK,)  # it was armed before a snooze held the clock
    more = (Effect.ARM_CLOCK,) if event.rung < len(alert.ladder) else ()
    told = tuple(dict.fromkeys((*alert.notified, *alert.ladder[event.rung - 1].notify)))
    climbed = {"escalated": event.rung, "notified": told}
    return climbed, (Effect.SHOW_ROOT, Effect.TELL_RUNG, *more)
