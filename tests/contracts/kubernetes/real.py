"""A namespace of one's own in a real cluster, made for one test and taken away after it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from bot.systems.kubernetes.access import Account
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.permissions import Permission
from bot.systems.kubernetes.reviewing import missing
from sandbox.cluster.seed import WORKLOADS, Workload, autoscaler_of, budget_of, deployment_of
from sandbox.cluster.surroundings import CONFIGS, SECRET_VALUES, config_map_of, secret_of
from tests.contracts.kubernetes.administrator import Administrator, administrator
from tests.contracts.kubernetes.ground import Asking, Ground, ground_of
from tests.contracts.kubernetes.node_place import keep_clear
from tests.contracts.kubernetes.role import NOBODY_ASKS, written
from tests.contracts.kubernetes.waiting import wait_for

TEAM = "auditron"
REVISION = "deployment.kubernetes.io/revision"


@asynccontextmanager
async def real_ground(admin: Path, folder: Path) -> AsyncIterator[Ground]:
    """The cluster forgets the namespace in its own time: nobody waits for that."""
    namespace = f"{TEAM}-{secrets.token_hex(4)}"
    async with administrator(admin) as cluster:
        await keep_clear(cluster)
        await cluster.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        whole: list[str] = []
        try:
            like = yaml.safe_load(await asyncio.to_thread(admin.read_text))

            async def admit(
                name: str, permissions: Collection[Permission], asking: Asking = NOBODY_ASKS
            ) -> Path:
                # What is of the whole cluster has one name for all tests that run at once.
                account = Account(namespace, f"{name}-{namespace}")
                objects = written(account, permissions, asking)
                paths = [await _apply(cluster, one) for one in objects]
                whole.extend(path for path in paths if "/namespaces/" not in path)
                kubeconfig = _write_kubeconfig(folder / name, like, await _token(cluster, account))
                await _known(kubeconfig, permissions)
                return kubeconfig

            ours = [one for one in WORKLOADS if one.namespace == TEAM]
            await asyncio.gather(*(_live(cluster, namespace, one) for one in ours))
            await _surround(cluster, namespace)
            yield await ground_of(namespace, admin, admit)
        finally:
            for path in (*whole, f"/api/v1/namespaces/{namespace}"):
                await cluster.delete(path)


async def _apply(cluster: Administrator, made: dict[str, Any]) -> str:
    """One object, as `kubectl apply` makes it when it is not there yet; its path."""
    version, kind, where = made["apiVersion"], made["kind"], made["metadata"].get("namespace")
    root = f"/api/{version}" if version == "v1" else f"/apis/{version}"
    plural = f"{root}{f'/namespaces/{where}' if where else ''}/{kind.lower()}s"
    await cluster.create(plural, made)
    return f"{plural}/{made['metadata']['name']}"


async def _token(cluster: Administrator, account: Account) -> str:
    """What the account proves itself with."""
    path = f"/api/v1/namespaces/{account.namespace}/serviceaccounts/{account.name}/token"
    asked = await cluster.create(path, {"spec": {}})
    return str(asked["status"]["token"])


async def _known(kubeconfig: Path, permissions: Collection[Permission]) -> None:
    """The server reads new roles a moment after they are made."""
    connection = Connection({"KUBECONFIG": str(kubeconfig)}, "")
    try:
        await wait_for(lambda: _has(connection, permissions))
    finally:
        await connection.close()


async def _has(connection: Connection, permissions: Collection[Permission]) -> bool:
    return not await missing(connection, permissions)


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


async def _surround(cluster: Administrator, namespace: str) -> None:
    """The settings and secrets of the team."""
    for name, data in CONFIGS[TEAM].items():
        path = f"/api/v1/namespaces/{namespace}/configmaps"
        await cluster.create(path, config_map_of(namespace, name, data))
    for name, values in SECRET_VALUES[TEAM].items():
        path = f"/api/v1/namespaces/{namespace}/secrets"
        await cluster.create(path, secret_of(namespace, name, values))


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

    if budget := budget_of(workload):
        del budget["status"]
        budget["metadata"]["namespace"] = namespace
        path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"
        await cluster.create(path, budget)

    async def at_rest() -> bool:
        status = (await cluster.get(here))["status"]
        all_there = workload.replicas == status.get("availableReplicas") == status.get("replicas")
        reasons = {one["reason"] for one in status.get("conditions", ())}
        return bool(all_there and "NewReplicaSetAvailable" in reasons)

    await wait_for(at_rest)
