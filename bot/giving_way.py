"""The edge: who is being acknowledged right now, and how the work behind it gives way.

Acknowledgements and the work that they bring share an event loop and a store. Slack waits for the former
only, so new work is claimed when nobody waits at the edge. A lone request delays nothing; in a rush claims
wait for a gap between the requests, and have turns of their own when none comes.

People wait for what their words bring about, senders of alerts and recorded alerts do not: while somebody's
words are in hand, alerts are neither taken in nor worked on, for a moment each.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from math import exp
from time import monotonic
from typing import TypeVar

from handlers.work import Queue

A = TypeVar("A")
T = TypeVar("T")
PATIENCE = 0.1
"""Seconds that a claim gives way at most, whatever comes."""
ALERTS_PATIENCE = 0.4
"""The same of recorded alerts: fifty of them take a good part of it, more on a core that others use."""
TURN = 0.01
"""Seconds in which a loop that gave way in vain gives way no more."""
SIP = 8
"""So many items are claimed in such a turn: work that has begun gives way to nobody."""
_WINDOW, _RUSH = 0.25, 0.5
"""It is a rush when somebody waited at the edge for this share of about the last so many seconds."""
_GAP = 0.002
"""Seconds without a request: in a rush the next one would already be there."""


class Edge:
    """Knows whether somebody waits at this moment, and for how much of the last moments somebody did."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._under_way = 0
        self._clear = asyncio.Event()
        self._clear.set()
        self._share = 0.0
        self._noted = now()

    @contextlib.contextmanager
    def taking(self) -> Iterator[None]:
        """Somebody waits at the edge for as long as the context lasts."""
        self._note()
        self._under_way += 1
        self._clear.clear()
        try:
            yield
        finally:
            self._note()
            self._under_way -= 1
            if not self._under_way:
                self._clear.set()

    async def clear(self, seconds: float) -> bool:
        """Wait until nobody is at the edge and no rush goes on; False when these seconds were not enough."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._clear.wait()
                while gap := self._missing_gap():
                    await asyncio.sleep(gap)
                    await self._clear.wait()
                return True
        return False

    def _missing_gap(self) -> float:
        """Seconds without a request that are still missing to a gap in a rush."""
        since = self._now() - self._noted
        return max(0.0, _GAP - since) if self._share * exp(-since / _WINDOW) >= _RUSH else 0.0

    def _note(self) -> None:
        """Count the time since the last note to how the edge was meanwhile; the past counts less and less."""
        now = self._now()
        fades = exp((self._noted - now) / _WINDOW)
        self._share = self._share * fades + (1 - fades if self._under_way else 0.0)
        self._noted = now


class Ways:
    """Who gives way to whom in a replica.

    All new work gives way to `slack`, its requests until they are recorded; work on alerts to `everybody`,
    the requests of alerts' senders as well; and alerts to `words`, what people said until it is done with.
    """

    def __init__(self, patience: float = PATIENCE, now: Callable[[], float] = monotonic) -> None:
        self.slack, self.everybody, self.words = Edge(), Edge(), Edge()
        self._patience = patience
        self._now = now
        self._alerts_until = 0.0

    @contextlib.contextmanager
    def recording(self, *, alerts: bool) -> Iterator[None]:
        """A request is recorded: of a sender of alerts, or of Slack."""
        with contextlib.ExitStack() as stack:
            for edge in (self.everybody,) if alerts else (self.everybody, self.slack, self.words):
                stack.enter_context(edge.taking())
            yield

    def first(self, handle: Callable[[A], Awaitable[T]]) -> Callable[[A], Awaitable[T]]:
        """A handler of people's words, to which alerts give way."""

        async def handled(about: A) -> T:
            with self.words.taking():
                return await handle(about)

        return handled

    def turns(self, queue: Queue) -> Turns:
        """The turns of a queue's worker: alerts are recorded first, and then worked on."""
        return Turns(self.everybody, ALERTS_PATIENCE) if queue is Queue.ALERTS else Turns(self.slack)

    async def after_people(self) -> None:
        """Let everybody else go on, and people's words come to an end, for `patience` at most.

        Where that was in vain nobody gives way for as long again: people may take half of the time.
        """
        await asyncio.sleep(0)
        if self._now() >= self._alerts_until and not await self.words.clear(self._patience):
            self._alerts_until = self._now() + self._patience


class Turns:
    """One loop's turns to claim work: it gives way to the edge, and never starves."""

    def __init__(self, edge: Edge, patience: float = PATIENCE, turn: float = TURN) -> None:
        self._edge = edge
        self._patience = patience
        self._turn = turn
        self._mine_until = 0.0

    async def next(self) -> bool:
        """Wait until work may be claimed: not at all when nobody is at the edge, `patience` at most.

        False when it gave way in vain: then `SIP` is enough.
        """
        if monotonic() < self._mine_until:
            return False
        if await self._edge.clear(self._patience):
            return True
        self._mine_until = monotonic() + self._turn
        return False
