"""Who hears of what nobody answers: the ladder of policy as an alert keeps it, and how a rung is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers import texts
from handlers.alerts import wording as w
from handlers.alerts.model import Alert, AlertState, ClockStart
from handlers.alerts.on_call import OnCall
from handlers.cards import note, titles
from handlers.changes import Draft, due
from handlers.messages import Code, Group, Line, Span, ThreadLink, Tone, User
from handlers.rungs import Rung
from handlers.work import Lane
from handlers.world import World
from policies.clocks import clock_from
from policies.schema import PolicyBook


@dataclass(frozen=True)
class Called:
    """What was found out before a rung is told: who is on call, and why the thread could not be read."""

    on_call: Mapping[str, OnCall] = field(default_factory=dict)
    unread: Line = ()


NOBODY_ASKED = Called()
THREADS = "threads of Slack"
"""Where due work that reads threads is counted, so that a slow Slack does not keep other work waiting."""


def start_clock(book: PolicyBook, severity: str, begins: datetime) -> ClockStart:
    """The clock of an alert that begins to wait now, with a snapshot of its ladder.

    Raises KeyError for a severity that policy does not know.
    """
    clock = clock_from(book, severity, begins)
    holds = book.severities[severity].acknowledged_for
    return ClockStart(
        due_at=clock.due_at,
        ladder=tuple(Rung.kept(at, rung) for at, rung in clock.rungs),
        lapses=holds.total_seconds() if holds else 0,
    )


def clock_anew(book: PolicyBook, alert: Alert, now: datetime) -> ClockStart:
    """Policy's clock of today; where policy has forgotten the severity, the one that the alert has kept."""
    if alert.severity in book.severities:
        return start_clock(book, alert.severity, now)
    kept = tuple(
        rung.model_copy(update={"at": now + timedelta(seconds=rung.after_seconds)}) for rung in alert.ladder
    )
    due_at = None if alert.due_at is None else now + max(alert.due_at - alert.received_at, timedelta(0))
    return ClockStart(due_at=due_at, ladder=kept, lapses=alert.lapses)


def climb_due(alert: Alert) -> str:
    """Due work: the next rung. One that reads its thread first shares places with others that do."""
    next_rung = alert.ladder[alert.escalated : alert.escalated + 1]
    reads = {"system": THREADS} if next_rung and next_rung[0].after_seconds else {}
    return due("climb", alert=alert.id, rung=alert.escalated + 1, epoch=alert.epoch, **reads)


def lane_of(world: World, alert: Alert) -> Lane:
    """Who is told first where many alerts wait for one channel."""
    return Lane.GRAVE if world.book.is_gravest(alert.severity) else Lane.ALERT


def whom(rung: Rung, called: Called) -> Line:
    """Whom a rung mentions, with spaces between; nobody twice."""
    spans: list[Span] = [Group(id=group) for group in rung.tell_groups]
    spans += [User(id=user) for user in rung.tell_users]
    for schedule in rung.tell_on_call:
        spans += called.on_call[schedule].spans if schedule in called.on_call else ()
    return tuple(span for one in dict.fromkeys(spans) for span in (one, " "))[:-1]


def notes(rung: Rung, called: Called) -> tuple[Line, ...]:
    """What to know about who was called, one line each."""
    found = [called.on_call[one].note for one in rung.tell_on_call if one in called.on_call]
    return tuple(line for line in (*found, called.unread) if line)


def tell_rung(draft: Draft, world: World, alert: Alert, called: Called) -> None:
    """Mention whom the rung names in the thread, tell its channels, and have the rest told outside Slack."""
    rung = alert.ladder[alert.escalated - 1]
    rule = world.book.acknowledged_by(alert.system, alert.severity)
    says = rung.say or ("" if rung.after_seconds else w.RUNG_NOW)
    line = texts.say(
        w.RUNG_SAYS if says else w.ESCALATED,
        title=f"{alert.severity} {alert.title}",
        say=says,
        minutes=int(rung.after_seconds // 60),
        who=whom(rung, called) or (titles(world.book, rule.roles) if rule else "",),
        words=Code(text=f"ACK - what you do ({alert.id})"),
    )
    card = note(line, Tone.CRITICAL, *notes(rung, called))
    slot = f"{alert.slot}/rung/{alert.epoch}/{alert.escalated}"
    draft.show(alert.channel, slot, card, thread=alert.slot, lane=lane_of(world, alert))
    thread = ThreadLink(slot=alert.slot, text=w.ITS_THREAD)
    elsewhere = card.model_copy(update={"body": (*card.body, texts.say(w.ANSWER_THERE, thread=thread))})
    for channel in rung.tell_channels:
        draft.show(channel, f"{slot}/{channel}", elsewhere, lane=lane_of(world, alert))
    for name in rung.notify:
        arm_notifier(draft, world, "alert", alert.id, name)


def follow_outside(draft: Draft, world: World, before: Alert, alert: Alert) -> None:
    """Whoever was told outside Slack hears that the alert was answered, or is over."""
    if before.state is alert.state or alert.state not in (AlertState.ACKNOWLEDGED, AlertState.RESOLVED):
        return
    for name in alert.notified:
        arm_notifier(draft, world, "alert", alert.id, name)


def arm_notifier(draft: Draft, world: World, kind: str, subject: str, notifier: str) -> None:
    """Have a notifier told how something stands: one item for each pair, so only the latest news waits."""
    body = due("notify", kind=kind, subject=subject, notifier=notifier, system=f"notify {notifier}")
    draft.arm(f"{kind}/{subject}/notify/{notifier}", world.clock.now(), body)
