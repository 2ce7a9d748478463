"""A replica as a process of its own that ends itself with SIGKILL at a chosen call of a port.

Counting begins when it claims the item whose body holds the fuse; polls that bring nothing do not count.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import replica
from bot.settings import read_settings
from bot.workers import Tuning

_IDLE = frozenset({"claim", "next_sending", "enlist", "extend", "resign"})
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["bot.app"])


@dataclass(frozen=True)
class Orders:
    """What a victim is told: its settings, what lights the fuse, where to write, and when to end.

    `kill` is the number of the call, counted from 1, and `after` whether it has happened then; 0 is never.
    """

    environment: dict[str, str]
    skipped: float
    fuse: str
    log: Path
    kill: int = 0
    after: bool = False


def start(orders: Orders) -> multiprocessing.process.BaseProcess:
    """Start a victim. It is killed with its test."""
    process = _FORKS.Process(target=_main, args=(orders,), daemon=True)
    process.start()
    return process


class _Ahead:
    """The room's clock, which has skipped some seconds."""

    def __init__(self, skipped: float) -> None:
        self._skipped = timedelta(seconds=skipped)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._skipped


class _Counter:
    """Numbers the calls of every port from the moment the fuse is lit."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._lit = False
        self._count = 0

    async def call(
        self, name: str, function: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any
    ) -> Any:
        if name.rpartition(".")[2] in _IDLE:
            found = await function(*args, **kwargs)
            self._light(name, found)
            if self._lit and found and name.endswith(("claim", "next_sending")):
                self._pass(name, after=True, counted=self._next())
            return found
        if not self._lit:
            return await function(*args, **kwargs)
        number = self._next()
        self._pass(name, after=False, counted=number)
        found = await function(*args, **kwargs)
        self._pass(name, after=True, counted=number)
        return found

    def _light(self, name: str, found: Any) -> None:
        if name.endswith("claim") and any(self._orders.fuse in one.item.body for one in found):
            self._lit = True

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _pass(self, name: str, *, after: bool, counted: int) -> None:
        with self._orders.log.open("a") as log:
            log.write(f"{counted} {'after' if after else 'before'} {name}\n")
        if counted == self._orders.kill and after == self._orders.after:
            os.kill(os.getpid(), signal.SIGKILL)


class _Counted:
    """A port whose coroutine methods are counted; a system's inner ports too."""

    def __init__(self, name: str, port: Any, counter: _Counter) -> None:
        self._name, self._port, self._counter = name, port, counter

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._port, attribute)
        name = f"{self._name}.{attribute}"
        if attribute in ("files", "cases"):
            return _Counted(name, found, self._counter)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def counted(*args: Any, **kwargs: Any) -> Any:
            return await self._counter.call(name, found, *args, **kwargs)

        return counted


def _main(orders: Orders) -> None:
    asyncio.run(_serve(orders))


async def _serve(orders: Orders) -> None:
    counter = _Counter(orders)
    settings = read_settings(orders.environment)
    tuning = Tuning(lease=5.0, poll=0.02, heartbeat=0.5, lifetime=60.0, drift=None)
    async with replica(
        settings,
        orders.environment,
        clock=_Ahead(orders.skipped),
        tuning=tuning,
        wrap=lambda name, port: _Counted(name, port, counter),
    ) as running:
        await running.until_a_loop_ends()
