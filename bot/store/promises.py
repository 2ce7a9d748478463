"""What a server promises of what it has acknowledged, for `doctor` and a warning at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from redis.asyncio import RedisCluster
from redis.exceptions import ResponseError

from bot.store.connect import Client
from bot.store.engine import port_errors

_OLDEST = (7, 0)
_WANTED: Mapping[str, tuple[str, str]] = {
    "appendonly": ("yes", "a restart loses what was acknowledged"),
    "appendfsync": ("always", "a crash of its machine loses up to a second of what was acknowledged"),
    "maxmemory-policy": ("noeviction", "a full server silently forgets requests and approvals"),
}


async def durability(client: Client) -> list[str]:
    """What is wrong with the server, one sentence each, with the mend; nothing when all is well.

    On a cluster every primary is asked. Raises StoreUnavailable when it does not answer.
    """
    warnings: dict[str, None] = {}
    with port_errors():
        for info in await _of_each(client, "info", "server"):
            warnings |= dict.fromkeys(_version_warnings(str(info["redis_version"])))
        try:
            configs = await _of_each(client, "config_get", *_WANTED)
        except ResponseError:
            warnings["The server does not let its settings be read: make sure of " + _all_wanted()] = None
        else:
            for config in configs:
                warnings |= dict.fromkeys(_setting_warnings(config))
    return list(warnings)


async def _of_each(client: Client, method: str, *arguments: str) -> list[dict[str, Any]]:
    """What each primary answers."""
    if isinstance(client, RedisCluster):
        await client.initialize()
        nodes = client.get_primaries()
        return [await getattr(client, method)(*arguments, target_nodes=node) for node in nodes]
    return [await getattr(client, method)(*arguments)]


def _version_warnings(version: str) -> Iterable[str]:
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        yield f"The server is {version}: the store needs Redis 7.0 or Valkey 7.2, at least"


def _setting_warnings(config: Mapping[str, str]) -> Iterable[str]:
    for name, (wanted, otherwise) in _WANTED.items():
        if config.get(name) != wanted:
            yield f"{name} is {config.get(name)!r}, so {otherwise}: set `{name} {wanted}`"


def _all_wanted() -> str:
    return ", ".join(f"`{name} {wanted}`" for name, (wanted, _) in _WANTED.items())
