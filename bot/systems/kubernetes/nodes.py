"""`handlers.actions.kubernetes.node_ports.Nodes` on a real API server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.systems.kubernetes import node_objects, patches
from bot.systems.kubernetes.answers import HeldBack
from bot.systems.kubernetes.calls import BUDGETS, EVICTIONS, NODES, PODS, Call, Json
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.wire import items
from handlers.actions.kubernetes.node_ports import Amounts, BudgetHere, Elsewhere, Node, PodHere
from handlers.actions.kubernetes.objects import Stamp
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged

_PAGE = "500"
"""Objects a page: the pods of a large cluster are more than one answer may hold."""

NOT_LISTED = "{name} is no node that policy lists here. It lists: {listed}."
NONE_LISTED = "no node"


@dataclass(frozen=True)
class NodeRules:
    """Which nodes may be touched, by name or by labels that they must all carry, and what a drain may lose.

    Nothing here means: none.
    """

    names: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    may_lose: frozenset[str] = frozenset()

    def allows(self, name: str, labels: Mapping[str, str]) -> bool:
        fits = bool(self.labels) and all(labels.get(key) == value for key, value in self.labels)
        return name in self.names or fits

    @property
    def told(self) -> str:
        """What is listed, for people."""
        labelled = " and ".join(f"{key}={value}" for key, value in self.labels)
        found = (*self.names, *((f"nodes with {labelled}",) if labelled else ()))
        return ", ".join(found) or NONE_LISTED


NO_NODES = NodeRules()


class NodesOfCluster:
    """The nodes under a namespace, and the pods of everybody on them."""

    def __init__(self, connection: Connection, rules: NodeRules) -> None:
        self._connection = connection
        self._rules = rules

    @property
    def may_lose(self) -> frozenset[str]:
        """What policy lets a drain lose."""
        return self._rules.may_lose

    async def node(self, name: str) -> Node:
        """A node as it stands."""
        if not self._rules.labels and name not in self._rules.names:
            raise self._not_listed(name)
        found = await self._connection.call(Call("get", NODES, name=name))
        if not self._rules.allows(name, node_objects.node_labels(found)):
            raise self._not_listed(name)
        return node_objects.node(found)

    def _not_listed(self, name: str) -> DoNotRetry:
        return DoNotRetry(NOT_LISTED.format(name=name, listed=self._rules.told), "not-listed")

    async def pods_on(self, name: str) -> tuple[PodHere, ...]:
        """Every pod on it."""
        found = await self._all(PODS, fieldSelector=f"spec.nodeName={name}")
        return tuple(sorted(map(node_objects.pod_here, found), key=lambda one: one.address))

    async def budgets(self, of: Sequence[PodHere]) -> tuple[BudgetHere, ...]:
        """The disruption budgets that cover any of these pods."""
        if not of:
            return ()
        held = [node_objects.budget(one) for one in await self._all(BUDGETS)]
        counted = [(one, sum(one.covers(pod.namespace, dict(pod.labels)) for pod in of)) for one in held]
        return tuple(
            BudgetHere(one.metadata.namespace, one.metadata.name, one.status.disruptions_allowed, covered)
            for one, covered in counted
            if covered
        )

    async def elsewhere(self, name: str) -> Elsewhere:
        """What the others have left."""
        rooms = {
            node_objects.name_of(one): room
            for one in await self._all(NODES)
            if (room := node_objects.room_of(one)) is not None
        }
        rooms.pop(name, None)
        left = sum(rooms.values(), start=Amounts())
        for found in await self._all(PODS, fieldSelector="status.phase!=Succeeded,status.phase!=Failed"):
            if node_objects.node_of(found) in rooms:
                left -= node_objects.pod_here(found).needs
        return Elsewhere(len(rooms), left)

    async def without_node(self) -> int:
        """How many pods wait for a node."""
        return len(await self._all(PODS, fieldSelector="spec.nodeName=,status.phase=Pending"))

    async def cordon(self, seen: Node, stamp: Stamp, *, cordoned: bool) -> Node:
        """Let the scheduler place no new pods there, or let it again."""
        patch = patches.merged(seen, stamp, spec={"unschedulable": True if cordoned else None})
        found = await self._connection.call(Call("patch", NODES, name=seen.name, body=patch))
        try:
            return node_objects.node(found)
        except DoNotRetry as strange:
            raise OutcomeUnknown(str(strange)) from strange

    async def evict(self, pod: PodHere) -> str:
        """Ask the very pod to go; a namesake that came in its place stays."""
        body: Json = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod.name, "namespace": pod.namespace},
            "deleteOptions": {"preconditions": {"uid": pod.uid}},
        }
        try:
            await self._connection.call(Call("create", EVICTIONS, pod.namespace, pod.name, body))
        except HeldBack as held:
            return str(held)
        except TargetChanged:
            return ""
        except DoNotRetry as no:
            if no.code != "404":
                raise
        return ""

    async def _all(self, resource: str, **query: str) -> list[Json]:
        """Every object of the cluster, page by page."""
        found: list[Json] = []
        more = {"limit": _PAGE}
        while more:
            page = await self._connection.call(Call("list", resource, query={**query, **more}))
            found += items(page)
            token = (page.get("metadata") or {}).get("continue")
            more = {"limit": _PAGE, "continue": token} if token else {}
        return found
