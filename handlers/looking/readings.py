"""Looks at systems: whom policy lets look is told privately; nothing changes and nobody approves.

The look itself is due work: a system that hangs keeps nobody's words waiting.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.actions import Reading
from handlers.alerts.model import Alert
from handlers.asking.wish import Wish, known_from
from handlers.cards import note
from handlers.changes import Cause, Draft, Place
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from handlers.identity.answers import Voice
from handlers.looking import wording as w
from handlers.looking.followed import start
from handlers.looking.reporting import Told, tell
from handlers.messages import Code, Line, Tone
from handlers.values import No, given_values, made_params, usage
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import may_read

TIMEOUT = 20.0
"""Seconds that a system has for an answer."""


class LookDue(BaseModel):
    """A look that was asked for and is under way."""

    model_config = ConfigDict(frozen=True)

    do: str = "read"
    system: str
    reading: str
    params: dict[str, Any]
    user: str
    channel: str
    thread_ts: str = ""


async def ask_look(world: World, cause: Cause, voice: Voice, wish: Wish, alert: Alert | None) -> Verdict:
    """Check who asks and for what, then let the look be made; or say privately why not."""
    draft = Draft(cause)
    decision = may_read(world.book, wish.system, wish.action, voice.who.roles)
    if not decision.allowed:
        voice.refuse(draft, wish.action, (decision.words,), decision.rule)
        return await world.store.commit(draft.build())
    reading = world.reading(wish.system, wish.action)
    params = _params(reading, world.book.address(wish.system), wish, alert)
    if isinstance(params, No):
        draft.whisper(voice.place, voice.who.user, note(params.line, Tone.BAD))
        return await world.store.commit(draft.build())
    if reading.follow is not None:
        return await start(world, cause, voice, (wish.system, reading), params)
    place = voice.place
    look = LookDue(
        system=wish.system,
        reading=wish.action,
        params=params,
        user=voice.who.user,
        channel=place.channel,
        thread_ts=place.whispers_in,
    )
    draft.record("looked", f"{wish.system} {wish.action}", params=params)
    draft.arm(f"read/{cause.id}", world.clock.now(), look.model_dump_json())
    return await world.store.commit(draft.build())


def _params(reading: Reading, address: str, wish: Wish, alert: Alert | None) -> dict[str, Any] | No:
    given = given_values(reading, address, wish.values, wish.named)
    if isinstance(given, No):
        return given
    made = made_params(reading, address, {**known_from(alert), **given})
    return made if isinstance(made, No) else json.loads(made.model_dump_json())


async def look_now(world: World, cause: Cause, look: LookDue) -> Verdict:
    """Ask the system, and tell whoever wanted to know."""
    draft = Draft(cause)
    place = Place(look.channel, look.thread_ts)
    told = await _found(world, look)
    draft.whisper(place, look.user, told.card)
    if told.file is not None:
        draft.hand(look.user, told.file, told.otherwise)
    return await world.store.commit(draft.build())


async def _found(world: World, look: LookDue) -> Told:
    if not world.book.reads(look.system, look.reading):
        return Told(note((w.NOT_GIVEN_NOW,), Tone.BAD))
    reading = world.reading(look.system, look.reading)
    params = reading.params.model_validate(look.params)
    try:
        async with asyncio.timeout(TIMEOUT):
            report = await reading.read(world.target(look.system, reading), params)
    except (DoNotRetry, OutcomeUnknown, TargetChanged) as no:
        return Told(note((str(no),), Tone.BAD))
    except (TryAgainLater, TimeoutError) as away:
        why = str(away) or texts.TOO_SLOW
        return Told(note(texts.say(w.LOOK_AWAY, system=look.system, why=why), Tone.BAD))
    words = Code(text=usage(reading, world.book.address(look.system)))
    narrower: Line = texts.say(w.NARROWER, usage=words) if reading.takes else ()
    return tell(report, f"{look.system}-{look.reading}.txt", narrower)
