"""Config maps of a namespace as the handlers see them.

Their adapter is `bot.systems.kubernetes.config_maps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from handlers.actions.kubernetes.objects import Stamp


@dataclass(frozen=True)
class ConfigMap:
    """A config map as it stands. `requests` are the stamps that it carries, newest first."""

    name: str
    uid: str
    resource_version: str
    data: Mapping[str, str]
    immutable: bool = False
    requests: tuple[str, ...] = ()


class ConfigMaps(Protocol):
    """Raises as `KubernetesNamespace` does."""

    async def read(self, name: str) -> ConfigMap:
        """A config map as it stands."""
        ...

    async def told(self, key: str, value: str) -> str:
        """A key's value as people may read it: another text than the value where that must not be seen."""
        ...

    async def set(self, seen: ConfigMap, stamp: Stamp, key: str, value: str) -> ConfigMap:
        """Give one key a value; the others stay."""
        ...
