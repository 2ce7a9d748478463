"""Calls that are under way together share a connection, and each still hears only of itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.store import RedisStore, WriteUnknown, connect
from bot.store.keys import Keys
from handlers.errors import StoreUnavailable
from handlers.work import Commit, Queue, Verdict
from tests.contracts.store.conftest import opened
from tests.contracts.store.cutting import BREAKS, Cut, cutting_proxy
from tests.contracts.store.make import LEASE, NOW, REVISION, StillClock, item, request
from tests.contracts.store.servers import Server, run_valkey

MANY = 100


async def test_each_of_many_calls_gets_its_own_answer(store: RedisStore) -> None:
    commits = [Commit("c", put={request(f"R-{n}"): f'{{"n": {n}}}'}) for n in range(MANY)]
    verdicts = await asyncio.gather(*map(store.commit, commits))
    assert verdicts == [Verdict.COMMITTED] * MANY
    found = await asyncio.gather(*(store.read([request(f"R-{n}")]) for n in range(MANY)))
    assert [one.body for each in found for one in each.values()] == [f'{{"n": {n}}}' for n in range(MANY)]


async def test_one_of_many_commits_that_want_the_same_wins(store: RedisStore) -> None:
    commit = Commit("c", expect={request("R-1"): 0}, put={request("R-1"): "{}"})
    verdicts = await asyncio.gather(*(store.commit(commit) for _ in range(MANY)))
    assert sorted(verdicts) == [Verdict.COMMITTED] + [Verdict.CONFLICT] * (MANY - 1)


async def test_a_refusal_reaches_the_call_that_it_is_for(
    store: RedisStore, server: Server, workspace: str
) -> None:
    with server.plain() as client:
        client.set(Keys(workspace).object(request("R-7")), "no hash")
    reads = (store.read([request(f"R-{n}")]) for n in range(20))
    answers = await asyncio.gather(*reads, return_exceptions=True)
    refused = [n for n, answer in enumerate(answers) if isinstance(answer, StoreUnavailable)]
    assert refused == [7]


async def test_who_gives_up_stops_nobody_else(store: RedisStore) -> None:
    calls = [asyncio.ensure_future(store.read([request(f"R-{n}")])) for n in range(20)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [set(answer) for answer in answers[1::2] if isinstance(answer, dict)] == [
        {request(f"R-{n}")} for n in range(1, 20, 2)
    ]
    assert await store.commit(Commit("c")) == Verdict.COMMITTED


async def test_what_cannot_be_read_is_the_trouble_of_who_asked_for_it(
    store: RedisStore, server: Server, workspace: str
) -> None:
    with server.plain() as client:
        client.hset(Keys(workspace).object(request("R-7")), mapping={"v": "1", "doc": b"\xff"})
    reads = (store.read([request(f"R-{n}")]) for n in range(20))
    answers = await asyncio.gather(*reads, return_exceptions=True)
    assert [7] == [n for n, answer in enumerate(answers) if isinstance(answer, UnicodeDecodeError)]
    assert 19 == sum(isinstance(answer, dict) for answer in answers)


async def test_half_a_character_is_refused_before_anything_is_sent(store: RedisStore) -> None:
    bad = Commit("c", put={request("R-1"): "\ud800"})
    answers = await asyncio.gather(store.commit(bad), store.commit(Commit("c")), return_exceptions=True)
    assert isinstance(answers[0], UnicodeEncodeError)
    assert Verdict.COMMITTED == answers[1]


@pytest.mark.parametrize("cut", BREAKS)
async def test_commits_that_share_a_broken_connection_are_each_written_once(
    cut: Cut, tmp_path: Path, workspace: str, clock: StillClock
) -> None:
    with run_valkey(tmp_path) as server:
        async with (
            cutting_proxy(server.port) as proxy,
            opened(f"redis://127.0.0.1:{proxy.port}", workspace, clock) as far,
        ):
            await far.enlist("replica-1", REVISION, NOW, 3600)
            await far.commit(Commit("c"))  # from now on the server knows the script
            names = [f"e{n}" for n in range(8)]  # what the proxy passes on in one piece
            await asyncio.gather(*(far.record(item(name), [name], NOW) for name in names))
            proxy.cut, proxy.times = cut, 2
            commits = [Commit("c", put={request(name): "{}"}, consume=item(name)) for name in names]
            verdicts = await asyncio.gather(*map(far.commit, commits))
            assert verdicts == [Verdict.COMMITTED] * len(names)
            found = await far.read([request(name) for name in names])
            assert {one.version for one in found.values()} == {1}
            assert await far.claim(Queue.PEOPLE, NOW, LEASE, 100) == []


async def test_after_a_restart_of_the_server_the_next_call_opens_another_connection(
    tmp_path: Path, workspace: str, clock: StillClock
) -> None:
    with run_valkey(tmp_path) as server:
        async with opened(server.url, workspace, clock) as store:
            assert Verdict.COMMITTED == await store.commit(Commit("c"))
            await asyncio.to_thread(server.restart)
            assert Verdict.COMMITTED == await store.commit(Commit("c"))


async def test_a_connection_that_says_nothing_any_more_is_given_up_and_the_calls_are_made_on_another(
    tmp_path: Path, workspace: str, clock: StillClock
) -> None:
    with run_valkey(tmp_path) as server:
        async with (
            cutting_proxy(server.port) as proxy,
            opened(f"redis://127.0.0.1:{proxy.port}", workspace, clock) as far,
        ):
            await far.commit(Commit("c"))
            proxy.cut, proxy.times = Cut.SILENCE, 1
            commits = [Commit("c", put={request(f"R-{n}"): "{}"}) for n in range(3)]
            assert [Verdict.COMMITTED] * 3 == await asyncio.gather(*map(far.commit, commits))
            assert 1 == proxy.lost


async def test_nobody_waits_longer_than_the_stores_patience_however_many_wait(
    workspace: str, clock: StillClock
) -> None:
    stuck = await asyncio.start_server(lambda reader, writer: asyncio.sleep(LEASE), "127.0.0.1", 0)
    port = stuck.sockets[0].getsockname()[1]
    client = connect(f"redis://127.0.0.1:{port}")
    store = RedisStore(client, workspace, REVISION, clock, patience=0.1)
    answers = await asyncio.gather(*(store.commit(Commit("c")) for _ in range(MANY)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {WriteUnknown}
    await client.aclose()
    stuck.close()
