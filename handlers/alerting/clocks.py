"""Timers of alerts whose time has come. The state machine decides whether they still mean anything."""

from __future__ import annotations

from datetime import datetime

from handlers.alerts import events
from handlers.alerts.ladder import clock_anew
from handlers.alerts.model import Alert
from handlers.alerts.stored import alert_key
from handlers.alerts.transitions import move_alert
from handlers.changes import Cause, Draft, settle
from handlers.requests.model import Request
from handlers.requests.transitions import ended_set, thread_set
from handlers.work import Verdict
from handlers.world import World


async def wake(world: World, cause: Cause, alert_id: str, epoch: int, until: str) -> Verdict:
    """The end of a snooze."""
    return await _move(world, cause, alert_id, events.SnoozeRan(epoch, datetime.fromisoformat(until)))


async def lapse(world: World, cause: Cause, alert_id: str, epoch: int) -> Verdict:
    """The end of an acknowledgement, unless people asked for something in its thread since."""
    slot, key = f"alert/{alert_id}", alert_key(alert_id)
    asked = (*await world.store.linked(thread_set(slot)), *await world.store.linked(ended_set(slot)))
    requests = [Request.model_validate_json(one.body) for one in asked if one.key.kind == "request"]
    active_at = max((one.changed_at for one in requests if not one.automatic), default=None)

    async def decide(draft: Draft) -> None:
        alert = draft.load((await world.store.read((key,)))[key], Alert)
        if alert is not None:
            clock = clock_anew(world.book, alert, world.clock.now())
            move_alert(draft, world, alert, events.LapseRan(epoch, clock, active_at))

    return await settle(world.store, cause, decide)


async def _move(world: World, cause: Cause, alert_id: str, event: events.Event) -> Verdict:
    key = alert_key(alert_id)

    async def decide(draft: Draft) -> None:
        alert = draft.load((await world.store.read((key,)))[key], Alert)
        if alert is not None:
            move_alert(draft, world, alert, event)

    return await settle(world.store, cause, decide)
