"""Of a backlog a worker claims several items at a time, and leaves no free place empty for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.ending import end_tasks
from bot.giving_way import Edge, Turns
from bot.workers import Bell, QueueWorker, Tuning
from handlers.work import Claimed, Item, Queue

LONG = 60.0
"""Seconds between two looks of a loop that nobody wakes: longer than any test may last."""
PLACES = 32


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Backlog:
    """A store with more items than a worker has places for. It tells what was asked of it."""

    def __init__(self) -> None:
        self.claims: list[int] = []
        self.given = 0

    async def claim(self, queue: Queue, now: datetime, lease: float, limit: int) -> Sequence[Claimed]:
        self.claims.append(limit)
        first, self.given = self.given, self.given + limit
        until = now + timedelta(seconds=lease)
        return [Claimed(Item(queue, str(n), "{}"), 1, "t", until) for n in range(first, self.given)]


class Handling:
    """Handlers that end when they are told to."""

    def __init__(self) -> None:
        self._ends: list[asyncio.Event] = []

    async def __call__(self, _: Claimed) -> None:
        self._ends.append(asyncio.Event())
        await self._ends[-1].wait()

    async def end(self, count: int) -> None:
        for _ in range(count):
            self._ends.pop(0).set()
            await _settled()


async def _settled() -> None:
    """Whatever can go on by itself has."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def working(poll: float) -> AsyncIterator[tuple[Backlog, Handling]]:
    store, handling = Backlog(), Handling()
    tuning = Tuning(poll=poll, concurrency=PLACES)
    worker = QueueWorker(Queue.PEOPLE, cast(Any, store), _Clock(), Bell(), Turns(Edge()), handling, tuning)
    loop = asyncio.ensure_future(worker.run(lambda: True))
    await _settled()
    yield store, handling
    await end_tasks([loop])


async def test_of_a_backlog_a_quarter_of_the_places_is_claimed_at_a_time() -> None:
    async with working(poll=LONG) as (store, handling):
        await handling.end(7)
        assert store.claims == [32]
        await handling.end(1)
        assert store.claims == [32, 8]


async def test_a_few_free_places_are_taken_by_a_loop_that_looks_by_itself() -> None:
    async with working(poll=0.005) as (store, handling):
        await handling.end(3)
        while store.given < PLACES + 3:  # noqa: ASYNC110 -- nothing tells of it, that is the point
            await asyncio.sleep(0.005)
        assert sum(store.claims) == 35
