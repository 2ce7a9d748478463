"""The bot's own switch: a lockdown stops every effect until two people lift it.

Recording, alerting, acknowledging, denying and cancelling go on. What was approved before waits.
"""

from __future__ import annotations

import asyncio

from handlers import texts
from handlers.cards import note, titles
from handlers.changes import Cause, Draft, settle
from handlers.errors import TryAgainLater
from handlers.lockdown_model import LIFTERS, Known, Lockdown, Word, digest_of
from handlers.messages import Card, Code, Line, Tone, User, When
from handlers.work import Key, Stored
from handlers.world import World

KEY = Key("lockdown", "workspace")
COME_BACK = 5.0
"""Seconds after which an approved request looks whether the lockdown is lifted."""
KNOWN = Key("lockdown", "known")
KEEP_EVERY = 5000
"""Entries of the record after which it is kept how far it was read: a first look reads about so many."""
_PAGE = 1000
"""Entries of the record that are read at once."""


async def in_force(world: World, draft: Draft | None = None) -> Lockdown | None:
    """The lockdown that holds now. With a draft, the decision rests on it: a new one makes it a conflict.

    One that was taken out of the store without being lifted holds on, and is put back.
    """
    read, _ = await asyncio.gather(world.store.read((KEY,)), follow_record(world))
    if draft is not None:
        draft.saw(read[KEY])
    lock = _of(read[KEY])
    known = world.remembered
    if lock is not None and len({one.by for one in genuine_lifts(world, lock)}) < LIFTERS:
        return lock
    if lock is not None and known.lock is not None and known.lock.id == lock.id:
        known.lock = None  # lifted by a release that left no mark in the record
    if known.lock is not None:
        await _put_back(world, known.lock)
    return known.lock


def _of(stored: Stored) -> Lockdown | None:
    return Lockdown.model_validate_json(stored.body) if stored.version else None


async def follow_record(world: World) -> None:
    """Read what the record has got since this replica last looked; at first, since any replica did."""
    known = world.remembered
    async with known.turn:
        if not known.read:
            await _recall(world)
        more = True
        while more:
            entries = await world.store.recorded(known.read, _PAGE)
            for number, entry in entries:
                known.learn(number, entry, world.sealer)
            if entries:
                known.entry = digest_of(entries[-1][1])
            more = len(entries) == _PAGE
        if known.read - known.kept >= KEEP_EVERY:
            await _keep(world)


async def _recall(world: World) -> None:
    """Begin where the store says that a replica was, if that is the bot's own word and of this record."""
    stored = (await world.store.read((KNOWN,)))[KNOWN]
    kept = Known.model_validate_json(stored.body) if stored.version else None
    if kept is None or not world.sealer.verify(kept.mark, *kept.marked):
        return
    there = await world.store.recorded(kept.read - 1, 1)
    if [(number, digest_of(entry)) for number, entry in there] == [(kept.read, kept.entry)]:
        known = world.remembered
        known.lock, known.read, known.entry, known.kept = kept.lock, kept.read, kept.entry, kept.read


async def _keep(world: World) -> None:
    """Have the store know how far the record was read. Where another replica was quicker, its word stands."""
    known = world.remembered
    kept = Known(read=known.read, entry=known.entry, lock=known.lock)
    draft = Draft(Cause(f"lockdown-known/{known.read}", "countersign", world.clock.now()))
    draft.saw((await world.store.read((KNOWN,)))[KNOWN])
    draft.save(KNOWN, kept.model_copy(update={"mark": world.sealer.mac(*kept.marked)}))
    await world.store.commit(draft.build())
    known.kept = known.read


async def _put_back(world: World, lock: Lockdown) -> None:
    """The store has it again, and every channel is told that somebody took it out."""
    cause = Cause(f"lockdown-put-back/{lock.id}", "countersign", world.clock.now())

    async def decide(draft: Draft) -> None:
        stored = (await world.store.read((KEY,)))[KEY]
        draft.saw(stored)
        there = _of(stored)
        if there is not None and there.id == lock.id:
            return
        draft.save(KEY, with_mark(world, lock))
        draft.record("lockdown-put-back", lock.id)
        show_lockdown(draft, world, lock)
        told = note((texts.LOCK_TAKEN,), Tone.CRITICAL, lock.line)
        draft.show(world.book.announce, f"lockdown/{lock.id}/put-back/{stored.version}", told)

    await settle(world.store, cause, decide)


def with_mark(world: World, lock: Lockdown) -> Lockdown:
    """The same with the bot's own mark."""
    return lock.model_copy(update={"mark": world.sealer.mac(*lock.marked)})


async def mark_anew(world: World) -> None:
    """Have the stored lockdown carry the mark of today: one that is lifted stays so without old secrets."""
    cause = Cause("lockdown-mark", "countersign", world.clock.now())

    async def decide(draft: Draft) -> None:
        lock = draft.load((await world.store.read((KEY,)))[KEY], Lockdown)
        if lock is None or not world.sealer.verify(lock.mark, *lock.marked):
            return
        if lock != (today := with_mark(world, lock)):
            draft.save(KEY, today)

    await settle(world.store, cause, decide)


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
        next_step=how_to_lift(world), footnote=(Code(text=lock.id),), summary=texts.LOCK_TITLE,
    )  # fmt: skip


def how_to_lift(world: World) -> Line:
    """Who lifts it, and with which words."""
    who = titles(world.book, world.book.lockdown.lift) if world.book.lockdown else ""
    words = Code(text=f"{world.book.slash('ops')} lift because …")
    return texts.say(texts.LOCK_NEXT, who=who, words=words)


def show_lockdown(draft: Draft, world: World, lock: Lockdown) -> None:
    """One card in every channel where requests or announcements stand."""
    channels = {world.book.announce, *(system.channel for system in world.book.systems.values())}
    for channel in sorted(channels):
        draft.show(channel, f"lockdown/{lock.id}/{channel}", lockdown_card(world, lock))
