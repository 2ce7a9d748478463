"""A node that a test has for itself, with pods on it that could live on another one as well."""

from __future__ import annotations

import asyncio
import fcntl
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.systems.kubernetes.namespace import Namespace
from bot.systems.kubernetes.nodes import NodeRules
from handlers.actions import Action, Order, Progress, Verified
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.vocabulary import NodeTarget
from handlers.actions.registry import REGISTRY
from tests.contracts.kubernetes.administrator import MERGE_PATCH, Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.waiting import wait_for

REAL_NODE, PRACTICE_NODE = "node-3", "practice-node-3"
REAL_OTHER, PRACTICE_OTHER = "node-1", "practice-node-1"
TAINT = {"key": "tests.countersign.dev/kept", "effect": "NoSchedule"}
TOLERATION = {"key": TAINT["key"], "operator": "Exists"}
NAME = "night-api"
SECONDS = 20.0
"""What a drain is given here: enough on a busy machine."""


@dataclass
class NodePlace:
    """The adapter, the node, and the administrator of the cluster. `told` is how far drains said to be."""

    namespace: Namespace
    ground: Ground
    node: str
    other: str
    cluster: Administrator
    told: list[Progress] = field(default_factory=list)

    @property
    def params(self) -> NodeTarget:
        return NodeTarget(node=self.node)

    @property
    def label(self) -> str:
        """What the pods' nodes must be labelled with."""
        return f"tests.countersign.dev/{self.ground.namespace}"

    @property
    def workload(self) -> str:
        return f"Deployment {self.ground.namespace}/{NAME}"

    @property
    def pods(self) -> str:
        return f"/api/v1/namespaces/{self.ground.namespace}/pods"

    async def open_other(self) -> None:
        """From now on the pods could live on another node as well."""
        await self._label(self.other, "yes")

    async def _label(self, node: str, value: str | None) -> None:
        await self.administer(node, {"metadata": {"labels": {self.label: value}}})

    async def administer(self, node: str, patch: Any) -> None:
        """Somebody changes a node."""
        await self.cluster.patch(f"/api/v1/nodes/{node}", patch)

    async def raw(self) -> dict[str, Any]:
        """The node as JSON."""
        found: dict[str, Any] = await self.cluster.get(f"/api/v1/nodes/{self.node}")
        return found

    async def names(self) -> list[str]:
        """The test's own pods that are on the node, those that are on their way out aside."""
        found = await self.cluster.get(f"{self.pods}?fieldSelector=spec.nodeName%3D{self.node}")
        living = [one for one in found["items"] if "deletionTimestamp" not in one["metadata"]]
        return sorted(one["metadata"]["name"] for one in living)

    async def protect(self, least: int) -> None:
        """A disruption budget over the deployment's pods, once the cluster has counted them."""
        budgets = f"/apis/policy/v1/namespaces/{self.ground.namespace}/poddisruptionbudgets"
        spec = {"minAvailable": least, "selector": {"matchLabels": {"app": NAME}}}
        await self.cluster.create(budgets, {"metadata": {"name": NAME}, "spec": spec})

        async def counted() -> bool:
            status = (await self.cluster.get(f"{budgets}/{NAME}")).get("status", {})
            return bool(status.get("currentHealthy") == 2 and status.get("expectedPods") == 2)

        await wait_for(counted)

    async def release(self) -> None:
        """The budget is taken away."""
        path = f"/apis/policy/v1/namespaces/{self.ground.namespace}/poddisruptionbudgets/{NAME}"
        await self.cluster.delete(path)

    async def deploy(self, name: str, replicas: int, **spec: Any) -> None:
        """A deployment whose pods live where the label is."""
        path = f"/apis/apps/v1/namespaces/{self.ground.namespace}/deployments"
        labels = {"app": name}
        template = {"metadata": {"labels": labels}, "spec": self._pod() | spec}
        made = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        await self.cluster.create(path, {"metadata": {"name": name}, "spec": made})

        async def ready() -> bool:
            status = (await self.cluster.get(f"{path}/{name}"))["status"]
            return bool(status.get("readyReplicas") == replicas)

        await wait_for(ready)

    async def finish(self, name: str) -> None:
        """A Job on the node, whose pod has done its work."""
        path = f"/apis/batch/v1/namespaces/{self.ground.namespace}/jobs"
        container = {"name": "api", "image": "night/api:finishes"}
        template = {"spec": self._pod() | {"containers": [container], "restartPolicy": "Never"}}
        await self.cluster.create(path, {"metadata": {"name": name}, "spec": {"template": template}})

        async def done() -> bool:
            return bool((await self.cluster.get(f"{path}/{name}"))["status"].get("succeeded") == 1)

        await wait_for(done)

    def _pod(self) -> dict[str, Any]:
        requests = {"requests": {"cpu": "250m"}}
        return {
            "containers": [{"name": "api", "image": "night/api:1", "resources": requests}],
            "nodeSelector": {self.label: "yes"},
            "tolerations": [TOLERATION],
        }

    async def as_at_first(self, *, cordoned: bool) -> None:
        """Both pods of the deployment are on the node again, and it takes pods, or does not."""
        await self.administer(self.node, {"spec": {"unschedulable": None}})

        async def back() -> bool:
            found = await self.cluster.get(f"{self.pods}?labelSelector=app%3D{NAME}")
            return 2 == sum(_is_on(one, self.node) for one in found["items"])

        await wait_for(back)
        if cordoned:
            await self.administer(self.node, {"spec": {"unschedulable": True}})

    # -- what the bot does

    def action(self, name: str) -> Action:
        return REGISTRY.find((KIND,), name)

    async def order(self, name: str, request: str = "R-1", seconds: float = SECONDS) -> Order:
        """An approved request, sealed as the node is now; everything went through JSON."""
        observed = await self.action(name).look(self.namespace, self.params)
        sealed = json.loads(json.dumps(observed.sealed))

        async def tell(progress: Progress) -> None:
            self.told.append(progress)

        return Order(
            request, self.params, sealed, observed.precondition, "because", ("O3 Ruth",), datetime.now(UTC),
            tell=tell, seconds=seconds,
        )  # fmt: skip

    async def run(self, name: str, order: Order) -> Verified:
        return await self.action(name).run(self.namespace, order)

    async def ask(self, name: str, order: Order) -> Verified | None:
        return await self.action(name).ask(self.namespace, order)

    async def shown(self, name: str) -> Mapping[str, str]:
        """The facts of its card."""
        return dict((await self.action(name).look(self.namespace, self.params)).shown)


