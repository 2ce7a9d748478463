"""A cluster that answers at once and notes when it was written to: `python -m benchmarks.cluster_sink`.

It speaks the Kubernetes API for what scaling needs: reading a deployment, listing what is around it, a merge
patch under a resourceVersion, also as a dry run. The practice cluster of `sandbox/` checks and rolls out
like the original, which costs as much as the bots that are compared.
"""

from __future__ import annotations

import asyncio
import copy
import json
import sys
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

    async def pods(self, request: web.Request) -> web.Response:
        """The ready pods of the deployment that a label selector names."""
        name = request.query.get("labelSelector", "").removeprefix("app=")
        wanted = self._deployments[name]["spec"]["replicas"] if name in self._deployments else 0
        ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        meta = [
            {"name": f"{name}-{one}", "uid": f"uid-{name}-{one}", "labels": {"app": name}}
            for one in range(wanted)
        ]
        return _list(
            "v1", "PodList", [{"metadata": one, "spec": {"nodeName": "n"}, "status": ready} for one in meta]
        )

    async def autoscalers(self, _: web.Request) -> web.Response:
        return _list("autoscaling/v2", "HorizontalPodAutoscalerList", [])

    async def budgets(self, _: web.Request) -> web.Response:
        return _list("policy/v1", "PodDisruptionBudgetList", [])

    async def patch(self, request: web.Request) -> web.Response:
        """A merge patch of replicas and annotations; refused when it names another resourceVersion."""
        patch: Json = json.loads(await request.read())
        deployment = self._deployments[request.match_info["name"]]
        meta: Json = patch.get("metadata", {})
        version = deployment["metadata"]["resourceVersion"]
        if meta.get("resourceVersion", version) != version:
            refused = {"kind": "Status", "status": "Failure", "reason": "Conflict", "code": 409}
            return web.json_response(refused, status=409)
        if request.query.get("dryRun") == "All":
            tried = copy.deepcopy(deployment)
            tried["metadata"]["annotations"] |= meta.get("annotations", {})
            tried["spec"]["replicas"] = patch["spec"]["replicas"]
            return web.json_response(tried)
        # The clock is the machine's (CLOCK_MONOTONIC): every process here reads the same.
        self._writes[request.match_info["name"]] = time.perf_counter()
        deployment["metadata"]["annotations"] |= meta.get("annotations", {})
        return web.json_response(self._with_replicas(deployment, patch["spec"]["replicas"]))

    async def writes(self, _: web.Request) -> web.Response:
        """When each deployment was written to last."""
        return web.json_response(self._writes)


def _list(version: str, kind: str, items: list[Json]) -> web.Response:
    return web.json_response({"apiVersion": version, "kind": kind, "metadata": {}, "items": items})


async def unknown(request: web.Request) -> web.Response:
    """Said aloud, because a bot that is refused something waits in vain."""
    sys.stderr.write(f"the benchmark's cluster does not know {request.method} {request.path_qs}\n")
    return web.json_response({"kind": "Status", "status": "Failure", "code": 501}, status=501)


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
    app.router.add_get(f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets", cluster.budgets)
    app.router.add_get(f"/api/v1/namespaces/{NAMESPACE}/pods", cluster.pods)
    app.router.add_get(WRITES, cluster.writes)
    app.router.add_route("*", "/{unknown:.*}", unknown)
    await serve(app)


if __name__ == "__main__":
    asyncio.run(main())
