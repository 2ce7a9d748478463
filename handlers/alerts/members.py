"""Alerts that are told in another's thread: each is recorded, none has a clock or a message of its own."""

from __future__ import annotations

from datetime import datetime

from handlers.alerts import events, machine
from handlers.alerts.model import Alert, AlertState, ClockStart, Regrading
from handlers.alerts.stored import alert_key
from handlers.alerts.storms import (
    BEAT,
    acknowledged_list,
    firing_list,
    kin_list,
    members_list,
    news_list,
    snoozed_list,
)
from handlers.alerts.tallies import count_alert, open_lists, waited
from handlers.changes import Draft, due
from handlers.world import World

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def join(draft: Draft, world: World, alert: Alert, stands: Alert) -> Alert:
    """Have a new alert told in the thread of the one that stands for it."""
    if (said := regraded(stands, alert)) is not None:
        graded = {"severity": said.after, "regrading": said, "sent_severity": alert.told_severity}
        alert = alert.model_copy(update=graded)
    joined = alert.model_copy(update={"joined": stands.id, "ladder": (), "due_at": None, "lapses": 0})
    now = world.clock.now()
    key = alert_key(alert.id)
    draft.save(key, joined)
    draft.rank(members_list(stands.id), key, now)
    _keep_lists(draft, joined, now)
    count_alert(draft, None, joined)
    draft.record("alert-firing", alert.id, severity=alert.severity, about=alert.about, joined=stands.id)
    return joined


def move_member(draft: Draft, world: World, alert: Alert, event: events.Event) -> Alert:
    """Apply an event to an alert that is told in another's thread. Raises machine.NotNow."""
    now = world.clock.now()
    moved, _ = machine.step(alert, event, now)
    draft.save(alert_key(moved.id), moved)
    if (moved.state, moved.severity) == (alert.state, alert.severity):
        return moved
    _keep_lists(draft, moved, now, named=moved.state is not alert.state)
    count_alert(draft, alert, moved)
    told = {"joined": moved.joined, "severity": moved.severity, **waited(alert, moved)}
    draft.record(f"alert-{moved.state}", moved.id, by=type(event).__name__.lower(), **told)
    return moved


def state_lists(stands: str) -> dict[AlertState, str]:
    """The ordered lists of the open alerts that one stands for, by their states."""
    return {
        AlertState.FIRING: firing_list(stands),
        AlertState.SNOOZED: snoozed_list(stands),
        AlertState.ACKNOWLEDGED: acknowledged_list(stands),
    }


LEADS = {
    AlertState.FIRING: (AlertState.SNOOZED, AlertState.ACKNOWLEDGED),
    AlertState.SNOOZED: (AlertState.FIRING,),
    AlertState.ACKNOWLEDGED: (AlertState.FIRING, AlertState.SNOOZED),
    AlertState.RESOLVED: (AlertState.FIRING, AlertState.SNOOZED, AlertState.ACKNOWLEDGED),
}
"""In which states alerts follow the one that stands for them, by the state that it is in."""


def follows(stands: Alert, member: Alert) -> events.Event | None:
    """What happens to an alert because of what people said of the one that stands for it; None for nothing.

    Resolved is what there was when somebody said so: what began anew since begins the shared thread anew.
    """
    match stands.state, member.state:
        case AlertState.ACKNOWLEDGED, AlertState.FIRING | AlertState.SNOOZED if stands.acknowledgement:
            return events.Acknowledged(stands.acknowledgement)
        case AlertState.SNOOZED, AlertState.FIRING if stands.snooze:
            return events.Snoozed(stands.snooze)
        case AlertState.FIRING, AlertState.SNOOZED if member.snooze:
            return events.SnoozeRan(member.epoch, member.snooze.until)
        case AlertState.FIRING, AlertState.ACKNOWLEDGED:
            return events.LapseRan(member.epoch, ClockStart())
        case AlertState.RESOLVED, AlertState.FIRING | AlertState.SNOOZED | AlertState.ACKNOWLEDGED if (
            stands.resolution and member.received_at <= stands.resolution.at
        ):
            return events.Resolved(stands.resolution)
    return None


def regraded(stands: Alert, member: Alert) -> Regrading | None:
    """A person's word on how grave the shared thread is, as it holds for one that is told there; None where
    nobody has said so, or that one is as grave already."""
    said = stands.regrading
    if said is None or stands.state is AlertState.RESOLVED or member.severity == stands.severity:
        return None
    return said.model_copy(update={"before": member.severity, "after": stands.severity})


def _keep_lists(draft: Draft, alert: Alert, now: datetime, *, named: bool = True) -> None:
    """Put an alert last into the lists of its state, have them counted soon, and it `named` anew."""
    key, stands = alert_key(alert.id), alert.joined
    for state, name in state_lists(stands).items():
        if state is alert.state:
            draft.rank(name, key, now)
        else:
            draft.unrank(name, key)
    if named:
        draft.rank(news_list(stands), key, now)
    count_soon(draft, stands, now)


def count_soon(draft: Draft, stands: str, now: datetime) -> None:
    """Have the alerts that one stands for counted at the next beat that is not too near.

    Two timers take turns: arming the one that is due would put it off as long as alerts come, and take it
    from whoever is at it.
    """
    beat = (now - _EPOCH + BEAT / 2) // BEAT + 1
    draft.arm(f"gather/{stands}/{beat % 2}", _EPOCH + beat * BEAT, due("gather", alert=stands))


def lists_of(alert: Alert) -> tuple[str, ...]:
    """The ordered lists that an alert may stand in, for when it is forgotten."""
    kin = (*open_lists(alert.severity), *([kin_list(alert.kin)] if alert.kin else []))
    if not alert.joined:
        return kin
    stands = alert.joined
    return (
        *kin,
        members_list(stands),
        *state_lists(stands).values(),
        news_list(stands),
    )
