"""A worker keeps its lease as long as its handler works, and stops when another has taken the item."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.ending import end_tasks
from bot.giving_way import Edge, Turns
from bot.workers import Bell, QueueWorker, Tuning
from handlers.work import Claimed, Item, Queue

ITEM = Item(Queue.DUE, "request/R-1/run", "{}")


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class OneItem:
    """A store with one item, whose lease holds for so many extensions."""

    extensions: int
    extended: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    queue: list[Item] = field(default_factory=lambda: [ITEM])

    async def claim(self, queue: Queue, now: datetime, lease: float, limit: int) -> Sequence[Claimed]:
        return [Claimed(self.queue.pop(), 1, "t", now + timedelta(seconds=lease))] if self.queue else []

    async def extend(self, claimed: Claimed, until: datetime) -> bool:
        self.extended += 1
        if self.extended == 5:
            self.enough.set()
        return self.extended <= self.extensions


async def worked(store: OneItem, handle: Any, until: asyncio.Event) -> None:
    """Let a worker work until then."""
    bell = Bell()
    tuning = Tuning(lease=0.03, poll=0.01)
    worker = QueueWorker(Queue.DUE, cast(Any, store), _Clock(), bell, Turns(Edge()), handle, tuning)
    loop = asyncio.ensure_future(worker.run(lambda: True))
    await until.wait()
    await end_tasks([loop])


async def test_a_lease_is_kept_as_long_as_the_handler_works() -> None:
    store, ended = OneItem(extensions=1000), asyncio.Event()

    async def handle(_: Claimed) -> None:
        await store.enough.wait()
        ended.set()

    await worked(store, handle, ended)

    assert store.extended >= 5


async def test_a_handler_whose_item_another_has_taken_over_is_stopped() -> None:
    store, stopped = OneItem(extensions=2), asyncio.Event()

    async def handle(_: Claimed) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    await worked(store, handle, stopped)

    assert 3 == store.extended
