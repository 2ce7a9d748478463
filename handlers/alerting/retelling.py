"""What is told of an alert that is there already: again, over, or so late that it is another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from handlers.alerting.disclosing import disclosed
from handlers.alerting.kill_switch import KillSwitch, held_list, holds_back
from handlers.alerting.signals import Signal
from handlers.alerts import events, machine
from handlers.alerts.ladder import clock_anew
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.on_call import on_call_by_policy
from handlers.alerts.stored import alert_key
from handlers.alerts.transitions import move_alert
from handlers.changes import Draft
from handlers.world import World
from policies.clocks import graver


def is_another(world: World, signal: Signal, alert: Alert, received: datetime) -> bool:
    """Whether what fires is graver than the alert, or fires too late to go on in its thread."""
    if graver(world.book, signal.severity, alert.told_severity) is not False:
        return True
    signals = world.book.systems[alert.system].signals
    if signals is None or not alert.sender_done or alert.told_at is None:
        return False
    return received - alert.told_at > signals.reopen_within


async def retell(
    draft: Draft,
    world: World,
    alert: Alert,
    signal: Signal,
    received: datetime,
    off: Mapping[str, KillSwitch],
) -> None:
    """A repeat, an end, or a beginning anew, which a kill switch in `off` may hold back.

    While it fires the card shows what its sender says of it now. What was recorded before the last that
    counted changes no more than the count: workers may be overtaken.
    """
    overtaken = alert.told_at is not None and received < alert.told_at
    if overtaken and (not signal.firing or alert.state is AlertState.RESOLVED):
        return
    heard = alert if overtaken else alert.model_copy(update={"told_at": received})
    if signal.firing:
        if not overtaken and not alert.joined:  # of one that shares a thread nothing is told but its name
            heard = await _as_said_now(world, heard, signal)
        clock = clock_anew(world.book, alert, world.clock.now())
        if machine.opens_anew(alert):
            on_call = on_call_by_policy(world.book, alert.system, world.clock.now())
            heard = heard.model_copy(update={"on_call": on_call})
            heard = _held_or_not(draft, world, heard, off.get(alert.system))
        move_alert(draft, world, heard, events.Fired(clock))
    else:
        move_alert(draft, world, heard, events.SenderResolved())


async def _as_said_now(world: World, alert: Alert, signal: Signal) -> Alert:
    """The alert with what its sender says of it by now: a value that has grown, another description."""
    told = await disclosed(world.book, world.redactor, signal)
    said = {
        "title": told.title,
        "claimed": told.claimed,
        "links": told.links,
        "risk_flags": told.risk_flags,
        "hidden": told.hidden,
        "kept_back": told.kept_back,
    }
    return alert.model_copy(update=said)


def _held_or_not(draft: Draft, world: World, alert: Alert, switch: KillSwitch | None) -> Alert:
    """What begins anew while a kill switch is on is held back; what an earlier one held back no more."""
    if switch is None or not holds_back(world, switch, alert.severity):
        return alert.model_copy(update={"held": ""})
    draft.rank(held_list(switch.id), alert_key(alert.id), world.clock.now())
    return alert.model_copy(update={"held": switch.id, "joined": ""})
