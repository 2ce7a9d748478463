"""Who is on call, where a service says so: it is asked after the alert is told, which never waits for it."""

from __future__ import annotations

from handlers.alerts import machine
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.on_call import on_call_now
from handlers.alerts.stored import alert_key
from handlers.alerts.transitions import alert_effect
from handlers.changes import Cause, Draft, settle
from handlers.work import Verdict
from handlers.world import World


async def show_duty(world: World, cause: Cause, alert_id: str, system: str, fired: str) -> Verdict:
    """Show on the card who is on call, unless the alert fired anew since `fired`, or nobody is known."""
    duty = await on_call_now(world, system, world.clock.now())
    key = alert_key(alert_id)

    async def decide(draft: Draft) -> None:
        alert = draft.load((await world.store.read((key,)))[key], Alert)
        if alert is None or alert.state is AlertState.RESOLVED or alert.received_at.isoformat() != fired:
            return
        users = duty.users if duty is not None else ()
        if users != alert.on_call:
            told = alert.model_copy(update={"on_call": users})
            draft.save(key, told)
            alert_effect(draft, world, told, machine.Effect.SHOW_ROOT)

    return await settle(world.store, cause, decide)
