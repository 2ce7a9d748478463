"""A connection that breaks around a script: it is written once, and its caller learns the truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import RedisStore, WriteUnknown, connect, engine
from bot.store.along import Leases
from handlers.errors import OutcomeUnknown, StoreUnavailable
from handlers.work import Commit, Queue, Timer, Verdict
from tests.contracts.store.conftest import enlist, opened
from tests.contracts.store.cutting import BREAKS, Cut, CuttingProxy, cutting_proxy
from tests.contracts.store.make import LEASE, NOW, REVISION, StillClock, entry, item, later, message, request
from tests.contracts.store.servers import run_valkey

ALWAYS = 1_000_000


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[CuttingProxy]:
    """A proxy before a server that knows the scripts, so that the answer lost is the script's own."""
    with run_valkey(tmp_path) as server:
        with server.plain() as node:
            for script in (engine.RECORD, engine.CLAIM, engine.COMMIT, engine.SETTLE, engine.ENLIST):
                assert node.script_load(script.text) in {script.sha, script.sha.encode()}
        async with cutting_proxy(server.port) as proxy:
            yield proxy


@pytest.fixture
async def far(proxy: CuttingProxy, workspace: str, clock: StillClock) -> AsyncIterator[RedisStore]:
    """A store behind the proxy, enlisted."""
    async with opened(f"redis://127.0.0.1:{proxy.port}", workspace, clock) as store:
        await enlist(store, NOW)
        yield store


@pytest.mark.parametrize("cut", BREAKS)
async def test_a_commit_is_written_once_and_its_caller_knows(
    cut: Cut, proxy: CuttingProxy, far: RedisStore
) -> None:
    await far.record(item("e1"), [], NOW)
    commit = Commit(
        "c",
        once_in="t",
        expect={request("R-1"): 0},
        put={request("R-1"): "{}"},
        audit=(entry(),),
        deliver=(message("s"),),
        consume=item("e1"),
    )
    proxy.cut, proxy.times = cut, 1
    assert await far.commit(commit) == Verdict.COMMITTED
    assert 1 == proxy.lost
    assert 1 == (await far.read([request("R-1")]))[request("R-1")].version
    sending = await far.next_sending(NOW, LEASE, [])
    assert sending is not None
    await far.sent(sending, "C1", "1.1", NOW)
    assert await far.next_sending(NOW, LEASE, []) is None


@pytest.mark.parametrize("cut", BREAKS)
async def test_what_a_commit_takes_along_is_its_replicas_though_the_answer_was_lost(
    cut: Cut, proxy: CuttingProxy, workspace: str, clock: StillClock
) -> None:
    url, leases = f"redis://127.0.0.1:{proxy.port}", Leases(sending=30.0, work=15.0)
    async with opened(url, workspace, clock, leases=leases) as own:
        await own.enlist("replica-1", REVISION, NOW, 3600)
        proxy.cut, proxy.times = cut, 1
        commit = Commit("c", deliver=(message("s"),), arm=(Timer("t", NOW, "{}"),))
        assert Verdict.COMMITTED == await own.commit(commit)
        assert 1 == proxy.lost
        sending = await own.next_sending(NOW, LEASE, [])
        assert (1, "s") == (sending and sending.attempt, sending and sending.delivery.slot)
        [claimed] = await own.claim(Queue.DUE, NOW, LEASE, 10)
        assert (1, "t") == (claimed.attempt, claimed.item.id)


async def test_a_commit_that_somebody_else_won_meanwhile_is_not_taken_for_ones_own(
    proxy: CuttingProxy, far: RedisStore, workspace: str, clock: StillClock
) -> None:
    commit = Commit("c", expect={request("R-1"): 0}, put={request("R-1"): "{}"})
    await far.commit(commit)
    proxy.times = 1
    assert await far.commit(commit) == Verdict.CONFLICT


