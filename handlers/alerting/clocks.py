"""Timers of alerts whose time has come. The state machine decides whether they still mean anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.alerting import machine
from handlers.alerting.effects import move_alert
from handlers.alerting.escalating import start_clock
from handlers.alerting.model import Alert, ClockStart
from handlers.changes import Cause, Draft, settle
from handlers.requests.model import Request
from handlers.requests.transitions import alert_key, ended_set, thread_set
from handlers.work import Verdict
from handlers.world import World


async def wake(world: World, cause: Cause, alert_id: str, epoch: int, until: str) -> Verdict:
    """The end of a snooze."""
    return await _move(world, cause, alert_id, machine.SnoozeRan(epoch, datetime.fromisoformat(until)))


async def lapse(world: World, cause: Cause, alert_id: str, epoch: int) -> Verdict:
    """The end of an acknowledgement, unless people asked for something in its thread since."""
    slot, key = f"alert/{alert_id}", alert_key(alert_id)
    asked = (*await world.store.linked(thread_set(slot)), *await world.store.linked(ended_set(slot)))
    requests = [Request.model_validate_json(one.body) for one in asked if one.key.kind == "request"]
    active_at = max((one.changed_at for one in requests if not one.automatic), default=None)

    async def decide(draft: Draft) -> None:
        alert = draft.load((await world.store.read((key,)))[key], Alert)
        if alert is not None:
            clock = _clock_anew(world, alert)
            move_alert(draft, world, alert, machine.LapseRan(epoch, clock, active_at))

    return await settle(world.store, cause, decide)


def _clock_anew(world: World, alert: Alert) -> ClockStart:
    """Policy's clock of today; where policy has forgotten the severity, the one that the alert has kept."""
    now = world.clock.now()
    if alert.severity in world.book.severities:
        return start_clock(world.book, alert.severity, now)
    kept = tuple(
        rung.model_copy(update={"at": now + timedelta(seconds=rung.after_seconds)}) for rung in alert.ladder
    )
    due_at = None if alert.due_at is None else now + max(alert.due_at - alert.received_at, timedelta(0))
    return ClockStart(due_at=due_at, ladder=kept, lapses=alert.lapses)


async def _move(world: World, cause: Cause, alert_id: str, event: machine.Event) -> Verdict:
    key = alert_key(alert_id)

    async def decide(draft: Draft) -> None:
        alert = draft.load((await world.store.read((key,)))[key], Alert)
        if alert is not None:
            move_alert(draft, world, alert, event)

    return await settle(world.store, cause, decide)
