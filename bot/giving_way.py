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
from collections.abc import Awaitable, Callable
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
EFFECT_PATIENCE = 0.25
"""Seconds that messages and other due work wait at most for the effects of what was approved."""
TURN = 0.01
"""Seconds in which a loop that gave way in vain gives way no more."""
SIP = 8
"""So many items are claimed in such a turn, or in a rush: work that has begun gives way to nobody."""
_WINDOW, _MANY, _MOST_OF_IT = 0.25, 32.0, 0.5
"""It is a rush when so many requests came in about the last so many seconds, or, where each takes long, when
somebody waited at the edge for this share of them."""
_GAP = 0.002
"""Seconds without a request: in a rush the next one would already be there."""


class Edge:
    """Knows whether somebody waits at this moment, and whether the next one must be on its way."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._under_way = 0
        self._clear = asyncio.Event()
        self._clear.set()
        self._came = 0.0
        self._share = 0.0
        self._noted = now()

    def taking(self) -> Taking:
        """A context for whose length somebody waits at the edge; any number of them at a time."""
        return Taking(self)

    def enter(self) -> None:
        """Somebody waits from here on."""
        self._note(came=1)
        self._under_way += 1
        self._clear.clear()

    def leave(self) -> None:
        """One of them waits no more."""
        self._note()
        self._under_way -= 1
        if not self._under_way:
            self._clear.set()

    @property
    def rush(self) -> bool:
        """Whether requests follow one another."""
        left = self._fades()
        return self._came * left >= _MANY or self._share * left >= _MOST_OF_IT

    async def clear(self, seconds: float) -> bool:
        """Wait until nobody is at the edge, in a rush for a gap; False when these seconds were not enough."""
        if not self._under_way and not self._missing_gap():
            return True
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
        return max(0.0, _GAP - (self._now() - self._noted)) if self.rush else 0.0

    def _fades(self) -> float:
        """What is left of the last note's figures: the past counts less and less."""
        return exp((self._noted - self._now()) / _WINDOW)

    def _note(self, came: int = 0) -> None:
        left = self._fades()
        self._came = self._came * left + came
        self._share = self._share * left + (1 - left if self._under_way else 0.0)
        self._noted = self._now()


class Taking:
    """A context in which somebody waits at some edges. It keeps nothing, so many may enter one."""

    def __init__(self, *edges: Edge) -> None:
        self._edges = edges

    def __enter__(self) -> None:
        for edge in self._edges:
            edge.enter()

    def __exit__(self, *_: object) -> None:
        for edge in self._edges:
            edge.leave()


class Ways:
    """Who gives way to whom in a replica.

    All new work gives way to `slack`, its requests until they are recorded; work on alerts to `everybody`,
    the requests of alerts' senders as well; and alerts to `words`, what people said until it is done with.
    """

    def __init__(self, patience: float = PATIENCE, now: Callable[[], float] = monotonic) -> None:
        self.slack, self.everybody, self.words, self.effects = Edge(), Edge(), Edge(), Edge()
        self._patience = patience
        self._now = now
        self._alerts_until = 0.0
        self._of_senders = Taking(self.everybody)
        self._of_slack = Taking(self.everybody, self.slack, self.words)

    def recording(self, *, alerts: bool) -> Taking:
        """A request is recorded for as long as the context lasts: of a sender of alerts, or of Slack."""
        return self._of_senders if alerts else self._of_slack

    def first(self, handle: Callable[[A], Awaitable[T]]) -> Callable[[A], Awaitable[T]]:
        """A handler of people's words, to which alerts give way."""

        async def handled(about: A) -> T:
            with self.words.taking():
                return await handle(about)

        return handled

    def effect(self, handle: Callable[[A], Awaitable[T]]) -> Callable[[A], Awaitable[T]]:
        """A handler of effects, to whose beginning the rest gives way: what lasts holds up nobody."""

        async def handled(about: A) -> T:
            with contextlib.ExitStack() as held:
                held.enter_context(self.effects.taking())
                release = asyncio.get_running_loop().call_later(EFFECT_PATIENCE, held.close)
                held.callback(release.cancel)
                return await handle(about)

        return handled

    def after_effects(self, handle: Callable[[A], Awaitable[T]]) -> Callable[[A], Awaitable[T]]:
        """A handler of other due work; where the same commit led to an effect, that begins first."""

        async def handled(about: A) -> T:
            await asyncio.sleep(0)  # an effect that was claimed with it comes there first
            await self.effects.clear(EFFECT_PATIENCE)
            return await handle(about)

        return handled

    @property
    def sending(self) -> Turns:
        """The sender's turns: what is told of an approval comes after its effect has begun."""
        return Turns(self.slack, after=self.effects)

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

    def __init__(
        self, edge: Edge, patience: float = PATIENCE, turn: float = TURN, after: Edge | None = None
    ) -> None:
        """`after` is a second edge to give way to, once those at the first are through."""
        self._edge = edge
        self._after = after
        self._patience = patience
        self._turn = turn
        self._mine_until = 0.0

    async def next(self) -> bool:
        """Wait until work may be claimed: not at all when nobody is at the edge, `patience` at most.

        False in a rush, or when it gave way in vain: then `SIP` is enough.
        """
        if monotonic() < self._mine_until:
            return False
        if await self._edge.clear(self._patience) and await self._behind():
            return not self._edge.rush
        self._mine_until = monotonic() + self._turn
        return False

    async def _behind(self) -> bool:
        """Whether nobody is at the second edge any more; who is called with it comes there first."""
        if self._after is None:
            return True
        await asyncio.sleep(0)
        return await self._after.clear(EFFECT_PATIENCE)
