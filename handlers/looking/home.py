"""A person's Home tab: what waits for them, what nobody has yet, what ended last, as far as they may see.

It is published when it is opened and, for a while after, whenever what it shows has changed: only those
who opened it lately cost anything. https://docs.slack.dev/surfaces/app-home
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.alerts import wording
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.on_call import on_call_now
from handlers.alerts.stored import alert_list
from handlers.changes import Cause, Draft, due, settle
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.identity.standing import Standing, standing
from handlers.lockdown import in_force
from handlers.looking.lists import (
    SHOWN,
    alert_line,
    ended_here,
    may_approve_now,
    open_here,
    request_line,
    result_line,
)
from handlers.messages import Card, Line, Section, ThreadLink, Tone
from handlers.work import Key, Verdict
from handlers.world import World
from policies.decisions import has_part

RECENT = timedelta(minutes=15)
"""How long after it was opened a Home tab is kept fresh."""
EVERY = timedelta(seconds=10)
"""How often what it shows is looked at meanwhile; it is published only where that has changed."""
_LISTED = 8
"""Lines under each head; what more there is, is counted."""


class Home(BaseModel):
    """A Home tab that is kept fresh. `shown` is a digest of what it shows now."""

    model_config = ConfigDict(frozen=True)

    until: datetime
    shown: str = ""


def home_key(user: str) -> Key:
    return Key("home", user)


async def on_home_opened(world: World, cause: Cause, user: str) -> Verdict:
    """Somebody looks at their Home tab: publish it, and keep it fresh for a while."""
    key, now = home_key(user), world.clock.now()

    async def decide(draft: Draft) -> None:
        draft.saw((await world.store.read((key,)))[key])
        draft.save(key, Home(until=now + RECENT))
        draft.arm(f"home/{user}", now, due("home", user=user))

    return await settle(world.store, cause, decide)


async def refresh_home(world: World, cause: Cause, user: str) -> Verdict:
    """Publish what has changed, and come back soon while it was opened lately.

    Raises TryAgainLater where Slack does not say whether it was published: to publish it twice does no harm.
    """
    key, now = home_key(user), world.clock.now()

    async def decide(draft: Draft) -> None:
        home = draft.load((await world.store.read((key,)))[key], Home)
        if home is None:
            return
        who = await standing(world, user)
        card = await home_card(world, who)
        shown = hashlib.sha256(card.model_dump_json().encode()).hexdigest()
        taken = shown == home.shown or await _publish(world, draft, user, card)
        if not taken or who.nobody or now >= home.until:
            draft.forget(key)
            return
        if shown != home.shown:
            draft.save(key, home.model_copy(update={"shown": shown}))
        draft.arm(f"home/{user}", now + EVERY, due("home", user=user))

    return await settle(world.store, cause, decide)


async def _publish(world: World, draft: Draft, user: str, card: Card) -> bool:
    """Whether Slack took it; a refusal for good is recorded."""
    try:
        await world.messenger.publish_home(user, card, await _links(world, card))
    except OutcomeUnknown as lost:
        raise TryAgainLater(str(lost), after=1) from lost
    except DoNotRetry as no:
        draft.record("home-refused", user, why=str(no), code=no.code)
        return False
    return True


async def _links(world: World, card: Card) -> Mapping[str, str]:
    """Addresses of the threads that it names, as far as they are posted."""
    spans = [span for section in card.sections for line in section.lines for span in line]
    links: dict[str, str] = {}
    for slot in dict.fromkeys(span.slot for span in spans if isinstance(span, ThreadLink)):
        place = await world.store.slot(slot)
        if place is not None:
            with suppress(DoNotRetry):  # somebody has deleted it: what it was about stays on the list
                links[slot] = await world.messenger.permalink(*place)
    return links


async def home_card(world: World, who: Standing) -> Card:
    """All that one person sees at home; who counts as nobody sees only that."""
    if who.nobody:
        line = texts.say(texts.NOBODY, who="You", why=who.nobody)
        return Card(body=((*line, " ", texts.NEXT_ASK_MEMBER),), summary=wording.HOME_TITLE)
    systems = [name for name in world.book.systems if has_part(world.book, name, who.roles)]
    if not systems:
        return Card(title=wording.HOME_TITLE, body=((texts.HELP_NONE,),), summary=wording.HOME_TITLE)
    alerts = await _alerts(world, systems)
    mine = [one for one in alerts if _has(one, who.user)]
    unseen = [one for one in alerts if one not in mine and one.state is not AlertState.ACKNOWLEDGED]
    waiting = [one for one in await open_here(world, systems) if may_approve_now(world, one, who)]
    lock = await in_force(world)
    sections = (
        _section(wording.HOME_APPROVE, [request_line(one) for one in waiting]),
        _section(wording.HOME_UNSEEN, [alert_line(world, one) for one in unseen]),
        _section(wording.HOME_MINE, [alert_line(world, one) for one in mine]),
        _section(wording.HOME_ON_CALL, await _on_call(world, systems, who.user)),
        _section(wording.HOME_ENDED, [result_line(one) for one in await ended_here(world, systems)]),
    )
    quiet = not (waiting or unseen or mine)
    return Card(
        tone=Tone.GOOD if quiet else Tone.WARNING,
        title=wording.HOME_TITLE,
        body=(*((lock.line,) if lock else ()), (wording.HOME_QUIET if quiet else wording.HOME_BUSY,)),
        sections=tuple(one for one in sections if one.lines),
        footnote=(wording.HOME_FOOT.format(help=f"{world.book.slash('ops')} help"),),
        summary=wording.HOME_TITLE,
    )


async def _on_call(world: World, systems: list[str], user: str) -> list[Line]:
    """Who answers for each of these systems now; one's own duties are marked."""
    now = world.clock.now()
    found = await asyncio.gather(*(on_call_now(world, name, now) for name in systems))
    return [
        (
            f"{world.book.systems[name].title}: ",
            *(span for one in turn.spans for span in (one, " ")),
            wording.HOME_DUTY if user in turn.users else "",
        )
        for name, turn in zip(systems, found, strict=True)
        if turn is not None
    ]


async def _alerts(world: World, systems: list[str]) -> list[Alert]:
    """The alerts of these systems that somebody must see to, those first that are due first."""
    found = [
        Alert.model_validate_json(stored.body)
        for name in systems
        for stored in (await world.store.ranked(alert_list(name), SHOWN)).objects
    ]
    return sorted(found, key=lambda one: one.due_at or one.received_at)


def _has(alert: Alert, user: str) -> bool:
    """Whether somebody has it: acknowledged by them, or given to them."""
    seen, given = alert.acknowledgement, alert.assignment
    return (seen is not None and seen.by == user) or (given is not None and given.to == user)


def _section(label: str, lines: list[Line]) -> Section:
    left = len(lines) - _LISTED
    rest: list[Line] = [texts.say(texts.MORE_ROWS, more=left)] if left > 0 else []
    return Section(label=label, lines=(*lines[:_LISTED], *rest))
