"""`handlers.actions.kubernetes.manifests_ports.Manifests` on a real API server: server-side apply.

https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

from bot.systems.kubernetes import objects, patches
from bot.systems.kubernetes.calls import Call, Json
from bot.systems.kubernetes.connection import Connection
from handlers.actions.kubernetes.manifests_ports import Applied
from handlers.actions.kubernetes.ports import Stamp
from handlers.errors import DoNotRetry, OutcomeUnknown
from policies.cluster import ManifestRule


class AppliedManifests:
    """The objects of manifests in one namespace."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self._connection = connection
        self._namespace = namespace

    async def read(self, rule: ManifestRule) -> Applied:
        """The object as it stands, or what says that there is none."""
        try:
            found = await self._connection.call(Call("get", rule.resource, self._namespace, rule.name))
        except DoNotRetry as no:
            if no.code == "404":
                return Applied(rule.name)
            raise
        return objects.applied(found)

    async def apply(self, seen: Applied, stamp: Stamp, rule: ManifestRule) -> Applied:
        """Apply it; an object that was there must still be the very same."""
        body = _body(seen, stamp, rule, self._namespace)
        found = await self._connection.call(Call("apply", rule.resource, self._namespace, rule.name, body))
        try:
            return objects.applied(found)
        except DoNotRetry as strange:
            raise OutcomeUnknown(str(strange)) from strange

    async def delete(self, seen: Applied, rule: ManifestRule) -> None:
        """Take it away, when it still is what was read."""
        same = {"uid": seen.uid, "resourceVersion": seen.resource_version}
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": same}
        await self._connection.call(Call("delete", rule.resource, self._namespace, rule.name, options))


def _body(seen: Applied, stamp: Stamp, rule: ManifestRule, namespace: str) -> Json:
    meta = dict(rule.body.get("metadata") or {})
    named = {**(meta.get("annotations") or {}), **patches.stamped(seen, stamp)}
    same = {"uid": seen.uid, "resourceVersion": seen.resource_version} if seen.there else {}
    return {**rule.body, "metadata": {**meta, "namespace": namespace, "annotations": named, **same}}
