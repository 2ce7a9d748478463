"""Turns the effects of an alert's step into parts of one commit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers import texts
from handlers.alerting import machine
from handlers.alerting.lines import awake_line, lapse_line
from handlers.alerting.members import count_soon, move_member
from handlers.alerting.model import Alert, AlertState
from handlers.alerting.storm_cards import root_card
from handlers.alerting.tallies import count_alert, waited
from handlers.cards import note, titles
from handlers.changes import Draft
from handlers.messages import Code, Group, Line, Span, Tone, User
from handlers.pictures.wanting import gets_picture
from handlers.transitions import alert_key, alert_list, due
from handlers.work import Lane
from handlers.world import World


def move_alert(draft: Draft, world: World, alert: Alert, event: machine.Event, **detail: Any) -> Alert:
    """Apply an event to an alert and add everything it causes to the draft; `detail` is recorded with it.

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
        alert_effect(draft, world, moved, effect)
    if moved.gathered is not None and isinstance(event, machine.Acknowledged):
        count_soon(draft, moved.id, world.clock.now())
    return moved


def alert_effect(draft: Draft, world: World, alert: Alert, effect: machine.Effect) -> None:
    """Add one effect of an alert's step to the draft; what is held back is not told."""
    if alert.held:
        return
    match effect:
        case machine.Effect.SHOW_ROOT:
            draft.show(alert.channel, alert.slot, root_card(alert, world.book), lane=_lane(world, alert))
        case machine.Effect.ARM_CLOCK:
            body = due("climb", alert=alert.id, rung=alert.escalated + 1, epoch=alert.epoch)
            _arm(draft, f"{alert.slot}/clock", machine.rung_due(alert), body)
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
            _tell_rung(draft, world, alert)
        case machine.Effect.ARM_PICTURE:
            if gets_picture(world, alert):
                body = due("picture", alert=alert.id, fired=alert.received_at.isoformat())
                draft.arm(f"{alert.slot}/picture", world.clock.now(), body)
        case machine.Effect.TELL_LAPSE:
            _tell(draft, alert, f"lapsed/{alert.epoch}", lapse_line(alert), Tone.WARNING)
        case machine.Effect.TELL_AWAKE:
            began = int(alert.due_at.timestamp()) if alert.due_at else 0
            _tell(draft, alert, f"awake/{alert.epoch}/{began}", awake_line(alert), Tone.WARNING)


def _lane(world: World, alert: Alert) -> Lane:
    """Who is told first where many alerts wait for one channel."""
    return Lane.GRAVE if world.book.is_gravest(alert.severity) else Lane.ALERT


def _arm(draft: Draft, timer: str, at: datetime | None, body: str) -> None:
    if at is not None:
        draft.arm(timer, at, body)


def _tell(draft: Draft, alert: Alert, slot: str, line: Line, tone: Tone) -> None:
    """Say something new in the thread: a changed card notifies nobody."""
    draft.show(alert.channel, f"{alert.slot}/{slot}", note(line, tone), thread=alert.slot)


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
    draft.show(alert.channel, slot, card, thread=alert.slot, lane=_lane(world, alert))
    for channel in rung.tell_channels:
        draft.show(channel, f"{slot}/{channel}", card, lane=_lane(world, alert))
