"""A replica puts its policies in force when it was told to, as soon as the store can be reached."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from bot.ending import end_tasks
from bot.policy_folder import read_book
from bot.standing_by import Health, Heartbeat
from bot.workers import Tuning
from handlers.errors import StoreUnavailable
from handlers.ports.store import Enlisted

RULES = Path(__file__).parents[3] / "policies" / "rules"
BOOK = read_book(RULES)


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class AwayAtFirst:
    """A store that cannot be reached for the first call; another revision is in force there."""

    def __init__(self) -> None:
        self.active = "another"
        self.forced: list[bool] = []
        self.enough = asyncio.Event()

    async def enlist(
        self, _: str, revision: str, now: datetime, *__: Any, force: bool, **___: Any
    ) -> Enlisted:
        self.forced.append(force)
        if len(self.forced) == 1:
            raise StoreUnavailable("still starting")
        if len(self.forced) == 4:
            self.enough.set()
        self.active = revision if force else self.active
        return Enlisted(self.active, now, "")

    async def commit(self, _: Any) -> None:
        pass

    async def resign(self, _: str) -> None:
        pass


async def test_policies_that_are_to_be_activated_are_once_the_store_is_there() -> None:
    store, health = AwayAtFirst(), Health()
    tuning = Tuning(heartbeat=0.01)
    heartbeat = Heartbeat("r1", BOOK, cast(Any, store), _Clock(), health, tuning)
    beating = asyncio.ensure_future(heartbeat.run(force=True))
    await store.enough.wait()
    await end_tasks([beating])
    assert [True, True, False, False] == store.forced[:4]
    assert "policies" not in health.against()
