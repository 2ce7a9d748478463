"""Turns the effects of an alert's step into parts of one commit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers.alerts import events, machine
from handlers.alerts.ladder import NOBODY_ASKED, Called, climb_due, follow_outside, lane_of, tell_rung
from handlers.alerts.lines import awake_line, lapse_line
from handlers.alerts.members import count_soon, move_member
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.outlasting import arm_outlast
from handlers.alerts.stored import alert_key, alert_list
from handlers.alerts.storm_cards import root_card
from handlers.alerts.tallies import count_alert, waited
from handlers.cards import note
from handlers.changes import Draft, due
from handlers.messages import Line, Tone
from handlers.ports.pictures import KIND as MEASURES
from handlers.world import World

_FOLLOWED = (
    events.Acknowledged
    | events.Snoozed
    | events.SnoozeRan
    | events.Resolved
    | events.LapseRan
    | events.Regraded
)
"""What the alerts that one stands for follow soon."""


def move_alert(
    draft: Draft,
    world: World,
    alert: Alert,
    event: events.Event,
    called: Called = NOBODY_ASKED,
    **detail: Any,
) -> Alert:
    """Apply an event to an alert and add everything it causes to the draft; `detail` is recorded with it.

    `called` is what was found out for the rung that the event may climb.

    Raises machine.NotNow when the alert's state does not allow the event.
    """
    if alert.joined:
        return move_member(draft, world, alert, event)
    moved, effects = machine.step(alert, event, world.clock.now())
    if moved != alert:
        draft.save(alert_key(moved.id), moved)
        if moved.held or moved.state is AlertState.RESOLVED or moved.due_at is None:
            draft.unrank(alert_list(moved.system), alert_key(moved.id))
        elif alert.state is AlertState.RESOLVED or alert.due_at is None:
            draft.rank(alert_list(moved.system), alert_key(moved.id), moved.received_at)
        count_alert(draft, alert, moved)
        what = type(event).__name__.lower()
        told = {"severity": moved.severity, **waited(alert, moved), **detail}
        draft.record(f"alert-{moved.state}", moved.id, by=what, escalated=moved.escalated, **told)
    for effect in effects:
        alert_effect(draft, world, moved, effect, called)
    if moved.gathered is not None and isinstance(event, _FOLLOWED):
        count_soon(draft, moved.id, world.clock.now())
    follow_outside(draft, world, alert, moved)
    return moved


def alert_effect(
    draft: Draft, world: World, alert: Alert, effect: machine.Effect, called: Called = NOBODY_ASKED
) -> None:
    """Add one effect of an alert's step to the draft; what is held back is not told."""
    if alert.held:
        return
    match effect:
        case machine.Effect.SHOW_ROOT:
            draft.show(alert.channel, alert.slot, root_card(alert, world.book), lane=lane_of(world, alert))
        case machine.Effect.ARM_CLOCK:
            _arm(draft, f"{alert.slot}/clock", machine.rung_due(alert), climb_due(alert))
        case machine.Effect.DISARM_CLOCK:
            draft.disarm(f"{alert.slot}/clock")
        case machine.Effect.ARM_LAPSE:
            body = due("lapse", alert=alert.id, epoch=alert.epoch)
            _arm(draft, f"{alert.slot}/lapse", alert.lapse_at, body)
        case machine.Effect.DISARM_LAPSE:
            draft.disarm(f"{alert.slot}/lapse")
        case machine.Effect.ARM_SNOOZE:
            until = alert.snooze.until if alert.snooze else None
            body = due("wake", alert=alert.id, epoch=alert.epoch, until=until.isoformat() if until else "")
            _arm(draft, f"{alert.slot}/snooze", until, body)
        case machine.Effect.DISARM_SNOOZE:
            draft.disarm(f"{alert.slot}/snooze")
        case machine.Effect.TELL_RUNG:
            tell_rung(draft, world, alert, called)
        case machine.Effect.ARM_PICTURE:
            _ask_who_is_on_call(draft, world, alert)
            if gets_picture(world, alert):
                body = due("picture", alert=alert.id, fired=alert.received_at.isoformat())
                draft.arm(f"{alert.slot}/picture", world.clock.now(), body)
        case machine.Effect.ARM_OUTLAST:
            arm_outlast(draft, world, alert)
        case machine.Effect.TELL_LAPSE:
            _tell(draft, alert, f"lapsed/{alert.epoch}", lapse_line(alert), Tone.WARNING)
        case machine.Effect.TELL_AWAKE:
            began = int(alert.due_at.timestamp()) if alert.due_at else 0
            _tell(draft, alert, f"awake/{alert.epoch}/{began}", awake_line(alert), Tone.WARNING)


def gets_picture(world: World, alert: Alert) -> bool:
    """Whether a picture of it is tried at all; what stands against it then is told on the card."""
    if world.artist is None or MEASURES not in world.systems.get(alert.system, {}):
        return False
    rules = world.book.systems[alert.system].pictures
    return rules.of(alert.name) is not None or bool(rules.from_rules and alert.query)


def _ask_who_is_on_call(draft: Draft, world: World, alert: Alert) -> None:
    """Have a service asked whose turn it is, where policy itself does not say and somebody must answer."""
    system = world.book.systems.get(alert.system)
    name = system.on_call if system else None
    if name and alert.due_at is not None and world.book.schedules[name].rotation is None:
        fired = alert.received_at.isoformat()
        body = due("on-call", alert=alert.id, of=alert.system, fired=fired, system=f"on call: {name}")
        draft.arm(f"{alert.slot}/on-call", world.clock.now(), body)


def _arm(draft: Draft, timer: str, at: datetime | None, body: str) -> None:
    if at is not None:
        draft.arm(timer, at, body)


def _tell(draft: Draft, alert: Alert, slot: str, line: Line, tone: Tone) -> None:
    """Say something new in the thread: a changed card notifies nobody."""
    draft.show(alert.channel, f"{alert.slot}/{slot}", note(line, tone), thread=alert.slot)
