"""Fixtures: the servers that the whole contract is held against, and two clients of one of them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from bot.store import RedisStore, connect
from bot.store.along import Leases
from handlers.errors import StoreUnavailable
from tests.contracts.store.make import PATIENT, REVISION, StillClock
from tests.contracts.store.servers import Server, run_cluster_node, run_redis, run_valkey

Audit = Callable[[], list[dict[str, Any]]]
_SERVERS = {"valkey": run_valkey, "redis": run_redis, "cluster": run_cluster_node}


@pytest.fixture(scope="session", params=list(_SERVERS))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Valkey, Redis 7 and a cluster node in turn; tests keep apart by their workspaces."""
    with _SERVERS[request.param](tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture
def workspace() -> str:
    """A workspace that no other test uses."""
    return uuid4().hex[:12]


@pytest.fixture
def clock() -> StillClock:
    """Time that only tests move."""
    return StillClock()


@asynccontextmanager
async def opened(
    url: str, workspace: str, clock: StillClock, revision: str = REVISION, leases: Leases | None = None
) -> AsyncIterator[RedisStore]:
    """A store over a URL, closed at the end."""
    client = connect(url)
    try:
        yield RedisStore(client, workspace, revision, clock, patience=PATIENT, leases=leases)
    finally:
        await client.aclose()


async def enlist(store: RedisStore, now: datetime) -> None:
    """Make its policy revision the active one, however long the disk keeps the server from answering."""
    for _ in range(10):
        with contextlib.suppress(StoreUnavailable):
            await store.enlist("replica-1", REVISION, now, 3600)
            return
    raise AssertionError("the server answers nothing")


@pytest.fixture
async def store(server: Server, workspace: str, clock: StillClock) -> AsyncIterator[RedisStore]:
    """A replica's store, whose policy revision is the active one."""
    async with opened(server.url, workspace, clock) as store:
        await enlist(store, clock.now())
        yield store


@pytest.fixture
async def other(server: Server, workspace: str, clock: StillClock) -> AsyncIterator[RedisStore]:
    """A second replica on the same workspace, with a client of its own."""
    async with opened(server.url, workspace, clock) as store:
        yield store


@pytest.fixture
def audit(server: Server, workspace: str) -> Iterator[Audit]:
    """Reads the audit stream of the workspace; every id is its entry's number."""
    with server.plain() as client:

        def read() -> list[dict[str, Any]]:
            entries = []
            for id_, fields in client.xrange(f"{{cs:{workspace}}}:audit"):
                entries.append(json.loads(fields[b"entry"]))
                assert f"{entries[-1]['seq']}-0".encode() == id_
            return entries

        yield read
