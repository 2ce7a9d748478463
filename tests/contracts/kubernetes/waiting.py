"""Polling with a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 60.0
"""Seconds."""


async def wait_for(look: Callable[[], Awaitable[bool]]) -> None:
    """Poll until it is so."""
    end = time.monotonic() + PATIENCE
    while not await look():
        assert time.monotonic() < end, "in vain waited for the cluster"
        await asyncio.sleep(0.05)
