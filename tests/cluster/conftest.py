"""What is tried here is the control plane itself, so there has to be one: `make test-cluster`."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.control_plane import KUBECONFIG
from tests.contracts.kubernetes.administrator import Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.node_place import keep_clear
from tests.contracts.kubernetes.real import real_ground
from tests.contracts.kubernetes.waiting import wait_for

collect_ignore_glob = [] if KUBECONFIG in os.environ else ["test_*.py"]


@dataclass(frozen=True)
class Room:
    """A namespace of the control plane, empty at first."""

    cluster: Administrator
    namespace: str

    @property
    def pods(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"

    async def start(self, tag: str, restart: str = "Always") -> str:
        """A pod whose image has that tag; its path."""
        container = {"name": "api", "image": f"auditron/api:{tag}"}
        made = {"metadata": {"name": tag}, "spec": {"containers": [container], "restartPolicy": restart}}
        await self.cluster.create(self.pods, made)
        return f"{self.pods}/{tag}"

    async def container(self, pod: str) -> dict[str, Any]:
        """The status of its container, empty before there is one."""
        statuses = (await self.cluster.get(pod))["status"].get("containerStatuses", [{}])
        found: dict[str, Any] = statuses[0]
        return found

    async def waiting(self, pod: str) -> str:
        """Why its container does not run."""
        reason = (await self.container(pod)).get("state", {}).get("waiting", {}).get("reason", "")
        return str(reason)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    namespace = f"room-{secrets.token_hex(4)}"
    async with administrator(Path(os.environ[KUBECONFIG])) as cluster:
        await keep_clear(cluster)
        await cluster.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"

        async def has_account() -> bool:
            return (await cluster.ask("GET", account))[0] == 200

        await wait_for(has_account)
        yield Room(cluster, namespace)
        await cluster.delete(f"/api/v1/namespaces/{namespace}")


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    """A namespace with workloads, and accounts with exactly their permissions."""
    async with real_ground(Path(os.environ[KUBECONFIG]), tmp_path) as made:
        yield made


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened
