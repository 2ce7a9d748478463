"""The bot's own switch: a lockdown stops every effect until two people lift it.

Recording, alerting, acknowledging, denying and cancelling go on. What was approved before waits.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.cards import titles
from handlers.changes import Draft
from handlers.errors import TryAgainLater
from handlers.messages import Card, Code, Line, Tone, User, When
from handlers.work import Key
from handlers.world import World

KEY = Key("lockdown", "workspace")
COME_BACK = 5.0
"""Seconds after which an approved request looks whether the lockdown is lifted."""
LIFTERS = 2


class Word(BaseModel):
    """One person's word for starting or lifting."""

    model_config = ConfigDict(frozen=True)

    by: str
    reason: str
    at: datetime


class Lockdown(BaseModel):
    """A lockdown, in force until `lifts` holds the words of two people.

    `mark` is the bot's own over all of it: without it, whoever writes to the store could lift one.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    start: Word
    lifts: tuple[Word, ...] = ()
    mark: str = ""

    @property
    def marked(self) -> tuple[str, ...]:
        """What nobody but the bot may change."""
        return ("lockdown", self.model_dump_json(exclude={"mark"}))

    @property
    def lifted(self) -> bool:
        return len({one.by for one in self.lifts}) >= LIFTERS

    @property
    def line(self) -> Line:
        """Who stopped everything, when and why."""
        start = self.start
        return texts.say(texts.LOCKED, who=User(id=start.by), when=When(at=start.at), why=start.reason)


async def in_force(world: World, draft: Draft | None = None) -> Lockdown | None:
    """The lockdown that holds now. With a draft, the decision rests on it: a new one makes it a conflict."""
    stored = (await world.store.read((KEY,)))[KEY]
    if draft is not None:
        draft.saw(stored)
    lock = Lockdown.model_validate_json(stored.body) if stored.version else None
    if lock is None or len({one.by for one in genuine_lifts(world, lock)}) >= LIFTERS:
        return None
    return lock


def genuine_lifts(world: World, lock: Lockdown) -> tuple[Word, ...]:
    """The words for lifting that carry the bot's mark; what somebody else wrote to the store is none."""
    return lock.lifts if world.sealer.verify(lock.mark, *lock.marked) else ()


async def hold_while_locked(world: World, draft: Draft | None = None) -> None:
    """Raises TryAgainLater while a lockdown is in force: nothing may have an effect."""
    if await in_force(world, draft) is not None:
        raise TryAgainLater(texts.HELD, after=COME_BACK)


def lockdown_card(world: World, lock: Lockdown) -> Card:
    """What every channel sees: who stopped everything, who has spoken for lifting it, and how it goes on."""
    trail: tuple[Line, ...] = tuple(
        texts.say(texts.LIFT_WORD, who=User(id=one.by), when=When(at=one.at), why=one.reason)
        for one in lock.lifts
    )
    if lock.lifted:
        over = (texts.LOCK_OVER,)
        return Card(
            tone=Tone.GOOD, title=texts.LOCK_OVER_TITLE, body=(over, lock.line), trail=trail,
            footnote=(Code(text=lock.id),), summary=texts.LOCK_OVER,
        )  # fmt: skip
    return Card(
        tone=Tone.CRITICAL, title=texts.LOCK_TITLE, body=(lock.line, (texts.LOCK_MEANS,)), trail=trail,
        next_step=_how(world), footnote=(Code(text=lock.id),), summary=texts.LOCK_TITLE,
    )  # fmt: skip


def lifters(world: World) -> str:
    """Who could lift it, as people read it."""
    return titles(world.book, world.book.lockdown.lift) if world.book.lockdown else ""


def _how(world: World) -> Line:
    words = Code(text=f"{world.book.slash('ops')} lift because …")
    return texts.say(texts.LOCK_NEXT, who=lifters(world), words=words)
