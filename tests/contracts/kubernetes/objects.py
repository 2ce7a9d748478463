"""A config map and a secret in the ground's namespace, and what an administrator sees of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import Action, Order, Params
from handlers.actions.kubernetes import KIND
from handlers.actions.registry import REGISTRY
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import order
from tests.contracts.kubernetes.role import SYSTEM, every_grant

MAP, SECRET, FOLLOWER = "egress-policies", "signing-key", "auditron-worker"
RULES = every_grant(namespace="any").systems[SYSTEM].cluster
OLD_KEY, OTHER_KEY = "the-old-signing-key-of-the-practice", "another-value-of-the-practice"
_PLURAL = {MAP: "configmaps", SECRET: "secrets"}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass
class Objects:
    """The adapter, and the administrator of its namespace."""

    namespace: Namespace
    ground: Ground

    def path(self, name: str) -> str:
        return f"/api/v1/namespaces/{self.ground.namespace}/{_PLURAL[name]}/{name}"

    def _deployment(self, name: str) -> str:
        return f"/apis/apps/v1/namespaces/{self.ground.namespace}/deployments/{name}"

    async def make(self) -> None:
        """Both as they are at first, with a key beside the one that may be changed."""
        values = {"pii_threshold": "0.75", "mode": "block"}
        hidden = {"key": encoded(OLD_KEY), "other": encoded(OTHER_KEY)}
        for name, kind, data in ((MAP, "ConfigMap", values), (SECRET, "Secret", hidden)):
            made = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "data": data}
            async with administrator(self.ground.admin) as cluster:
                there, _ = await cluster.ask("GET", self.path(name))
                if there == 200:
                    await cluster.patch(self.path(name), {"data": data})
                else:
                    await cluster.create(self.path(name).rpartition("/")[0], made)

    async def raw(self, name: str) -> dict[str, Any]:
        async with administrator(self.ground.admin) as cluster:
            found: dict[str, Any] = await cluster.get(self.path(name))
            return found

    async def values(self, name: str) -> dict[str, str]:
        """What it holds, in the clear."""
        data: Mapping[str, str] = (await self.raw(name))["data"]
        if name == MAP:
            return dict(data)
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    async def administer(self, name: str, patch: Any) -> None:
        """Somebody changes it."""
        async with administrator(self.ground.admin) as cluster:
            await cluster.patch(self.path(name), patch)

    async def administer_deployment(self, patch: Any, name: str = FOLLOWER) -> None:
        async with administrator(self.ground.admin) as cluster:
            await cluster.patch(self._deployment(name), patch)

    async def restarts(self) -> tuple[str, ...]:
        """The requests for which the follower was restarted, newest first."""
        return (await self.namespace.deployment(FOLLOWER)).requests


@dataclass(frozen=True)
class Change:
    """An action on one of them."""

    action: Action
    params: Params
    object: str

    async def order(self, objects: Objects, request: str = "R-1") -> Order:
        """An approved request, sealed as everything is now, after a way through the store."""
        observed = await self.action.look(objects.namespace, self.params)
        return order(request, self.params, json.loads(json.dumps(observed.sealed)))


def change(name: str, target: str, **values: str) -> Change:
    """An action with values as people give them."""
    action = REGISTRY.find((KIND,), name)
    return Change(action, action.params.model_validate(values), target)


SET = change("patch-config", MAP, config_map=MAP, change="pii_threshold=0.8")
ROTATE = change("rotate-secret", SECRET, secret=SECRET, key="key")
CHANGES = (SET, ROTATE)
