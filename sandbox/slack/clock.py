"""Two clocks in one: the wall clock for stamps, and elapsed time that a test may skip ahead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")
LONGEST_SKIP = 24 * 3600.0


@dataclass(eq=False)
class _Sleeper:
    until: float
    wake: asyncio.Future[None]
    gone: asyncio.Future[None]


class Clock:
    """Stamps come from `wall`; every wait, limit and expiry is measured in `elapsed` seconds.

    `advance` moves elapsed time only, so that a test sees the retry of five minutes at once
    while timestamps and signatures stay true for an app that has a clock of its own.

    `skip` moves both. It takes `keep`, which hears how many seconds stamps are then `ahead`, so that the app
    can be told: one whose clock stands elsewhere would believe no signature.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        ahead: float = 0.0,
        keep: Callable[[float], None] | None = None,
    ) -> None:
        self._wall = wall
        self.ahead, self.keep = ahead, keep
        self._skipped = 0.0
        self._sleepers: set[_Sleeper] = set()

    def wall(self) -> float:
        """Seconds since 1970, for everything that is written down."""
        return self._wall() + self.ahead

    def now(self) -> datetime:
        """The same moment, UTC."""
        return datetime.fromtimestamp(self.wall(), UTC)

    def elapsed(self) -> float:
        """Seconds on a clock that never goes back, including all that was skipped."""
        return time.monotonic() + self._skipped

    def advance(self, seconds: float) -> None:
        """Skip `seconds`: whoever waits for a moment that has now passed goes on."""
        self._skipped += seconds
        for sleeper in self._sleepers:
            if not sleeper.wake.done():
                sleeper.wake.set_result(None)

    def skip(self, seconds: float) -> None:
        """Let so much time be over, for stamps as well. Raises ValueError where that cannot be."""
        if self.keep is None or not 0 < seconds <= LONGEST_SKIP:
            raise ValueError(seconds)
        self.ahead += seconds
        self.keep(self.ahead)
        self.advance(seconds)

    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` have elapsed, skipped ones included."""
        loop = asyncio.get_running_loop()
        sleeper = _Sleeper(self.elapsed() + seconds, loop.create_future(), loop.create_future())
        self._sleepers.add(sleeper)
        try:
            while (left := sleeper.until - self.elapsed()) > 0:
                sleeper.wake = loop.create_future()
                await asyncio.wait([sleeper.wake], timeout=left)
        finally:
            self._sleepers.discard(sleeper)
            sleeper.gone.set_result(None)

    async def woken(self) -> None:
        """Return once everybody whose moment has passed has gone on."""
        due = [each.gone for each in self._sleepers if each.until <= self.elapsed()]
        await asyncio.gather(*due)

    async def within(self, seconds: float, work: Coroutine[object, object, T]) -> T:
        """The result of `work`; raises TimeoutError (and cancels it) once `seconds` have elapsed."""
        task, timer = asyncio.create_task(work), asyncio.create_task(self.sleep(seconds))
        try:
            await asyncio.wait([task, timer], return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise TimeoutError
            return task.result()
        finally:
            task.cancel()
            timer.cancel()
