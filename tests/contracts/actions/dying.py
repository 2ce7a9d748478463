"""A port at which the bot dies: its calls are numbered, and at one of them nothing goes on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any


class Died(BaseException):
    """The replica is gone. No handler may catch this."""


@dataclass
class Fuse:
    """Where to die: before or after the so-and-so-many-th call; never when `at` is 0."""

    at: int = 0
    after: bool = False
    calls: list[str] = field(default_factory=list)

    def begun(self, name: str) -> int:
        """The number of a call that begins."""
        self.calls.append(name)
        return len(self.calls)

    def passes(self, call: int, *, after: bool) -> None:
        if (call, after) == (self.at, self.after):
            raise Died


class Dying:
    """A port, and the ports that it has, seen through a fuse."""

    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port, self._fuse = port, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if asyncio.iscoroutinefunction(found):
            return self._counted(name, found)
        return Dying(found, self._fuse) if type(found).__module__.startswith("bot.") else found

    def _counted(self, name: str, call: Any) -> Any:
        async def counted(*args: Any, **kwargs: Any) -> Any:
            number = self._fuse.begun(name)
            self._fuse.passes(number, after=False)
            answer = await call(*args, **kwargs)
            self._fuse.passes(number, after=True)
            return answer

        return counted
