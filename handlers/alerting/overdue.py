"""The watchdog: due work that nobody does is itself something to be told, once, and resolved when it is over.

It reads one number of the store however many timers there are, and runs beside the queues that it watches.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.alerts import wording as w
from handlers.cards import note
from handlers.changes import Cause, Draft, settle
from handlers.errors import StoreUnavailable, TryAgainLater
from handlers.messages import Tone, When
from handlers.work import Key, Queue
from handlers.world import World

_KEY = Key("overdue", Queue.DUE)


class Overdue(BaseModel):
    """That due work is late, and since when; `over` once it was done."""

    model_config = ConfigDict(frozen=True)

    since: datetime
    over: bool = False

    @property
    def slot(self) -> str:
        return f"overdue/{self.since:%Y%m%dT%H%M%S}"


async def watch_due_work(world: World, late: float, every: float) -> None:
    """Look for ever, `every` so many seconds; work is late after `late` seconds, at two looks in a row."""
    before: datetime | None = None
    while True:
        await asyncio.sleep(every)
        try:
            before = await look_for_overdue(world, late, before)
        except (StoreUnavailable, TryAgainLater):
            continue


async def look_for_overdue(world: World, late: float, before: datetime | None) -> datetime | None:
    """Tell when work is late and was at the look before (`before`), or that it no longer is.

    Returns since when it is late, None when it is not.
    """
    since, now = await world.store.oldest(Queue.DUE), world.clock.now()
    is_late = since is not None and now - since > timedelta(seconds=late)
    known = (await world.store.read((_KEY,)))[_KEY]
    told = Overdue.model_validate_json(known.body) if known.version else None
    open_now = told is not None and not told.over
    if since is not None and is_late and before is not None and not open_now:
        await _commit(world, Overdue(since=since))
    elif told is not None and open_now and not is_late:
        await _commit(world, told.model_copy(update={"over": True}))
    return since if is_late else None


async def _commit(world: World, wanted: Overdue) -> None:
    """Write what was seen, unless another replica has."""
    now = world.clock.now()
    ending = "over" if wanted.over else "late"
    cause = Cause(f"{wanted.slot}/{ending}", "countersign", now)

    async def decide(draft: Draft) -> None:
        told = draft.load((await world.store.read((_KEY,)))[_KEY], Overdue)
        if (told is None or told.over) is wanted.over:
            return
        draft.save(_KEY, wanted)
        draft.record(f"due-work-{ending}", str(_KEY), since=wanted.since.isoformat())
        since = When(at=wanted.since)
        if wanted.over:
            card = note(texts.say(w.OVERDUE_OVER, since=since, until=When(at=now)), Tone.GOOD)
        else:
            card = note(texts.say(w.OVERDUE, since=since), Tone.CRITICAL)
        draft.show(world.book.announce, wanted.slot, card)

    await settle(world.store, cause, decide)
