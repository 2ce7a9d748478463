"""What a service said last: it holds for a while, and is better than none while the service is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from handlers.errors import CountersignError
from handlers.ports.clock import Clock

_T = TypeVar("_T")


@dataclass(frozen=True)
class Copy(Generic[_T]):
    """A value, when it was read, and whether it could not be read anew since."""

    value: _T
    read_at: datetime
    stale: bool = False


class Copies(Generic[_T]):
    """The last good copy of one value."""

    def __init__(self, clock: Clock, fresh: timedelta) -> None:
        self._clock = clock
        self._fresh = fresh
        self._last: Copy[_T] | None = None

    async def read(self, ask: Callable[[], Awaitable[_T]]) -> Copy[_T]:
        """A copy that is fresh, read now, or else the last one. Raises what `ask` does when there is none."""
        now, last = self._clock.now(), self._last
        if last is not None and now - last.read_at < self._fresh:
            return last
        try:
            self._last = Copy(await ask(), now)
        except CountersignError:
            if last is None:
                raise
            return replace(last, stale=True)
        return self._last