@pytest.mark.parametrize("cut", BREAKS)
@pytest.mark.parametrize("seen", [["event:1"], []])
async def test_a_record_whose_answer_was_lost_is_still_new(
    cut: Cut, seen: list[str], proxy: CuttingProxy, far: RedisStore
) -> None:
    proxy.cut, proxy.times = cut, 1
    assert await far.record(item("e1"), seen, NOW)
    assert not await far.record(item("e1"), seen, NOW)
    assert 1 == len(await far.claim(Queue.PEOPLE, NOW, LEASE, 10))


async def test_records_that_share_a_broken_connection_are_each_recorded_once(
    proxy: CuttingProxy, far: RedisStore
) -> None:
    await far.record(item("e0"), ["0"], NOW)
    proxy.times = 1
    answers = await asyncio.gather(*(far.record(item(f"e{n}"), [str(n)], NOW) for n in range(50)))
    assert [False, *[True] * 49] == answers
    assert 50 == len(await far.claim(Queue.PEOPLE, NOW, LEASE, 100))


@pytest.mark.parametrize("cut", BREAKS)
async def test_a_sent_message_whose_answer_was_lost_is_recorded_once(
    cut: Cut, proxy: CuttingProxy, far: RedisStore
) -> None:
    await far.commit(Commit("c", deliver=(message("s1"), message("s2"))))
    sending = await far.next_sending(NOW, LEASE, [])
    assert sending is not None
    proxy.cut, proxy.times = cut, 1
    assert await far.sent(sending, "C1", "1.1", NOW)
    following = await far.next_sending(NOW, LEASE, [])
    assert following is not None
    assert "s2" == following.delivery.slot


@pytest.mark.parametrize("cut", BREAKS)
async def test_a_takeover_whose_answer_was_lost_is_still_told(
    cut: Cut, proxy: CuttingProxy, far: RedisStore
) -> None:
    proxy.cut, proxy.times = cut, 1
    assert (await far.enlist("replica-1", "newer", NOW, 30)).taken_over_from == REVISION


async def test_a_claim_whose_answer_was_lost_comes_back_after_its_lease(
    proxy: CuttingProxy, far: RedisStore
) -> None:
    await far.record(item("e1"), [], NOW)
    proxy.times = 1
    assert [] == await far.claim(Queue.PEOPLE, NOW, LEASE, 10)
    [claimed] = await far.claim(Queue.PEOPLE, later(LEASE), LEASE, 10)
    assert 2 == claimed.attempt


@pytest.mark.parametrize("cut", BREAKS)
async def test_when_no_answer_comes_at_all_the_outcome_is_said_to_be_unknown(
    cut: Cut, proxy: CuttingProxy, far: RedisStore
) -> None:
    commit = Commit("c", expect={request("R-1"): 0}, put={request("R-1"): "{}"})
    proxy.cut, proxy.times = cut, ALWAYS
    with pytest.raises(WriteUnknown) as unknown:
        await far.commit(commit)
    with pytest.raises(StoreUnavailable):
        await far.record(item("e1"), ["1"], NOW)
    assert isinstance(unknown.value, OutcomeUnknown)
    proxy.times = 0
    expected = Verdict.COMMITTED if cut is Cut.CALL else Verdict.CONFLICT
    assert await far.commit(commit) == expected
    assert 1 == (await far.read([request("R-1")]))[request("R-1")].version


async def test_a_stuck_server_is_given_up_after_the_stores_patience(
    workspace: str, clock: StillClock
) -> None:
    stuck = await asyncio.start_server(lambda reader, writer: asyncio.sleep(ALWAYS), "127.0.0.1", 0)
    port = stuck.sockets[0].getsockname()[1]
    client = connect(f"redis://127.0.0.1:{port}")
    store = RedisStore(client, workspace, REVISION, clock, patience=0.1)
    with pytest.raises(WriteUnknown):
        await store.commit(Commit("c"))
    with pytest.raises(WriteUnknown):
        await store.record(item("e1"), [], NOW)
    await client.aclose()
    stuck.close()
