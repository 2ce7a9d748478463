"""Alerts that nobody need answer at once wait for a review: one message with all (CM-30, CM-33, AU-36)."""

from __future__ import annotations

from datetime import datetime

from handlers import texts
from handlers.alerts import wording as w
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.stored import alert_key
from handlers.cards import note
from handlers.changes import Cause, Draft, due, settle
from handlers.messages import Line, Mark, Strong, ThreadLink, Tone, When
from handlers.work import Verdict
from handlers.world import World
from policies.clocks import next_review

MOST = 200
"""Alerts that one review takes; the rest come in another right after it."""
SHOWN = 12


def review_list(system: str, severity: str) -> str:
    """The ordered list of a system's alerts of one severity that wait for their review."""
    return f"review/{system}/{severity}"


def await_review(draft: Draft, world: World, alert: Alert) -> None:
    """Have a new alert without a clock looked at in the next review of its severity, where policy has one."""
    waits = alert.due_at is None and not alert.held
    at = next_review(world.book, alert.severity, alert.received_at) if waits else None
    if at is not None:
        draft.rank(review_list(alert.system, alert.severity), alert_key(alert.id), alert.received_at)
        _arm(draft, alert.system, alert.severity, at)


async def review(world: World, cause: Cause, system: str, severity: str) -> Verdict:
    """Show what has come since the last review and is not over, each with a link to its thread."""
    name, now = review_list(system, severity), world.clock.now()
    listed = await world.store.ranked(name, MOST)
    alerts = [Alert.model_validate_json(one.body) for one in listed.objects]
    waiting = [one for one in alerts if one.state is not AlertState.RESOLVED]

    async def decide(draft: Draft) -> None:
        for one in listed.objects:
            draft.unrank(name, one.key)
        for channel in dict.fromkeys(one.channel for one in waiting):
            here = [one for one in waiting if one.channel == channel]
            slot = f"{name}/{now:%Y%m%dT%H%M%S}/{channel}"
            draft.show(
                channel, slot, note(_headline(world, system, severity, len(here)), Tone.QUIET, *_lines(here))
            )
        draft.record("alerts-reviewed", name, count=len(waiting))
        if listed.count > len(listed.objects):
            _arm(draft, system, severity, now)

    return await settle(world.store, cause, decide)


def _arm(draft: Draft, system: str, severity: str, at: datetime) -> None:
    draft.arm(review_list(system, severity), at, due("review", of=system, severity=severity))


def _headline(world: World, system: str, severity: str, count: int) -> Line:
    title = world.book.systems[system].title if system in world.book.systems else system
    return texts.say(w.REVIEW, count=count, severity=Strong(text=severity), system=title)


def _lines(alerts: list[Alert]) -> list[Line]:
    shown: list[Line] = [
        (Mark(tone=Tone.QUIET), ThreadLink(slot=one.slot, text=one.title), " · ", When(at=one.received_at))
        for one in alerts[:SHOWN]
    ]
    more = len(alerts) - SHOWN
    return [*shown, texts.say(texts.MORE_ROWS, more=more)] if more > 0 else shown
