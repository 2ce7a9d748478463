"""What is followed for a while: one message that shows the newest lines and stops by itself (AU-05, CC-40).

Each look is due work with the place to go on from in the store, so another replica goes on when one dies, and
the message stands in one slot, so it is posted once. What is kept has passed the redactor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.actions import Glimpse, Links, Reading
from handlers.asking.heard import Heard
from handlers.cards import note
from handlers.changes import Cause, Draft, Place, due, readable_id, settle
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from handlers.identity.answers import Voice
from handlers.looking import wording as w
from handlers.looking.reporting import linked
from handlers.messages import Button, Card, Line, Strong, Tone, User, When
from handlers.redaction import Kind, together, told
from handlers.work import Key, Lane, Verdict
from handlers.world import World
from policies.decisions import may_read

EVERY = timedelta(seconds=3)
"""Between two looks: well under what Slack lets a channel and an app update."""
TIMEOUT = 10.0
"""Seconds that a system has for an answer; after that the next look tries again."""
MOST_AT_ONCE = 3
"""Messages that follow something in one channel."""
MOST_LINES, MOST_TEXT, LONGEST_LINE = 30, 2_400, 300
"""Of the newest lines that the message shows."""
STOP = "stop-following"


class Followed(BaseModel):
    """Something that is followed until a moment. `cursor` is where the next look goes on, `shown` whether its
    message is told: it is so also where the system was away at the first look."""

    model_config = ConfigDict(frozen=True)

    id: str
    system: str
    reading: str
    params: dict[str, Any]
    target: str
    user: str
    channel: str
    thread_ts: str = ""
    until: datetime
    cursor: str = ""
    shown: bool = False
    lines: tuple[str, ...] = ()
    seen: int = 0
    hidden: dict[Kind, int] = {}
    remarks: tuple[str, ...] = ()
    links: Links = ()

    @property
    def slot(self) -> str:
        return f"follow/{self.id}"


def _key(followed_id: str) -> Key:
    return Key("follow", followed_id)


def _of_channel(channel: str) -> str:
    return f"follows/{channel}"


async def start(
    world: World, cause: Cause, voice: Voice, named: tuple[str, Reading], params: Mapping[str, Any]
) -> Verdict:
    """Begin to follow, for as long as the parameters say; who may look has been asked before."""
    system, reading = named
    assert reading.follow is not None  # noqa: S101  who calls has asked
    made = reading.params.model_validate(params)
    place, now = voice.place, world.clock.now()
    followed = Followed(
        id=readable_id("F", cause.id),
        system=system,
        reading=reading.name,
        params=dict(params),
        target=made.target,
        user=voice.who.user,
        channel=place.channel,
        thread_ts=place.thread_ts,
        until=now + reading.follow.lasts(made),
    )

    async def decide(draft: Draft) -> None:
        if len(await world.store.linked(_of_channel(place.channel))) >= MOST_AT_ONCE:
            line = texts.say(w.FOLLOWS_ENOUGH, most=MOST_AT_ONCE)
            draft.whisper(place, voice.who.user, note(line, Tone.BAD))
            return
        draft.saw((await world.store.read((_key(followed.id),)))[_key(followed.id)])
        draft.save(_key(followed.id), followed)
        draft.link(_of_channel(place.channel), _key(followed.id))
        draft.record("follow-started", followed.id, system=system, reading=reading.name, params=params)
        _look_later(draft, followed, now)

    return await settle(world.store, cause, decide)


def _look_later(draft: Draft, followed: Followed, at: datetime) -> None:
    draft.arm(followed.slot, at, due("follow", follow=followed.id, system=followed.system))


async def look_on(world: World, cause: Cause, followed_id: str) -> Verdict:
    """Look once and show what is new; come back soon, or end when the time is over."""
    key = _key(followed_id)
    stored = (await world.store.read((key,)))[key]
    if not stored.version:
        return await world.store.commit(Draft(cause).build())
    before = Followed.model_validate_json(stored.body)
    seen = await _seen(world, before)

    async def decide(draft: Draft) -> None:
        followed = draft.load((await world.store.read((key,)))[key], Followed)
        if followed is None or followed.cursor != before.cursor:
            return
        if isinstance(seen, str) and not followed.shown:
            place = Place(followed.channel, followed.thread_ts)
            draft.whisper(place, followed.user, note((seen,), Tone.BAD))
            _forget(draft, followed)
        elif isinstance(seen, str):
            _end(draft, followed, (seen,))
        elif world.clock.now() >= followed.until:
            _end(draft, _with(followed, seen), (w.FOLLOW_OVER,))
        else:
            shown = _with(followed, seen)
            draft.save(key, shown)
            if shown != followed:
                _show(draft, shown, _under_way(shown), over=False)
            _look_later(draft, shown, world.clock.now() + EVERY)

    return await settle(world.store, cause, decide)


async def _seen(world: World, followed: Followed) -> Glimpse | str:
    """What is new, or why nothing can be followed any more."""
    if not world.book.reads(followed.system, followed.reading):
        return w.NOT_GIVEN_NOW
    reading = world.reading(followed.system, followed.reading)
    if reading.follow is None:
        return w.NOT_GIVEN_NOW
    params = reading.params.model_validate(followed.params)
    try:
        async with asyncio.timeout(TIMEOUT):
            return await reading.follow.look(world.target(followed.system, reading), params, followed.cursor)
    except (DoNotRetry, OutcomeUnknown, TargetChanged) as no:
        return str(no)
    except (TryAgainLater, TimeoutError) as away:
        return Glimpse((), followed.cursor, remarks=(str(away) or w.FOLLOW_AWAY,))


def _with(followed: Followed, seen: Glimpse) -> Followed:
    lines = tuple(line[:LONGEST_LINE] for line in (*followed.lines, *seen.lines))[-MOST_LINES:]
    while len("\n".join(lines)) > MOST_TEXT:
        lines = lines[1:]
    return followed.model_copy(
        update={
            "cursor": seen.cursor,
            "shown": True,
            "lines": lines,
            "seen": followed.seen + len(seen.lines),
            "hidden": together((followed.hidden, seen.hidden)),
            "remarks": seen.remarks,
            "links": seen.links or followed.links,
        }
    )


async def stop(world: World, cause: Cause, voice: Voice, followed_id: str) -> Verdict:
    """The button: whoever may look at it may end it. What has ended already stays as it is."""

    async def decide(draft: Draft) -> None:
        followed = draft.load((await world.store.read((_key(followed_id),)))[_key(followed_id)], Followed)
        if followed is not None:
            _stop_one(draft, world, voice, followed)

    return await settle(world.store, cause, decide)


async def unfollow(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`unfollow`: end what is followed in this channel."""
    voice = heard.voice

    async def decide(draft: Draft) -> None:
        here = await world.store.linked(_of_channel(voice.place.channel))
        known = [one for stored in here if (one := draft.load(stored, Followed)) is not None]
        for followed in known:
            _stop_one(draft, world, voice, followed)
        if not known:
            draft.whisper(voice.place, voice.who.user, note((w.FOLLOWS_NOTHING,)))

    return await settle(world.store, cause, decide)


