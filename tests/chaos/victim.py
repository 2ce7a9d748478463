"""A replica as a process of its own that ends (or stops) itself at a chosen call of a port.

Counting begins when it records or claims the item whose body holds the fuse. A point is written
`before store.commit#3`: the third commit since. Polls that bring nothing are no points.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from bot.app import replica
from bot.settings import read_settings
from bot.workers import Tuning
from handlers.work import UNPACED

TUNING = Tuning(
    lease=5.0, poll=0.02, heartbeat=0.5, lifetime=3600.0, drift=None, pace=UNPACED, patience=15.0, inline=15.0
)
_POLLS = frozenset({"claim", "next_sending"})
_UNCOUNTED = frozenset({"enlist", "extend", "resign", "oldest"})
_INNER = frozenset(
    {
        *("files", "cases", "reruns"),
        *("backups", "config_maps", "evidence", "isolation", "jobs", "logs", "manifests", "nodes", "secrets"),
    }
)
"""The ports within the port of a system."""
_WORK = frozenset({"QueueWorker._see_through", "Sender._send"})
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["bot.app", "kubernetes.aio.client", "kubernetes.aio.config"])


@dataclass(frozen=True)
class Orders:
    """What a victim is told: its settings, what lights the fuse, where to write, and where to end.

    Without a point it lives on. `by` is SIGKILL, or SIGSTOP for a pause.
    """

    environment: dict[str, str]
    fuse: str
    log: Path
    point: str = ""
    by: int = signal.SIGKILL


class Victim:
    """A running victim, seen from its test."""

    def __init__(self, orders: Orders, skipped: float) -> None:
        self._log = orders.log
        self._skipped = _FORKS.Value("d", skipped)
        self._idle = _FORKS.Value("i", 0)
        self._hears, tells = _FORKS.Pipe(duplex=False)
        self._url = ""
        self._process = _FORKS.Process(
            target=_main, args=(orders, self._skipped, self._idle, tells), daemon=True
        )
        self._process.start()
        tells.close()

    @property
    def url(self) -> str:
        """Where it listens; empty before it does."""
        if not self._url and self._hears.poll():
            self._url = self._hears.recv()
        return self._url

    @property
    def dead(self) -> bool:
        return not self._process.is_alive()

    @property
    def paused(self) -> bool:
        """Whether SIGSTOP has taken hold (proc(5): state T)."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return stat.rpartition(")")[2].split()[0] == "T"

    @property
    def idle(self) -> bool:
        """Whether it has had nothing under way for some turns of its loop since it last was resumed."""
        return bool(self._idle.value >= 5)

    def points(self) -> list[str]:
        """The points that it has passed."""
        return self._log.read_text().splitlines() if self._log.exists() else []

    def skip(self, seconds: float) -> None:
        """Its clock goes ahead, as the room's does."""
        self._skipped.value += seconds

    def stop(self) -> None:
        """Have it stand still where it is."""
        os.kill(self._process.pid or 0, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused victim go on."""
        self._idle.value = 0
        os.kill(self._process.pid or 0, signal.SIGCONT)

    async def end(self) -> None:
        """End it, however it is."""
        self._process.kill()
        await asyncio.to_thread(self._process.join)
        self._hears.close()


class _Ahead:
    """The room's clock, which has skipped some seconds."""

    def __init__(self, skipped: Any) -> None:
        self._skipped = skipped

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._skipped.value)


class _Counter:
    """Numbers the calls of every port from the moment the fuse is lit."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._lit = False
        self._calls: Counter[str] = Counter()

    async def call(
        self, name: str, function: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any
    ) -> Any:
        verb = name.rpartition(".")[2]
        if verb in _UNCOUNTED:
            return await function(*args, **kwargs)
        if verb in _POLLS:
            found = await function(*args, **kwargs)
            self._lit = self._lit or (verb == "claim" and any(self._is_fuse(one.item) for one in found))
            if self._lit and found:
                self._pass("after", self._numbered(name))
            return found
        self._lit = self._lit or (verb == "record" and self._is_fuse(args[0]))
        if not self._lit:
            return await function(*args, **kwargs)
        numbered = self._numbered(name)
        self._pass("before", numbered)
        found = await function(*args, **kwargs)
        self._pass("after", numbered)
        return found

    def _is_fuse(self, item: Any) -> bool:
        return self._orders.fuse in item.body

    def _numbered(self, name: str) -> str:
        self._calls[name] += 1
        return f"{name}#{self._calls[name]}"

    def _pass(self, when: str, numbered: str) -> None:
        point = f"{when} {numbered}"
        with self._orders.log.open("a") as log:
            log.write(f"{point}\n")
        if point == self._orders.point:
            os.kill(os.getpid(), self._orders.by)


class _Counted:
    """A port whose coroutine methods are counted; a system's inner ports too."""

    def __init__(self, name: str, port: Any, counter: _Counter) -> None:
        self._name, self._port, self._counter = name, port, counter

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._port, attribute)
        name = f"{self._name}.{attribute}"
        if attribute in _INNER:
            return _Counted(name, found, self._counter)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def counted(*args: Any, **kwargs: Any) -> Any:
            return await self._counter.call(name, found, *args, **kwargs)

        return counted


def _main(orders: Orders, skipped: Any, idle: Any, tells: Any) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(orders, skipped, idle, tells))


async def _serve(orders: Orders, skipped: Any, idle: Any, tells: Any) -> None:
    counter = _Counter(orders)
    async with replica(
        read_settings(orders.environment),
        orders.environment,
        clock=_Ahead(skipped),
        tuning=TUNING,
        wrap=lambda name, port: _Counted(name, port, counter),
    ) as running:
        tells.send(running.url)
        watch = asyncio.ensure_future(_count_idle(idle))
        await running.until_a_loop_ends()
        watch.cancel()


async def _count_idle(idle: Any) -> None:
    """Count the turns in a row at which no item and no message is under way."""
    while True:
        under_way = any(getattr(task.get_coro(), "__qualname__", "") in _WORK for task in asyncio.all_tasks())
        idle.value = 0 if under_way else idle.value + 1
        await asyncio.sleep(0.01)
