"""A call of a system that is never answered: whoever made it dies without having heard of its effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any


class Hanging:
    """Wraps a system so that one call, such as `isolation.cut_off`, has its effect or has none, and hangs."""

    def __init__(self, system: str, call: str, *, effect: bool = False) -> None:
        self._system, self._call, self._effect = f"systems.{system}", call, effect
        self.reached = asyncio.Event()

    def wrap(self, name: str, port: Any) -> Any:
        """What a replica takes for each of its ports."""
        return Around(port, self._call, self._hang) if name == self._system else port

    async def _hang(self, call: Callable[..., Any], *given: Any) -> None:
        if self._effect:
            await call(*given)
        self.reached.set()
        await asyncio.Event().wait()


class Around:
    """A port where one call, named by its path, goes elsewhere, and the call itself with it."""

    def __init__(self, port: Any, path: str, elsewhere: Callable[..., Any]) -> None:
        self._port, self._elsewhere = port, elsewhere
        self._name, _, self._rest = path.partition(".")

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name != self._name:
            return found
        return Around(found, self._rest, self._elsewhere) if self._rest else partial(self._elsewhere, found)
