"""Durable state in Redis or Valkey: every change is one script that checks everything, then writes.

Redis does not roll scripts back, so what `scripts/plan.lua` enforces is what makes a commit atomic.
The design and the choice of the embedded server are in `docs/adr/0002-store.md`.
"""

from bot.store.connect import Client, connect
from bot.store.errors import StoreConfigError, TooLarge, WriteUnknown
from bot.store.promises import durability
from bot.store.redis_store import RedisStore

__all__ = ["Client", "RedisStore", "StoreConfigError", "TooLarge", "WriteUnknown", "connect", "durability"]
