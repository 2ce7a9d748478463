"""The edge: who is being acknowledged right now, and how the work behind it gives way.

Acknowledgements and the work that they bring share an event loop and a store. Slack waits for the former
only, so new work is claimed when nobody waits at the edge. A lone request delays nothing; in a rush claims
wait for a gap between the requests, and have turns of their own when none comes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from math import exp
from time import monotonic

PATIENCE = 0.1
"""Seconds that a claim gives way at most, whatever comes."""
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
