"""How far a long effect has come: one message in the request's thread, changed in place.

Telling is never in the way of the effect: `tell` only notes the newest word, a task of its own writes it,
and what cannot be told is logged. A word of a replica that has lost the request is refused by the store,
because the request has moved on. What a message stands on is stored beside it, so the next replica goes on
with the same message and the same pace.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from math import ceil

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.actions import Progress
from handlers.cards import note
from handlers.changes import Cause, Draft
from handlers.errors import CountersignError
from handlers.messages import Card, Code, Line, Meter, Tone
from handlers.requests.cards import look_of
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import request_key
from handlers.running import wording as w
from handlers.work import Key, Lane, Verdict
from handlers.world import World

log = logging.getLogger(__name__)

QUICKEST, SLOWEST = 2.0, 15.0
"""Seconds between two words about one request: a tenth of the time that has gone, within these bounds.

Slack lets an app change some 50 messages a minute in all, so what lasts is told more seldom. What ends within
the first of these is told by its outcome alone.
"""
_LETTING_GO = 1.0
"""Seconds in which the telling task must have stopped; then it is left to itself."""


class Told(BaseModel):
    """What a progress message shows. Its pace is counted from `begun`, when `first` things were done."""

    model_config = ConfigDict(frozen=True)

    begun: datetime
    first: int
    newest: Progress
    shown: str = ""
    """The words that were shown last, so that nothing is sent twice."""

    def left(self, now: datetime) -> timedelta | None:
        """How long the rest takes at the pace so far; None while nobody can know."""
        done = self.newest.done - self.first
        if done <= 0 or self.newest.note or self.newest.done >= self.newest.total:
            return None
        return (now - self.begun) / done * (self.newest.total - self.newest.done)


def progress_key(request_id: str) -> Key:
    return Key("progress", request_id)


Tell = Callable[[Progress], Awaitable[None]]


@asynccontextmanager
async def telling(world: World, request: Request) -> AsyncIterator[Tell]:
    """What an order tells while this lasts is shown in the request's thread, the newest word only."""
    teller = _Teller(world, request)
    task = asyncio.ensure_future(teller.run())
    try:
        yield teller.tell
    finally:
        teller.over = True
        task.cancel()
        await asyncio.wait({task}, timeout=_LETTING_GO)


class _Teller:
    def __init__(self, world: World, request: Request) -> None:
        self._world = world
        self._request = request
        self._newest: Progress | None = None
        self._news = asyncio.Event()
        self.over = request.automatic
        """Whether there is nothing more to tell; what happens by itself has no thread of its own."""

    async def tell(self, progress: Progress) -> None:
        """Note the newest word; returns at once."""
        self._newest = progress
        self._news.set()

    async def run(self) -> None:
        begun = asyncio.get_running_loop().time()
        while not self.over:
            gone = asyncio.get_running_loop().time() - begun
            await asyncio.sleep(min(max(gone / 10, QUICKEST), SLOWEST))
            await self._news.wait()
            self._news.clear()
            try:
                await self._show()
            except CountersignError as away:
                log.warning("progress of %s not told: %s", self._request.id, away)
            except Exception:
                log.exception("progress of %s not told", self._request.id)

    async def _show(self) -> None:
        """Write the newest word, unless the request has ended or is another replica's by now."""
        world, request = self._world, self._request
        if self._newest is None:
            return
        draft = Draft(Cause(f"progress/{request.id}", "countersign", world.clock.now()))
        key = request_key(request.id)
        current = draft.load((await world.store.read((key,)))[key], Request)
        if current is None or (current.state, current.claim) != (request.state, request.claim):
            self.over = True
            return
        await show_progress(draft, world, current, self._newest)
        if await world.store.commit(draft.build()) is Verdict.CONFLICT:
            self._news.set()  # decided anew at the next turn


async def show_progress(draft: Draft, world: World, request: Request, newest: Progress) -> None:
    """Show how far it is in the request's progress message; post it when there is none."""
    now, key = world.clock.now(), progress_key(request.id)
    told = draft.load((await world.store.read((key,)))[key], Told)
    if told is None or told.newest.total != newest.total or newest.done < told.first:
        told = Told(begun=now, first=newest.done, newest=newest, shown=told.shown if told else "")
    told = told.model_copy(update={"newest": newest})
    card = _under_way(request, told, now)
    if card.model_dump_json() != told.shown:
        _show(draft, request, card)
        told = told.model_copy(update={"shown": card.model_dump_json()})
        draft.save(key, told)


async def is_told(draft: Draft, world: World, request: Request) -> bool:
    """Whether a progress message stands in the request's thread, still unended."""
    key = progress_key(request.id)
    return draft.load((await world.store.read((key,)))[key], Told) is not None


async def end_progress(draft: Draft, world: World, request: Request, *last: str, well: bool = True) -> None:
    """End the progress message, if there is one, with what was verified or why it did not go on.

    `last` are the lines of a later look, which say more than the outcome does.
    """
    key = progress_key(request.id)
    told = draft.load((await world.store.read((key,)))[key], Told)
    if told is None:
        return
    _show(draft, request, _ended(request, told, last, well=well))
    draft.forget(key)


def _show(draft: Draft, request: Request, card: Card) -> None:
    slot = f"{request.card_slot}/progress"
    draft.show(request.channel, slot, card, thread=request.root_slot, lane=Lane.UPDATE)


def _under_way(request: Request, told: Told, now: datetime) -> Card:
    head = texts.say(w.UNDER_WAY, id=Code(text=request.id), what=f"{request.action} {request.target}")
    lines: list[Line] = [_count(told.newest)]
    left = told.left(now)
    if told.newest.note:
        lines.append(texts.say(w.HELD_UP, why=told.newest.note))
    elif left is not None:
        lines.append(texts.say(w.TIME_LEFT, left=roughly(left)))
    card = note(head, Tone.WARNING if told.newest.note else Tone.WORKING, *lines)
    counted = texts.say(w.COUNTED, done=told.newest.done, total=told.newest.total, what=told.newest.what)
    return card.model_copy(update={"summary": f"{card.summary} {''.join(map(str, counted))}"})


def _ended(request: Request, told: Told, last: tuple[str, ...], *, well: bool) -> Card:
    tone, state = look_of(request.state)
    what = f"{request.action} {request.target}"
    state = texts.MIDWAY if request.midway else state
    head = texts.say(w.PROGRESS_ENDED, id=Code(text=request.id), what=what, state=state)
    lines = last or tuple(filter(None, (request.note, *request.outcome.lines)))[:1]
    newest = told.newest
    if request.state is RequestState.SUCCEEDED and well:
        newest = Progress(newest.total, newest.total, newest.what)
    counted = (_count(newest),) if newest.total else ()
    return note(head, tone if well else Tone.CRITICAL, *counted, *((line,) for line in lines))


def _count(newest: Progress) -> Line:
    counted = texts.say(w.COUNTED, done=newest.done, total=newest.total, what=newest.what)
    return (Meter(done=newest.done, total=newest.total), "  ", *counted) if newest.total else counted


def roughly(left: timedelta) -> str:
    """A length of time as one says it, never shorter than it is: `40 s`, `3 min`, `1 h 20 min`."""
    seconds = max(1, ceil(left.total_seconds()))
    if seconds <= 90:
        return f"{ceil(seconds / 5) * 5} s"
    minutes = ceil(seconds / 60)
    if minutes <= 90:
        return f"{minutes} min"
    hours, rest = divmod(ceil(minutes / 10) * 10, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
