"""Objects that stand in named manifests, as the handlers see them.

Their adapter is `bot.systems.kubernetes.applied`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.actions.kubernetes.objects import Stamp
from policies.cluster import ManifestRule

OWN = "countersign"
"""The bot's name as a manager of fields."""


@dataclass(frozen=True)
class Applied:
    """The object of a manifest as it stands; without `uid` there is none.

    `managers` are those who have written its fields (its status aside), `requests` the stamps it carries.
    `applied` is what the bot itself says of it, `before` the same before the last apply: None where nobody
    knows.
    """

    name: str
    uid: str = ""
    resource_version: str = ""
    managers: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    applied: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None

    @property
    def there(self) -> bool:
        return bool(self.uid)


class Manifests(Protocol):
    """Raises as `KubernetesNamespace` does."""

    async def read(self, rule: ManifestRule) -> Applied:
        """The object as it stands."""
        ...

    async def apply(self, seen: Applied, stamp: Stamp, rule: ManifestRule) -> Applied:
        """Apply the manifest on the server's side, in this namespace.

        Raises DoNotRetry (`owned`) where a field has another manager, and says which and whose.
        """
        ...

    async def put_back(self, seen: Applied, stamp: Stamp, rule: ManifestRule) -> Applied:
        """Say of it what the bot said `before`, and nothing else; what others wrote stays."""
        ...

    async def delete(self, seen: Applied, rule: ManifestRule) -> None:
        """Take away the very object that was read."""
        ...
