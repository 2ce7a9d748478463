"""Recorded alerts that wait at the same time are taken together: one unit of work for many of them.

Each then sees those before it, which storms are told by, and the store writes once where it would write for
each. What cannot be taken with others is taken by itself, so one bad body is in nobody's way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from handlers.alerting.bodies import Body, read_body
from handlers.alerting.taking import Breathe, take_bodies, take_body
from handlers.errors import StoreUnavailable
from handlers.work import Claimed, Key, Verdict
from handlers.world import World

_MOST = 100
"""Signals of one unit of work: many, for the store writes once for all of them, and soon done with."""


@dataclass(frozen=True)
class _Waiting:
    body: Body
    answer: asyncio.Future[Verdict]

    def ends(self, end: Verdict | BaseException) -> None:
        """Tell its handler, unless that has given up."""
        if self.answer.done():
            return
        if isinstance(end, BaseException):
            self.answer.set_exception(end)
        else:
            self.answer.set_result(end)


class Together:
    """Handles claimed items of the ALERTS queue, those that wait at the same moment in one go.

    It takes a breath now and then, so that nobody waits for the whole of a unit of work.
    """

    def __init__(self, world: World, breathe: Breathe) -> None:
        self._world = world
        self._breathe = breathe
        self._waiting: list[_Waiting] = []
        self._worker: asyncio.Task[None] | None = None

    async def on_alert(self, claimed: Claimed) -> Verdict:
        """Handle one claimed item; returns, or raises, when it is done."""
        waiting = _Waiting(read_body(self._world, claimed), asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await waiting.answer

    async def _work(self) -> None:
        while self._waiting:
            some = self._next()
            try:
                await self._take(some)
            finally:
                for waiting in some:  # only where this task is cancelled
                    waiting.answer.cancel()

    def _next(self) -> list[_Waiting]:
        """Those that can go in one unit of work: few enough, and of different subjects."""
        some: list[_Waiting] = []
        left: list[_Waiting] = []
        seen: set[Key] = set()
        signals = 0
        for waiting in self._waiting:
            if waiting.answer.done():  # its handler has given up
                continue
            subjects, count = waiting.body.subjects, len(waiting.body.told)
            if some and (signals + count > _MOST or not seen.isdisjoint(subjects)):
                left.append(waiting)
            else:
                some.append(waiting)
                signals += count
            seen |= subjects  # what comes later of a subject stays behind it
        self._waiting = left
        return some

    async def _take(self, some: list[_Waiting]) -> None:
        """Take them in one unit of work; where that fails, each by itself, to learn which it is."""
        if len(some) > 1:
            end = await _end_of(take_bodies(self._world, [waiting.body for waiting in some], self._breathe))
            if end is Verdict.COMMITTED or isinstance(end, StoreUnavailable):
                for waiting in some:
                    waiting.ends(end)
                return
        for waiting in some:
            waiting.ends(await _end_of(take_body(self._world, waiting.body, self._breathe)))


async def _end_of(taking: Awaitable[Verdict]) -> Verdict | BaseException:
    """How it ended, whatever that is: those who wait raise it."""
    (end,) = await asyncio.gather(taking, return_exceptions=True)
    return end
