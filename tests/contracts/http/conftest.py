"""The adapter against practice APIs over real HTTP, each at its own port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.clock import SystemClock
from bot.systems.http.api import JsonApi, Patience
from bot.systems.http.opening import opened
from sandbox.ledger import PracticeLedger
from sandbox.queue_admin import PracticeQueueAdmin

TOKEN = "the-bearer-of-the-practice"
BRISK = Patience(connect=1.0, attempt=0.4, whole=2.0, pauses=(0.0, 0.01, 0.02))


@pytest.fixture
async def ledger() -> AsyncIterator[PracticeLedger]:
    practice = PracticeLedger(TOKEN)
    await practice.start()
    yield practice
    await practice.stop()


@pytest.fixture
async def admin() -> AsyncIterator[PracticeQueueAdmin]:
    practice = PracticeQueueAdmin(TOKEN)
    await practice.start()
    yield practice
    await practice.stop()


@pytest.fixture
async def api(ledger: PracticeLedger) -> AsyncIterator[JsonApi]:
    async with opened({"url": ledger.url, "token": TOKEN}, SystemClock(), BRISK) as made:
        yield made


@pytest.fixture
async def queue(admin: PracticeQueueAdmin) -> AsyncIterator[JsonApi]:
    async with opened({"url": admin.url, "token": TOKEN}, SystemClock(), BRISK) as made:
        yield made
