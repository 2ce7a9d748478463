"""A store that says how much there is, for what only reads that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.errors import StoreUnavailable
from handlers.work import Heap, Lane, Measures, Queue


class Measured:
    """`Store.measure` alone: one of everything, until it is `away`."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False

    async def measure(self, now: datetime, lists: Sequence[str]) -> Measures:
        self.asked += 1
        if self.away:
            raise StoreUnavailable("away")
        one = Heap(1, 2.0)
        return Measures(dict.fromkeys(Queue, one), dict.fromkeys(Lane, one), dict.fromkeys(lists, 1), 1, 1)
