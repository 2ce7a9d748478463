"""`handlers.actions.kubernetes.manifests_ports.Manifests` on a real API server: server-side apply.

https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.systems.kubernetes import objects, patches
from bot.systems.kubernetes.calls import Call, Json
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.marks import APPLIED, BEFORE
from handlers.actions.kubernetes.manifests_ports import OWN, Applied
from handlers.actions.kubernetes.objects import Stamp
from handlers.errors import DoNotRetry, OutcomeUnknown
from policies.cluster import MANIFEST_KINDS, ManifestRule


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
        said = {key: value for key, value in rule.body.items() if key not in _ITS_KIND}
        return await self._apply(seen, stamp, rule, said, _before(seen))

    async def put_back(self, seen: Applied, stamp: Stamp, rule: ManifestRule) -> Applied:
        """Apply what was applied before: fields that only the bot has written since then go."""
        return await self._apply(seen, stamp, rule, seen.before or {}, None)

    async def _apply(
        self,
        seen: Applied,
        stamp: Stamp,
        rule: ManifestRule,
        said: Mapping[str, Any],
        before: Mapping[str, Any] | None,
    ) -> Applied:
        body = _body(seen, stamp, rule, self._namespace, said, before)
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


_ITS_KIND = frozenset({"apiVersion", "kind"})
MOST_KEPT = 16_384
"""Characters of what is kept of a manifest on its object: annotations have 256 KiB in all."""


def _before(seen: Applied) -> Mapping[str, Any] | None:
    """What the bot says of it until now: nothing where it never wrote it; None where that is not known."""
    if not seen.there:
        return None
    return seen.applied if seen.applied is not None or OWN in seen.managers else {}


def _body(
    seen: Applied,
    stamp: Stamp,
    rule: ManifestRule,
    namespace: str,
    said: Mapping[str, Any],
    before: Mapping[str, Any] | None,
) -> Json:
    """The object as the bot means it, with its stamps, and what it takes to say again what it says now."""
    meta = dict(said.get("metadata") or {})
    kept = {APPLIED: said or None, BEFORE: before}
    texts = {key: json.dumps(value, sort_keys=True) for key, value in kept.items() if value is not None}
    if any(len(text) > MOST_KEPT for text in texts.values()):
        texts = {}
    named = {**(meta.get("annotations") or {}), **patches.stamped(seen, stamp), **texts}
    same = {"uid": seen.uid, "resourceVersion": seen.resource_version} if seen.there else {}
    whole = {"name": rule.name, "namespace": namespace, "annotations": named, **same}
    its_kind = {"apiVersion": MANIFEST_KINDS[rule.kind][0], "kind": rule.kind}
    return {**said, **its_kind, "metadata": {**meta, **whole}}
