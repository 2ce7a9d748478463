"""What nobody has touched for long, and forgetting it; the audit stream is never shortened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import unquote

from bot.store import engine
from bot.store.keys import Keys
from bot.store.moments import to_ms
from handlers.work import Key


class Retention:
    """The part of `handlers.ports.store.Store` that trimming uses."""

    _engine: engine.Engine
    _keys: Keys

    async def unwritten(self, before: datetime, limit: int) -> Sequence[Key]:
        names = await self._engine.lowest(self._keys.written, to_ms(before), limit)
        return [Key(*name.split("/", 1)) for name in names]

    async def untouched(self, before: datetime, limit: int) -> Sequence[str]:
        # Lines are written as `escaped` in scripts/outbox.lua does it.
        return [unquote(line) for line in await self._engine.lowest(self._keys.threads, to_ms(before), limit)]

    async def forget_thread(
        self, thread: str, before: datetime, now: datetime, unless_linked: Sequence[str]
    ) -> bool:
        names = self._keys
        keys = (*names.outbox, names.once(thread), *map(names.links, unless_linked))
        arguments = (thread, to_ms(before), to_ms(now))
        while (end := await self._engine.run(engine.FORGET_THREAD, keys, arguments)) == "again":
            pass
        return bool(end == "forgotten")

    async def forget_set_aside(self, before: datetime, limit: int) -> int:
        keys = (self._keys.aside, self._keys.outbox_dead, self._keys.parked)
        return int(await self._engine.run(engine.FORGET_ASIDE, keys, (to_ms(before), limit)))