def _stop_one(draft: Draft, world: World, voice: Voice, followed: Followed) -> None:
    decision = may_read(world.book, followed.system, followed.reading, voice.who.roles)
    if not decision.allowed:
        voice.refuse(draft, followed.id, (decision.words,), decision.rule)
        return
    _end(draft, followed, texts.say(w.FOLLOW_STOPPED, who=User(id=voice.who.user)))


def _end(draft: Draft, followed: Followed, why: Line) -> None:
    _show(draft, followed, why, over=True)
    _forget(draft, followed)
    draft.record("follow-ended", followed.id, lines=followed.seen)


def _forget(draft: Draft, followed: Followed) -> None:
    draft.forget(_key(followed.id))
    draft.unlink(_of_channel(followed.channel), _key(followed.id))
    draft.disarm(followed.slot)


def _under_way(followed: Followed) -> Line:
    return texts.say(w.FOLLOW_UNTIL, until=When(at=followed.until), who=User(id=followed.user))


def _show(draft: Draft, followed: Followed, state: Line, *, over: bool) -> None:
    title: Line = (Strong(text=w.FOLLOW_TITLE.format(target=followed.target, system=followed.system)),)
    body = [title, state, *((remark,) for remark in followed.remarks), *linked(followed.links)]
    stop_button = Button(label=w.FOLLOW_STOP, action=STOP, value=followed.id)
    count = w.FOLLOW_COUNT.format(shown=len(followed.lines), seen=followed.seen)
    card = Card(
        tone=Tone.QUIET if over else Tone.WORKING,
        body=tuple(body),
        listing="\n".join(followed.lines),
        buttons=() if over else (stop_button,),
        footnote=(f"{count} {told(followed.hidden)}".strip(),),
        summary=w.FOLLOW_TITLE.format(target=followed.target, system=followed.system),
    )
    draft.show(
        followed.channel, followed.slot, card, thread_ts=followed.thread_ts, lane=Lane.UPDATE
    )  # fmt: skip
