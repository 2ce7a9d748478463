"""A cluster that answers at once and notes when it was written to: `python -m benchmarks.cluster_sink`.

It speaks the Kubernetes API for what scaling needs: reading a deployment, listing autoscalers, a merge patch
under a resourceVersion. The practice cluster of `sandbox/` checks and rolls out like the original, which
costs as much as the bots that are compared.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from aiohttp import web

from benchmarks.serving import serve

NAMESPACE = "auditron"
WRITES = "/writes"
DEPLOYMENTS = tuple(f"api-{number:02d}" for number in range(16))
_FIRST_REPLICAS = 3
Json = dict[str, Any]


class Cluster:
    """Sixteen deployments whose pods are ready as soon as they are wanted."""

    def __init__(self) -> None:
        self._versions = 1000
        self._deployments = {name: self._made(name) for name in DEPLOYMENTS}
        self._writes: dict[str, float] = {}

    def _made(self, name: str) -> Json:
        pod: Json = {"containers": [{"name": "api", "image": "registry.invalid/api:1"}]}
        made = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}", "annotations": {}},
            "spec": {
                "selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
            },
        }
        return self._with_replicas(made, _FIRST_REPLICAS)

    def _with_replicas(self, deployment: Json, replicas: int) -> Json:
        self._versions += 1
        meta: Json = deployment["metadata"]
        meta |= {"resourceVersion": str(self._versions), "generation": self._versions}
        deployment["spec"]["replicas"] = replicas
        counted = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
        deployment["status"] = dict.fromkeys(counted, replicas) | {"observedGeneration": self._versions}
        return deployment

    async def read(self, request: web.Request) -> web.Response:
        return web.json_response(self._deployments[request.match_info["name"]])

    async def autoscalers(self, _: web.Request) -> web.Response:
        kind = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscalerList", "items": []}
        return web.json_response(kind)

    async def patch(self, request: web.Request) -> web.Response:
        """A merge patch of replicas and annotations; refused when it names another resourceVersion."""
        patch: Json = json.loads(await request.read())
        deployment = self._deployments[request.match_info["name"]]
        meta: Json = patch.get("metadata", {})
        version = deployment["metadata"]["resourceVersion"]
        if meta.get("resourceVersion", version) != version:
            refused = {"kind": "Status", "status": "Failure", "reason": "Conflict", "code": 409}
            return web.json_response(refused, status=409)
        # The clock is the machine's (CLOCK_MONOTONIC): every process here reads the same.
        self._writes[request.match_info["name"]] = time.perf_counter()
        deployment["metadata"]["annotations"] |= meta.get("annotations", {})
        return web.json_response(self._with_replicas(deployment, patch["spec"]["replicas"]))

    async def writes(self, _: web.Request) -> web.Response:
        """When each deployment was written to last."""
        return web.json_response(self._writes)


def kubeconfig(server: str) -> str:
    """A kubeconfig that names this cluster."""
    return f"""\
apiVersion: v1
kind: Config
current-context: bench
clusters: [{{name: bench, cluster: {{server: "{server}"}}}}]
users: [{{name: bench, user: {{token: bench}}}}]
contexts: [{{name: bench, context: {{cluster: bench, user: bench, namespace: {NAMESPACE}}}}}]
"""


async def main() -> None:
    cluster = Cluster()
    app = web.Application()
    one = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{{name}}"
    app.router.add_get(one, cluster.read)
    app.router.add_patch(one, cluster.patch)
    scalers = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers"
    app.router.add_get(scalers, cluster.autoscalers)
    app.router.add_get(WRITES, cluster.writes)
    await serve(app)


if __name__ == "__main__":
    asyncio.run(main())
