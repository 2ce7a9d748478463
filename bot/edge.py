"""The edge: who is being acknowledged right now, and how the work behind it gives way.

Acknowledgements and the work that they bring share an event loop and a store. Slack waits for the former
only, so new work is claimed when nobody waits at the edge. A lone request delays nothing; where requests
follow one another without a gap, claims wait for one, and have turns of their own when none comes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from time import monotonic

PATIENCE = 0.1
"""Seconds that a claim gives way at most, whatever comes."""
TURN = 0.01
"""Seconds in which a loop that gave way in vain gives way no more."""
GAP = 0.002
"""Seconds without a request that end a rush."""
_RUSH = 64
"""So many requests in a row without a gap are a rush, no burst of a few people."""


class Edge:
    """Counts what is being recorded at this moment."""

    def __init__(self) -> None:
        self._under_way = 0
        self._clear = asyncio.Event()
        self._clear.set()
        self._in_a_row = 0
        self._last_end = 0.0

    @contextlib.contextmanager
    def taking(self) -> Iterator[None]:
        """Somebody waits at the edge for as long as the context lasts."""
        follows = self._under_way or monotonic() - self._last_end < GAP
        self._in_a_row = self._in_a_row + 1 if follows else 1
        self._under_way += 1
        self._clear.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            self._last_end = monotonic()
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
        """Seconds without a request that are still missing to the end of a rush."""
        return max(0.0, self._last_end + GAP - monotonic()) if self._in_a_row >= _RUSH else 0.0


class Turns:
    """One loop's turns to claim work: it gives way to the edge, and never starves."""

    def __init__(self, edge: Edge, patience: float = PATIENCE, turn: float = TURN) -> None:
        self._edge = edge
        self._patience = patience
        self._turn = turn
        self._mine_until = 0.0

    async def next(self) -> None:
        """Wait until work may be claimed: not at all when nobody is at the edge, `patience` at most."""
        if monotonic() >= self._mine_until and not await self._edge.clear(self._patience):
            self._mine_until = monotonic() + self._turn
