"""How much there is of everything, without looking at any of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.store import engine
from bot.store.keys import Keys
from bot.store.moments import to_ms
from handlers.work import Heap, Lane, Measures, Queue


class Measuring:
    """The part of `handlers.ports.store.Store` that metrics are made from."""

    _engine: engine.Engine
    _keys: Keys

    async def measure(self, now: datetime, lists: Sequence[str]) -> Measures:
        names, moment = self._keys, to_ms(now)
        queues = [names.queue(queue).visible for queue in Queue]
        sets = [*queues, *names.lanes, *map(names.ranks, lists)]
        keys = (*sets, names.parked, names.outbox_dead)
        told = await self._engine.run(engine.MEASURE, keys, (len(sets), moment))
        *ordered, parked, undeliverable = told
        heaps = iter(_heap(*pair, moment) for pair in zip(ordered[::2], ordered[1::2], strict=True))
        return Measures(
            queues={queue: next(heaps) for queue in Queue},
            lanes={lane: next(heaps) for lane in Lane},
            lists={name: next(heaps).count for name in lists},
            parked=int(parked),
            undeliverable=int(undeliverable),
        )


def _heap(count: str, first: str, now: int) -> Heap:
    return Heap(int(count), max(0, now - int(first)) / 1000 if first else 0.0)
