"""A cluster, and the bot's adapter on one namespace of it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.namespace import Namespace
from sandbox.cluster import PracticeCluster
from tests.contracts.kubernetes.place import Place, wait_for

REAL = "COUNTERSIGN_CONTRACT_KUBECONFIG"


@pytest.fixture
async def practice() -> AsyncIterator[PracticeCluster]:
    """The practice cluster, whose rollouts take a tenth of a second a step."""
    async with PracticeCluster(step_seconds=0.1) as cluster:
        yield cluster


@pytest.fixture
async def kubeconfig(practice: PracticeCluster, tmp_path: Path) -> Path:
    """The bot's own account in the cluster that the contract is tried on."""
    real = os.environ.get(REAL)
    return Path(real) if real else practice.write_kubeconfig(tmp_path / "kubeconfig")


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def connect(stack: AsyncExitStack) -> Callable[..., Namespace]:
    """Opens the adapter: `connect(kubeconfig, seconds=…, listed=…, rollout_wait=…)`."""

    def open_one(kubeconfig: Path, seconds: float = 5.0, **more: object) -> Namespace:
        connection = Connection({"KUBECONFIG": str(kubeconfig)}, "", seconds=seconds)
        stack.push_async_callback(connection.close)
        options = {"rollout_wait": 10.0, **more}
        return Namespace(connection, "auditron", lambda: datetime.now(UTC), **options)  # type: ignore[arg-type]

    return open_one


@pytest.fixture
async def place(
    practice: PracticeCluster, kubeconfig: Path, connect: Callable[..., Namespace], tmp_path: Path
) -> AsyncIterator[Place]:
    """A namespace to work in, put back as it was found."""
    namespace = connect(kubeconfig)
    found = await namespace.deployment("auditron-api")
    admin = kubeconfig if os.environ.get(REAL) else practice.write_kubeconfig(tmp_path / "admin", "admin")
    place = Place(namespace, admin)
    yield place
    await wait_for(place.settled)
    await place.administer({"spec": {"replicas": found.replicas}})
