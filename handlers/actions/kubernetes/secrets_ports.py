"""Secrets of a namespace as the handlers see them: never a value.

Their adapter is `bot.systems.kubernetes.secrets`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from handlers.actions.kubernetes.objects import Stamp
from policies.cluster import MadeValue


@dataclass(frozen=True)
class Secret:
    """What may be known of a secret. `requests` are the stamps that it carries, newest first."""

    name: str
    uid: str
    resource_version: str
    type: str
    keys: tuple[str, ...]
    immutable: bool = False
    requests: tuple[str, ...] = ()


class Secrets(Protocol):
    """Raises as `KubernetesNamespace` does. No error holds a value."""

    async def read(self, name: str) -> Secret:
        """A secret as it stands."""
        ...

    async def rotate(self, seen: Secret, stamp: Stamp, key: str, made: MadeValue) -> Secret:
        """Give one key a value that is made now and known to nobody; the other keys stay."""
        ...
