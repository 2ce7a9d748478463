"""The watchdog looks for late work as long as its replica lives."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from bot.ending import end_tasks
from handlers.escalating.overdue import watch_due_work
from handlers.work import Queue


class OddAtFirst:
    """A store that answers the first look with what nobody expects."""

    def __init__(self) -> None:
        self.looks = 0
        self.looked_again = asyncio.Event()

    async def oldest(self, _: Queue) -> datetime | None:
        self.looks += 1
        if self.looks == 1:
            raise ValueError("what no release has written")
        self.looked_again.set()
        return None

    async def read(self, keys: Any) -> dict[Any, Any]:
        return {key: SimpleNamespace(version=0, body="") for key in keys}


async def test_it_looks_again_after_something_that_nobody_expected() -> None:
    store = OddAtFirst()
    world = SimpleNamespace(store=store, clock=SimpleNamespace(now=lambda: datetime.now(UTC)))
    watching = asyncio.ensure_future(
        watch_due_work(cast(Any, world), 60.0, 0.01, knows_the_time=lambda: True, may_work=lambda: True)
    )
    await asyncio.wait({watching, asyncio.ensure_future(store.looked_again.wait())}, timeout=5)
    assert store.looked_again.is_set()
    await end_tasks([watching])
