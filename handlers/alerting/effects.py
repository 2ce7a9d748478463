"""Turns the effects of an alert's step into parts of one commit."""

from __future__ import annotations

from handlers import texts
from handlers.alerting import machine
from handlers.alerting.cards import alert_card
from handlers.alerting.model import Alert, AlertState
from handlers.cards import note, titles
from handlers.changes import Draft
from handlers.messages import Code, Group, Line, Span, Tone, User
from handlers.transitions import alert_key, alert_list, due
from handlers.world import World


def move_alert(draft: Draft, world: World, alert: Alert, event: machine.Event) -> Alert:
    """Apply an event to an alert and add everything it causes to the draft.

    Raises machine.NotNow when the alert's state does not allow the event.
    """
    moved, effects = machine.step(alert, event, world.clock.now())
    if moved != alert:
        draft.save(alert_key(moved.id), moved)
        if moved.state is AlertState.RESOLVED:
            draft.unrank(alert_list(moved.system), alert_key(moved.id))
        elif alert.state is AlertState.RESOLVED and moved.due_at is not None:
            draft.rank(alert_list(moved.system), alert_key(moved.id), moved.received_at)
        draft.record(
            f"alert-{moved.state}", moved.id, by=type(event).__name__.lower(), escalated=moved.escalated
        )
    for effect in effects:
        alert_effect(draft, world, moved, effect)
    return moved


def alert_effect(draft: Draft, world: World, alert: Alert, effect: machine.Effect) -> None:
    """Add one effect of an alert's step to the draft."""
    clock = f"{alert.slot}/clock"
    match effect:
        case machine.Effect.SHOW_ROOT:
            draft.show(alert.channel, alert.slot, alert_card(alert, world.book))
        case machine.Effect.ARM_CLOCK:
            at = machine.rung_due(alert)
            if at is not None:
                body = due("climb", alert=alert.id, rung=alert.escalated + 1, epoch=alert.epoch)
                draft.arm(clock, at, body)
        case machine.Effect.DISARM_CLOCK:
            draft.disarm(clock)
        case machine.Effect.TELL_RUNG:
            _tell_rung(draft, world, alert)


def _tell_rung(draft: Draft, world: World, alert: Alert) -> None:
    """Mention whom the rung names in the thread, and tell its channels."""
    rung = alert.ladder[alert.escalated - 1]
    spans: list[Span] = [Group(id=group) for group in rung.tell_groups]
    spans += [User(id=user) for user in rung.tell_users]
    rule = world.book.systems[alert.system].acknowledge.get(alert.severity)
    who: Line = tuple(span for one in spans for span in (one, " "))[:-1]
    says = rung.say or ("" if rung.after_seconds else texts.RUNG_NOW)
    line = texts.say(
        texts.RUNG_SAYS if says else texts.ESCALATED,
        title=f"{alert.severity} {alert.title}",
        say=says,
        minutes=int(rung.after_seconds // 60),
        who=who or (titles(world.book, rule.roles) if rule else "",),
        words=Code(text=f"ACK - what you do ({alert.id})"),
    )
    card = note(line, Tone.CRITICAL)
    slot = f"{alert.slot}/rung/{alert.epoch}/{alert.escalated}"
    draft.show(alert.channel, slot, card, thread=alert.slot)
    for channel in rung.tell_channels:
        draft.show(channel, f"{slot}/{channel}", card)
