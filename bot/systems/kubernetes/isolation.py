"""`handlers.actions.kubernetes.isolation_ports.Isolations` on a real API server.

https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.systems.kubernetes import objects, patches
from bot.systems.kubernetes.calls import DEPLOYMENTS, NETWORK_POLICIES, Call, Json
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.marks import EARLIER_REQUESTS, REQUEST
from bot.systems.kubernetes.selectors import matches
from bot.systems.kubernetes.wire import items
from handlers.actions.kubernetes.isolation_ports import EmergencyPolicy, Isolation
from handlers.actions.kubernetes.objects import Deployment, Stamp
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged

ISOLATES = "countersign.dev/isolates"
"""The label of the policies that this bot made; the value is the deployment's name."""
REPLICAS = "countersign.dev/replicas-before"
"""The annotation, on deployment and policy, that says how many replicas there were."""
_BOTH = ("Ingress", "Egress")

NAME_TAKEN = (
    "The network policy {name} is not the bot's own. Rename it: the bot needs that name for {deployment}."
)


class IsolationsOfNamespace:
    """`read` gets a deployment that policy lists, as JSON."""

    def __init__(
        self, connection: Connection, namespace: str, read: Callable[[str], Awaitable[Json]]
    ) -> None:
        self._connection = connection
        self._namespace = namespace
        self._read = read

    async def of(self, name: str) -> Isolation:
        """How far a deployment is cut off."""
        found = await self._read(name)
        deployment = objects.deployment(found)
        listed = await self._connection.call(Call("list", NETWORK_POLICIES, self._namespace))
        policy, allowing = None, list[str]()
        for one in items(listed):
            if one["metadata"]["name"] == policy_name(name):
                policy = _policy(one, name, found["spec"]["selector"])
            elif _allows(one) and matches(one["spec"].get("podSelector") or {}, deployment.labels):
                allowing.append(str(one["metadata"]["name"]))
        recorded = _recorded(found)
        return Isolation(deployment, recorded, policy, tuple(sorted(allowing)))

    async def cut_off(self, seen: Isolation, stamp: Stamp) -> None:
        """Make the policy, with the deployment's own selector."""
        found = await self._read(seen.deployment.name)
        if found["metadata"]["uid"] != seen.deployment.uid:
            raise TargetChanged(f"deployment {seen.deployment.name} is another one by now")
        made = _made(seen.deployment, found["spec"]["selector"], stamp)
        await self._connection.call(Call("create", NETWORK_POLICIES, self._namespace, body=made))

    async def stop(self, seen: Isolation, stamp: Stamp) -> Deployment:
        """Set spec.replicas to 0 and record how many there were."""
        return await self._scale(seen.deployment, stamp, 0, str(seen.deployment.replicas))

    async def start(self, seen: Isolation, stamp: Stamp) -> Deployment:
        """Set spec.replicas to what it was before, and forget the record."""
        return await self._scale(seen.deployment, stamp, seen.before, None)

    async def reconnect(self, policy: EmergencyPolicy) -> None:
        """Take away that very policy: one that somebody made anew under its name stays."""
        body: Json = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": policy.uid}}
        try:
            await self._connection.call(Call("delete", NETWORK_POLICIES, self._namespace, policy.name, body))
        except TargetChanged:
            return
        except DoNotRetry as no:
            if no.code != "404":
                raise

    async def _scale(self, seen: Deployment, stamp: Stamp, replicas: int, before: str | None) -> Deployment:
        patch = patches.merged(seen, stamp, spec={"replicas": replicas})
        patch["metadata"]["annotations"][REPLICAS] = before
        found = await self._connection.call(Call("patch", DEPLOYMENTS, self._namespace, seen.name, patch))
        try:
            return objects.deployment(found)
        except DoNotRetry as strange:
            raise OutcomeUnknown(str(strange)) from strange


def policy_name(deployment: str) -> str:
    return f"countersign-isolates-{deployment}"


def _made(deployment: Deployment, selector: Json, stamp: Stamp) -> Json:
    """A policy that names both directions and allows nothing lets nothing through."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": policy_name(deployment.name),
            "labels": {ISOLATES: deployment.name},
            "annotations": patches.stamped(patches.UNSTAMPED, stamp) | {REPLICAS: str(deployment.replicas)},
        },
        "spec": {"podSelector": selector, "policyTypes": list(_BOTH)},
    }


def _policy(found: Json, deployment: str, selector: Json) -> EmergencyPolicy:
    meta = found["metadata"]
    name = str(meta["name"])
    if (meta.get("labels") or {}).get(ISOLATES) != deployment:
        raise DoNotRetry(NAME_TAKEN.format(name=name, deployment=deployment), "name-taken")
    told = meta.get("annotations") or {}
    requests = (*told.get(REQUEST, "").split(), *told.get(EARLIER_REQUESTS, "").split())
    spec = found["spec"]
    both = set(spec.get("policyTypes") or ()) == set(_BOTH)
    cuts = both and spec.get("podSelector") == selector and not _allows(found)
    return EmergencyPolicy(name, str(meta.get("uid", "")), _recorded(found) or 0, requests, cuts)


def _recorded(found: Json) -> int | None:
    told = (found["metadata"].get("annotations") or {}).get(REPLICAS, "")
    return int(told) if told.isdecimal() else None


def _allows(found: Json) -> bool:
    """Whether it lets any traffic through."""
    return bool(found["spec"].get("ingress") or found["spec"].get("egress"))
