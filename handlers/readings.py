"""Looks at systems: whom policy lets look is told privately; nothing changes and nobody approves.

The look itself is due work: a system that hangs keeps nobody's words waiting.
"""

from __future__ import annotations

import asyncio
import json
from itertools import accumulate
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.actions import Reading, Report
from handlers.alerts import Alert
from handlers.answers import Voice
from handlers.asking import Wish, known_from
from handlers.cards import note
from handlers.changes import Cause, Draft, Place
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from handlers.messages import Card, Line, Table, Tone
from handlers.values import No, given_values, made_params
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import may_read

TIMEOUT = 20.0
"""Seconds that a system has for an answer."""
MOST_ROWS = 99
"""Slack's limit for a table is 100 rows with its heads.
https://docs.slack.dev/reference/block-kit/blocks/table-block"""

MOST_TEXT = 9_000
"""Characters of a table; Slack refuses a message whose blocks hold about 13,200 (msg_blocks_too_long)."""
CELL = 8
"""Characters that a cell itself counts, whatever stands in it: `raw_text`."""


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
        voice.refuse(draft, wish.action, (" ".join(decision.reasons),), decision.rule)
        return await world.store.commit(draft.build())
    reading = world.reading(wish.system, wish.action)
    params = _params(reading, world.book.address(wish.system), wish, alert)
    if isinstance(params, No):
        draft.whisper(voice.place, voice.who.user, note(params.line, Tone.BAD))
        return await world.store.commit(draft.build())
    place = voice.place
    look = LookDue(
        system=wish.system,
        reading=wish.action,
        params=params,
        user=voice.who.user,
        channel=place.channel,
        thread_ts=place.thread_ts,
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
    draft.whisper(place, look.user, await _found(world, look))
    return await world.store.commit(draft.build())


async def _found(world: World, look: LookDue) -> Card:
    reading = world.reading(look.system, look.reading)
    params = reading.params.model_validate(look.params)
    try:
        async with asyncio.timeout(TIMEOUT):
            report = await reading.read(world.target(look.system, reading), params)
    except (DoNotRetry, OutcomeUnknown, TargetChanged) as no:
        return note((str(no),), Tone.BAD)
    except (TryAgainLater, TimeoutError):
        return note(texts.say(texts.LOOK_AWAY, system=look.system), Tone.BAD)
    return report_card(report)


def _that_fit(rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """The first rows, as many as one message holds."""
    sizes = accumulate(sum(map(len, row)) + CELL * len(row) for row in rows[:MOST_ROWS])
    return tuple(row for row, size in zip(rows, sizes, strict=False) if size <= MOST_TEXT)


def report_card(report: Report) -> Card:
    """What was found, as a table where there are rows."""
    body: list[Line] = [(report.headline,), *((line,) for line in report.lines)]
    rows = _that_fit(report.rows)
    if len(rows) < len(report.rows):
        body.append(texts.say(texts.MORE_ROWS, more=len(report.rows) - len(rows)))
    table = Table(columns=report.columns, rows=rows) if rows else None
    return Card(body=tuple(body), table=table, summary=report.headline)