def _is_on(pod: Any, node: str) -> bool:
    lives = pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]
    return bool(lives and pod["spec"].get("nodeName") == node)


@asynccontextmanager
async def node_place(
    ground: Ground, connect: Callable[..., Namespace], *, real: bool
) -> AsyncIterator[NodePlace]:
    """The node is empty but for two pods of a deployment; it is given back as it was."""
    node, other = (REAL_NODE, REAL_OTHER) if real else (PRACTICE_NODE, PRACTICE_OTHER)
    namespace = connect(ground.bot, namespace=ground.namespace, node_rules=NodeRules(names=(node,)))
    async with administrator(ground.admin) as cluster, _alone(ground.admin):
        place = NodePlace(namespace, ground, node, other, cluster)
        try:
            await place._label(node, "yes")
            await _emptied(place)
            await place.deploy(NAME, 2)
            yield place
        finally:
            marks = {"countersign.dev/request": None, "countersign.dev/earlier-requests": None}
            for name in (node, other):
                await place._label(name, None)
            await place.administer(
                node, {"metadata": {"annotations": marks}, "spec": {"unschedulable": None}}
            )


async def keep_clear(cluster: Administrator) -> None:
    """In a cluster that tests share, pods of other tests never come to the node."""
    path, patch = f"/api/v1/nodes/{REAL_NODE}", {"spec": {"taints": [TAINT]}}
    status, _ = await cluster.ask("PATCH", path, patch, MERGE_PATCH)
    assert status in (200, 404)


@asynccontextmanager
async def _alone(admin: Path) -> AsyncIterator[None]:
    """Tests that run at once take turns: the node is one."""
    lock = Path(tempfile.gettempdir(), f"countersign-node-{admin.parent.name}.lock")
    file = await asyncio.to_thread(lock.open, "w")
    try:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield
    finally:
        file.close()


async def _emptied(place: NodePlace) -> None:
    """What the last test had there goes by itself; in a cluster of one's own it is sent away."""
    effect = "NoExecute" if place.node == PRACTICE_NODE else TAINT["effect"]
    await place.administer(place.node, {"spec": {"taints": [TAINT | {"effect": effect}]}})

    async def empty() -> bool:
        return all(one.stays for one in await place.namespace.nodes.pods_on(place.node))

    await wait_for(empty)
    await place.administer(place.node, {"spec": {"taints": [TAINT]}})
