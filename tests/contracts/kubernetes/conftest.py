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
from tests.contracts.kubernetes.ground import Ground, practice_ground
from tests.contracts.kubernetes.node_place import NodePlace, node_place
from tests.contracts.kubernetes.objects import RULES
from tests.contracts.kubernetes.place import Place
from tests.contracts.kubernetes.real import real_ground

REAL = "COUNTERSIGN_CONTRACT_KUBECONFIG"


@pytest.fixture
async def practice() -> AsyncIterator[PracticeCluster]:
    """The practice cluster itself, for what asks nothing of a cluster but to be there."""
    async with PracticeCluster(step_seconds=0.1) as cluster:
        yield cluster


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    """A namespace that nobody else uses."""
    real = os.environ.get(REAL)
    async with real_ground(Path(real), tmp_path) if real else practice_ground(tmp_path) as made:
        yield made


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def connect(stack: AsyncExitStack, tmp_path: Path) -> Callable[..., Namespace]:
    """Opens the adapter: `connect(kubeconfig, seconds=…, namespace=…, listed=…, rollout_wait=…)`."""

    def open_one(
        kubeconfig: Path, seconds: float = 20.0, namespace: str = "auditron", **more: object
    ) -> Namespace:
        connection = Connection({"KUBECONFIG": str(kubeconfig)}, "", seconds=seconds)
        stack.push_async_callback(connection.close)
        options = {"rollout_wait": 60.0, "evidence": tmp_path, "rules": RULES, **more}
        return Namespace(connection, namespace, lambda: datetime.now(UTC), **options)  # type: ignore[arg-type]

    return open_one


@pytest.fixture
async def alone(ground: Ground, connect: Callable[..., Namespace]) -> AsyncIterator[NodePlace]:
    """A node that nobody else has, and the adapter that may touch it."""
    async with node_place(ground, connect, real=REAL in os.environ) as made:
        yield made


@pytest.fixture
async def place(ground: Ground, connect: Callable[..., Namespace]) -> Place:
    """The adapter, and the administrator, in that namespace."""
    return Place(connect(ground.bot, namespace=ground.namespace), ground)
