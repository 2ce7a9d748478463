"""One practice cluster whose steps the test takes itself, and the official clients connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kubernetes.aio import client, config

from sandbox.cluster import PracticeCluster
from tests.sandbox.cluster.raw import Raw, connected


@pytest.fixture
async def cluster() -> AsyncIterator[PracticeCluster]:
    """Nothing moves but by `tick` and `settle`."""
    async with PracticeCluster(step_seconds=None) as running:
        yield running


@pytest.fixture
async def api(cluster: PracticeCluster, tmp_path: Path) -> AsyncIterator[client.ApiClient]:
    """The official client, configured by the kubeconfig that the cluster writes."""
    path = cluster.write_kubeconfig(tmp_path / "kubeconfig")
    configuration = client.Configuration()
    await config.load_kube_config(str(path), client_configuration=configuration)  # type: ignore[no-untyped-call]
    async with client.ApiClient(configuration) as opened:
        yield opened


@pytest.fixture
def apps(api: client.ApiClient) -> client.AppsV1Api:
    return client.AppsV1Api(api)


@pytest.fixture
def core(api: client.ApiClient) -> client.CoreV1Api:
    return client.CoreV1Api(api)


@pytest.fixture
async def raw(cluster: PracticeCluster) -> AsyncIterator[Raw]:
    """Plain HTTP with the bot's token."""
    async with connected(cluster) as opened:
        yield opened
