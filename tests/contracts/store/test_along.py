"""What a commit queues and could be done at once is its replica's, unless that one stops before it begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.store import RedisStore
from bot.store.along import Leases
from handlers.messages import Card
from handlers.work import Claimed, Commit, Delivery, Pace, Queue, Sending, Timer, Verdict
from tests.contracts.store.conftest import opened
from tests.contracts.store.make import LEASE, NOW, REVISION, StillClock, message, request
from tests.contracts.store.servers import Server

LEASES = Leases(sending=30.0, work=15.0)
WHISPER = Delivery(
    channel="C1", slot="w", card=Card(summary="w"), whisper_to="U1", reply_url="https://hooks.slack.com/x"
)


@pytest.fixture
async def own(server: Server, workspace: str, clock: StillClock) -> AsyncIterator[RedisStore]:
    """The store of a replica that works and sends."""
    async with opened(server.url, workspace, clock, leases=LEASES) as store:
        await store.enlist("replica-1", REVISION, clock.now(), 3600)
        yield store


async def queue(store: RedisStore, *messages: Delivery) -> None:
    for one in messages:
        assert Verdict.COMMITTED == await store.commit(Commit("c", deliver=(one,)))


async def arm(store: RedisStore, *timers: Timer) -> None:
    assert Verdict.COMMITTED == await store.commit(Commit("c", arm=timers))


async def taken(store: RedisStore, clock: StillClock) -> Sending:
    sending = await store.next_sending(clock.now(), LEASE, ())
    assert sending is not None
    return sending


async def due(store: RedisStore, clock: StillClock) -> list[Claimed]:
    return list(await store.claim(Queue.DUE, clock.now(), LEASE, 10))


async def test_a_message_that_can_go_at_once_is_its_replicas(
    own: RedisStore, other: RedisStore, clock: StillClock
) -> None:
    await queue(own, message("s"))
    assert await other.next_sending(NOW, LEASE, ()) is None
    sending = await taken(own, clock)
    assert (1, "s") == (sending.attempt, sending.delivery.slot)
    assert await own.sent(sending, "C1", "1.1", NOW)
    assert ("C1", "1.1") == await own.slot("s")
    assert await own.next_sending(NOW, LEASE, ()) is None


async def test_a_caller_that_gives_up_leaves_nothing_to_wait_for_its_lease(
    own: RedisStore, clock: StillClock
) -> None:
    commit = Commit("c", deliver=(message("s"),), arm=(Timer("t", NOW, "{}"),))
    caller = asyncio.ensure_future(own.commit(commit))
    await asyncio.sleep(0)  # it is under way
    caller.cancel()
    await asyncio.wait({caller})
    assert caller.cancelled()
    sending = None
    async with asyncio.timeout(60):
        while sending is None:
            sending = await own.next_sending(NOW, LEASE, ())
    assert 1 == sending.attempt
    assert ["t"] == [claimed.item.id for claimed in await due(own, clock)]


async def test_it_is_told_just_as_one_that_waited(
    server: Server, workspace: str, own: RedisStore, clock: StillClock
) -> None:
    async with opened(server.url, f"{workspace}-2", clock) as plain:
        wanted = [
            message("root"),
            message("reply", thread="root"),
            message("root", channel="#c"),
            message("strange", thread_ts="7.7"),
            WHISPER,
        ]
        for number, delivery in enumerate(wanted):
            told = []
            for store in (own, plain):
                await queue(store, delivery)
                sending = await taken(store, clock)
                assert await store.sent(sending, "C1", f"{number}.1", NOW)
                told.append(replace(sending, id="", token=""))
            assert told[0] == told[1]


async def test_when_its_replica_stops_another_one_sends_it_after_the_lease(
    own: RedisStore, other: RedisStore, clock: StillClock
) -> None:
    await queue(own, message("s"))
    clock.move(LEASES.sending + 1)
    assert 2 == (await taken(other, clock)).attempt
    assert await own.next_sending(clock.now(), LEASE, ()) is None


async def test_who_sends_it_too_late_is_told_so(
    own: RedisStore, other: RedisStore, clock: StillClock
) -> None:
    await queue(own, message("s"))
    slow = await taken(own, clock)
    clock.move(LEASES.sending + 1)
    quick = await taken(other, clock)
    assert await other.sent(quick, "C1", "2.2", clock.now())
    assert not await own.sent(slow, "C1", "1.1", clock.now())
    assert ("C1", "2.2") == await own.slot("s")


async def test_a_thread_stays_in_order(own: RedisStore, other: RedisStore, clock: StillClock) -> None:
    await own.commit(Commit("c", deliver=(message("root"), message("a", thread="root"))))
    await queue(own, message("b", thread="root"))
    shown = []
    while sending := await own.next_sending(NOW, LEASE, ()):
        assert await other.next_sending(NOW, LEASE, ()) is None
        shown.append(sending.delivery.slot)
        assert await own.sent(sending, "C1", f"{len(shown)}.1", NOW)
    assert ["root", "a", "b"] == shown


async def test_what_finds_its_gate_taken_or_closed_waits_as_ever(
    own: RedisStore, other: RedisStore, clock: StillClock
) -> None:
    await queue(own, message("first"), message("second"))
    first = await taken(own, clock)
    assert await own.next_sending(NOW, LEASE, ()) is None
    assert await own.sent(first, "C1", "1.1", NOW, Pace(every=10, burst=1))
    await queue(own, message("third"))
    assert await own.next_sending(NOW, LEASE, ()) is None
    clock.move(10)
    second = await taken(other, clock)
    assert "second" == second.delivery.slot
    await other.postpone(second, clock.move(5), attempted=True)
    await queue(own, message("fourth"))
    assert "second" == (await taken(other, clock)).delivery.slot


async def test_of_two_words_for_one_slot_in_one_commit_the_later_ones_are_sent(
    own: RedisStore, clock: StillClock
) -> None:
    later_words = Delivery(channel="C1", slot="s", card=Card(summary="later"))
    await own.commit(Commit("c", deliver=(message("s"), later_words)))
    assert "later" == (await taken(own, clock)).delivery.card.summary
    assert await own.next_sending(NOW, LEASE, ()) is None


async def test_newer_words_come_after_those_that_are_being_sent(own: RedisStore, clock: StillClock) -> None:
    await queue(own, message("s"), Delivery(channel="C1", slot="s", card=Card(summary="newer")))
    first = await taken(own, clock)
    assert "s" == first.delivery.card.summary
    assert await own.sent(first, "C1", "1.1", NOW)
    second = await taken(own, clock)
    assert ("newer", "1.1") == (second.delivery.card.summary, second.posted_ts)


async def test_a_replica_takes_no_more_along_than_it_soon_sends(
    own: RedisStore, other: RedisStore, clock: StillClock
) -> None:
    await queue(own, *(message(f"s{n}", channel=f"C{n:02}") for n in range(20)))
    assert "s8" == (await taken(other, clock)).delivery.slot


async def test_work_that_is_due_at_once_is_its_replicas(
    own: RedisStore, other: RedisStore, clock: StillClock
) -> None:
    await arm(own, Timer("now", NOW, '{"n": 1}'), Timer("later", clock.now().replace(hour=11), "{}"))
    assert [] == await due(other, clock)
    [claimed] = await due(own, clock)
    assert ("now", '{"n": 1}', 1) == (claimed.item.id, claimed.item.body, claimed.attempt)
    assert await own.extend(claimed, NOW.replace(hour=12))
    done = Commit("c", put={request("R-1"): "{}"}, consume=claimed.item, holding=claimed.token)
    assert Verdict.COMMITTED == await own.commit(done)
    assert Verdict.DUPLICATE == await own.commit(done)
    assert [] == await due(own, clock)


async def test_when_its_replica_stops_another_one_does_it_after_the_lease(
    own: RedisStore, other: RedisStore, clock: StillClock
) -> None:
    await arm(own, Timer("now", NOW, "{}"), Timer("also", NOW, "{}"))
    begun = (await own.claim(Queue.DUE, NOW, LEASE, 1))[0]
    clock.move(LEASES.work + 1)
    again = await due(other, clock)
    assert {("now", 2), ("also", 2)} == {(one.item.id, one.attempt) for one in again}
    assert [] == await due(own, clock)
    late = Commit("c", consume=begun.item, holding=begun.token)
    assert Verdict.LOST_CLAIM == await own.commit(late)


async def test_work_that_is_armed_anew_before_it_began_is_done_once_as_it_was_armed_last(
    own: RedisStore, clock: StillClock
) -> None:
    await arm(own, Timer("t", NOW, '{"n": 1}'))
    await arm(own, Timer("t", NOW, '{"n": 2}'))
    [claimed] = await due(own, clock)
    assert '{"n": 2}' == claimed.item.body
    done = Commit("c", consume=claimed.item, holding=claimed.token)
    assert Verdict.COMMITTED == await own.commit(done)


async def test_a_replica_with_other_policies_takes_nothing_along(
    own: RedisStore, server: Server, workspace: str, clock: StillClock
) -> None:
    async with opened(server.url, workspace, clock, revision="newer") as newer:
        await newer.enlist("replica-2", "newer", NOW, 3600, force=True)
        await queue(own, message("s"))
        assert "s" == (await taken(newer, clock)).delivery.slot
        await arm(own, Timer("now", NOW, "{}"))
        [claimed] = await due(newer, clock)
        assert ("now", 1) == (claimed.item.id, claimed.attempt)
