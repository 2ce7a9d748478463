"""Alerts that policy has no place for, and bodies that cannot be taken: told in the channel of announcements.

Their senders hear it as well, but nobody reads a sender's log, and Alertmanager drops what is answered
with 4xx. One message a day, source and reason holds them all, so that a flood of them is one message with
a count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.alerting.disclosing import disclosed_strays
from handlers.alerting.signals import Stray
from handlers.alerting.sources import wording as w
from handlers.changes import Draft
from handlers.messages import Card, Code, Line, Tone, When
from handlers.work import Key
from handlers.world import World

MOST_NAMED = 10
"""Alerts that one message names; the others are only counted."""


class Strays(BaseModel):
    """What of one source could not be placed on one day for one reason: how often, and what it was called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    why: str
    sentence: str
    first_at: datetime
    last_at: datetime
    count: int = 0
    named: dict[str, int] = {}


def strays_key(source: str, why: str, at: datetime) -> Key:
    """The object that holds the strays of one source, reason and day."""
    return Key("strays", f"{source}/{why}/{at:%Y-%m-%d}")


async def tell_strays(draft: Draft, world: World, strays: Sequence[tuple[str, Stray]]) -> None:
    """Count strays with their sources, record them, and show the messages that hold them."""

    def kind(one: tuple[str, Stray]) -> tuple[str, str]:
        return one[0], one[1].why

    for (source, why), some in groupby(sorted(strays, key=kind), key=kind):
        await _tell(
            draft,
            world,
            source,
            why,
            await disclosed_strays(world.book, world.redactor, [one for _, one in some]),
        )


async def _tell(draft: Draft, world: World, source: str, why: str, strays: Sequence[Stray]) -> None:
    now = draft.cause.at
    key = strays_key(source, why, now)
    known = draft.load((await world.store.read((key,)))[key], Strays)
    counted = known or Strays(source=source, why=why, sentence=strays[0].sentence, first_at=now, last_at=now)
    named = dict(counted.named)
    for one in strays:
        called = _called(one)
        if called and (called in named or len(named) < MOST_NAMED):
            named[called] = named.get(called, 0) + 1
    counted = counted.model_copy(
        update={
            "sentence": strays[-1].sentence,
            "last_at": now,
            "count": counted.count + len(strays),
            "named": named,
        }
    )
    draft.save(key, counted)
    listed = [called for one in strays[:MOST_NAMED] if (called := _called(one))]
    draft.record("alerts-unplaced", source, why=why, count=len(strays), named=listed)
    draft.show(world.book.announce, f"strays/{key.id}", _card(counted))


def _called(stray: Stray) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in stray.labels.items())
    return f"{stray.name} ({labels})" if stray.name and labels else stray.name


def _card(counted: Strays) -> Card:
    said = w.STRAYS if counted.named else w.REFUSED
    head = texts.say(said, count=counted.count, source=Code(text=counted.source))
    times: Line = texts.say(w.STRAYS_BETWEEN, first=When(at=counted.first_at), last=When(at=counted.last_at))
    names = tuple((f"• {name} × {count}",) for name, count in counted.named.items())
    return Card(
        tone=Tone.WARNING,
        body=(head, (counted.sentence,), *names, times),
        next_step=texts.say(w.NEXT_STRAYS, check=Code(text="countersign explain-alert")),
        summary=w.STRAYS_SUMMARY.format(source=counted.source),
    )
