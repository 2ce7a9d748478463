"""A namespace of one's own in a real cluster, made for one test and taken away after it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from sandbox.cluster.seed import WORKLOADS, Workload, autoscaler_of, deployment_of
from tests.contracts.kubernetes.administrator import Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.role import documented_role
from tests.contracts.kubernetes.waiting import wait_for

TEAM = "auditron"
REVISION = "deployment.kubernetes.io/revision"
CHANGING = {"patch", "update", "create", "delete"}


@asynccontextmanager
async def real_ground(admin: Path, folder: Path) -> AsyncIterator[Ground]:
    """The cluster forgets the namespace in its own time: nobody waits for that."""
    namespace = f"{TEAM}-{secrets.token_hex(4)}"
    async with administrator(admin) as cluster:
        await cluster.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        try:
            rules = documented_role()["rules"]
            reading = [one | {"verbs": sorted({*one["verbs"]} - CHANGING)} for one in rules]
            like = yaml.safe_load(await asyncio.to_thread(admin.read_text))
            accounts = {}
            for name, allowed in {"bot": rules, "reader": reading}.items():
                token = await _account(cluster, namespace, name, allowed)
                accounts[name] = _write_kubeconfig(folder / name, like, token)
            ours = [one for one in WORKLOADS if one.namespace == TEAM]
            await asyncio.gather(*(_live(cluster, namespace, one) for one in ours))
            yield Ground(namespace, admin=admin, **accounts)
        finally:
            await cluster.delete(f"/api/v1/namespaces/{namespace}")


async def _account(cluster: Administrator, namespace: str, name: str, rules: Any) -> str:
    """A service account that may do this and nothing else; its token."""
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    access = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    named = {"metadata": {"name": name}}
    await cluster.create(accounts, named)
    await cluster.create(f"{access}/roles", named | {"rules": rules})
    bound = {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }
    await cluster.create(f"{access}/rolebindings", named | bound)
    asked = await cluster.create(f"{accounts}/{name}/token", {"spec": {}})
    return str(asked["status"]["token"])


def _write_kubeconfig(path: Path, like: Any, token: str) -> Path:
    """For the cluster of the current context of another kubeconfig."""
    current = next(one["context"] for one in like["contexts"] if one["name"] == like["current-context"])
    written = {
        "current-context": "real",
        "clusters": [one for one in like["clusters"] if one["name"] == current["cluster"]],
        "users": [{"name": "account", "user": {"token": token}}],
        "contexts": [{"name": "real", "context": {"cluster": current["cluster"], "user": "account"}}],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(written))
    return path


async def _live(cluster: Administrator, namespace: str, workload: Workload) -> None:
    """Every release of the workload's past, without pods, and then the present one with all of them."""
    deployments = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    here = f"{deployments}/{workload.name}"
    deployment = deployment_of(workload)
    deployment["metadata"]["namespace"], deployment["spec"]["replicas"] = namespace, 0
    await cluster.create(deployments, deployment)
    for number, image in enumerate(workload.images, 1):
        container = deployment["spec"]["template"]["spec"]["containers"][0] | {"image": image}
        cause = {"kubernetes.io/change-cause": f"release {image}"}
        spec = {"template": {"spec": {"containers": [container]}}}
        await cluster.patch(here, {"metadata": {"annotations": cause}, "spec": spec})

        async def released(number: int = number) -> bool:
            annotations = (await cluster.get(here))["metadata"]["annotations"]
            return bool(str(number) == annotations.get(REVISION))

        await wait_for(released)
    await cluster.patch(here, {"spec": {"replicas": workload.replicas}})
    if autoscaler := autoscaler_of(workload):
        autoscaler["metadata"]["namespace"] = namespace
        path = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
        await cluster.create(path, autoscaler)

    async def at_rest() -> bool:
        status = (await cluster.get(here))["status"]
        all_there = workload.replicas == status.get("availableReplicas") == status.get("replicas")
        reasons = {one["reason"] for one in status.get("conditions", ())}
        return bool(all_there and "NewReplicaSetAvailable" in reasons)

    await wait_for(at_rest)
