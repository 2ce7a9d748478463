"""The server is killed: what was acknowledged is there, what was not is there whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import RedisCluster

from bot.store import RedisStore
from handlers.errors import StoreUnavailable
from handlers.work import Commit, Queue, Verdict
from tests.contracts.store.conftest import enlist, opened
from tests.contracts.store.cutting import cutting_proxy
from tests.contracts.store.make import LEASE, NOW, StillClock, entry, item, message, request
from tests.contracts.store.servers import Server, run_cluster_node, run_redis, run_valkey


@pytest.fixture(params=[run_valkey, run_redis, run_cluster_node])
def mortal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone."""
    with request.param(tmp_path) as server:
        yield server


@pytest.mark.parametrize("mortal", [run_valkey, run_redis], indirect=True)
async def test_everything_acknowledged_is_there_after_each_kill(
    mortal: Server, workspace: str, clock: StillClock
) -> None:
    async with opened(mortal.url, workspace, clock) as store:
        await enlist(store, NOW)
        await after_kill(mortal)
        assert await store.record(item("e1"), ["1"], NOW)
        await after_kill(mortal)
        assert not await store.record(item("e1"), ["1"], NOW)
        [claimed] = await store.claim(Queue.PEOPLE, NOW, LEASE, 10)
        await after_kill(mortal)
        commit = Commit(
            "c",
            expect={request("R-1"): 0},
            put={request("R-1"): "{}"},
            audit=(entry(),),
            deliver=(message("s1"),),
            consume=claimed.item,
            holding=claimed.token,
        )
        assert await store.commit(commit) == Verdict.COMMITTED
        await after_kill(mortal)
        assert await store.commit(commit) == Verdict.DUPLICATE
        sending = await store.next_sending(NOW, LEASE, [])
        assert sending is not None
        await after_kill(mortal)
        assert await store.next_sending(NOW, LEASE, []) is None
        assert await store.sent(sending, "C1", "1.1", NOW)
        await after_kill(mortal)
        assert ("C1", "1.1") == await store.slot("s1")
        assert 1 == (await store.read([request("R-1")]))[request("R-1")].version


async def after_kill(server: Server) -> None:
    """Kill the server and start it again."""
    server.kill()
    await asyncio.to_thread(server.restart)


async def test_a_server_killed_under_load_keeps_what_it_acknowledged(
    mortal: Server, workspace: str, clock: StillClock
) -> None:
    """Each commit puts one object and one entry, so halves would show."""
    acknowledged: set[str] = set()
    enough = asyncio.Event()

    async def work(store: RedisStore, worker: int) -> None:
        for n in range(10_000):
            name = f"R-{worker}-{n}"
            await store.commit(Commit(name, put={request(name): name}, audit=(entry(name),)))
            acknowledged.add(name)
            if len(acknowledged) == 500:
                enough.set()

    async with opened(mortal.url, workspace, clock) as store:
        workers = [asyncio.create_task(work(store, n)) for n in range(16)]
        await enough.wait()
        mortal.kill()
        ends = await asyncio.gather(*workers, return_exceptions=True)
        assert [] == [end for end in ends if not isinstance(end, StoreUnavailable)]
        await asyncio.to_thread(mortal.restart)
        with mortal.plain() as node:
            entries: list[Any] = node.xrange(f"{{cs:{workspace}}}:audit") or []
            objects = {key.decode().rpartition("/")[2] for key in node.scan_iter("*:object:*")}
        recorded = {fields[b"entry"].decode().split('"event":"')[1].split('"')[0] for _, fields in entries}
        assert acknowledged <= recorded
        assert objects == recorded
        assert [int(id_.split(b"-")[0]) for id_, _ in entries] == list(range(1, len(entries) + 1))


async def test_a_call_outlasts_a_short_absence(mortal: Server, workspace: str, clock: StillClock) -> None:
    async with opened(mortal.url, workspace, clock) as store:
        await enlist(store, NOW)
        mortal.kill()
        calls = [asyncio.create_task(attempts(store, f"e{n}")) for n in range(5)]
        await asyncio.to_thread(mortal.restart)
        await asyncio.gather(*calls)
        assert 5 == len(await store.claim(Queue.PEOPLE, NOW, LEASE, 10))


async def test_a_connection_of_a_cluster_that_was_reset_is_a_lost_answer(
    tmp_path: Path, workspace: str, clock: StillClock
) -> None:
    """uvloop tells of it by an error of its own when the next call is written."""
    with run_cluster_node(tmp_path) as server:
        async with cutting_proxy(server.port) as proxy:
            with server.plain() as client:
                client.config_set("cluster-announce-port", proxy.port)
            async with opened(f"redis+cluster://127.0.0.1:{proxy.port}", workspace, clock) as far:
                await enlist(far, NOW)
                for n in range(5):
                    await proxy.reset()
                    assert await far.record(item(f"e{n}"), [f"e{n}"], NOW)


async def test_a_connection_that_another_call_to_a_cluster_has_closed_is_a_lost_answer(
    tmp_path: Path, workspace: str, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """redis-py 8.1 tells of it by this error (redis/redis-py#4287), where two calls meet within a moment."""
    ended = iter([AttributeError("'NoneType' object has no attribute 'writelines'")])
    whole = RedisCluster.execute_command

    async def ends_once(self: RedisCluster, *words: Any, **options: Any) -> Any:
        if error := next(ended, None):
            raise error
        return await whole(self, *words, **options)

    with run_cluster_node(tmp_path) as server:
        async with opened(server.url, workspace, clock) as store:
            await enlist(store, NOW)
            monkeypatch.setattr(RedisCluster, "execute_command", ends_once)
            assert await store.record(item("e1"), ["1"], NOW)
    assert next(ended, None) is None


async def attempts(store: RedisStore, name: str) -> None:
    """Record an item as an edge would for a sender that repeats itself."""
    for _ in range(20):
        try:
            await store.record(item(name), [name], NOW)
        except StoreUnavailable:
            continue
        return
    raise AssertionError("the store never came back")
