"""Inbound items and timers: recorded once, leased, handed on when a replica goes away."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.store import RedisStore
from handlers.errors import StopClaiming
from handlers.work import Commit, Queue, Timer, Verdict
from tests.contracts.store.conftest import Audit
from tests.contracts.store.make import LEASE, NOW, REVISION, StillClock, item, later


async def ids(store: RedisStore, queue: Queue, seconds: float = 0) -> list[str]:
    """Ids of what a claim finds at a time."""
    return [claimed.item.id for claimed in await store.claim(queue, later(seconds), LEASE, 100)]


async def test_a_new_item_is_recorded_and_claimed_whole(store: RedisStore) -> None:
    assert await store.record(item("e1"), ["event:Ev1"], NOW)
    [claimed] = await store.claim(Queue.PEOPLE, NOW, LEASE, 10)
    assert item("e1") == claimed.item
    assert 1 == claimed.attempt
    assert later(LEASE) == claimed.until


async def test_a_delivery_with_a_known_name_is_not_recorded_again(store: RedisStore) -> None:
    assert await store.record(item("e1"), ["event:Ev1", "message:C1:1.1"], NOW)
    assert not await store.record(item("e2"), ["event:Ev2", "message:C1:1.1"], NOW)
    assert not await store.record(item("e1"), ["event:Ev1", "message:C1:1.1"], NOW)
    assert ["e1"] == await ids(store, Queue.PEOPLE)


async def test_a_delivery_stays_known_after_its_item_was_consumed(store: RedisStore) -> None:
    await store.record(item("e1"), ["event:Ev1"], NOW)
    assert await store.commit(Commit("e1", consume=item("e1"))) == Verdict.COMMITTED
    assert not await store.record(item("e1"), ["event:Ev1"], NOW)


async def test_an_item_without_names_is_known_while_it_waits(store: RedisStore) -> None:
    assert await store.record(item("e1"), [], NOW)
    assert not await store.record(item("e1"), [], NOW)
    await store.commit(Commit("e1", consume=item("e1")))
    assert await store.record(item("e1"), [], NOW)


async def test_many_records_at_once_each_get_their_own_answer(store: RedisStore) -> None:
    answers = await asyncio.gather(
        *(store.record(item(f"e{n % 50}"), [f"event:{n % 50}"], NOW) for n in range(300))
    )
    assert 50 == sum(answers)
    assert 50 == len(await ids(store, Queue.PEOPLE))


async def test_a_record_whose_caller_gave_up_disturbs_no_other(store: RedisStore) -> None:
    given_up = asyncio.create_task(store.record(item("e1"), ["1"], NOW))
    others = [asyncio.create_task(store.record(item(f"e{n}"), [str(n)], NOW)) for n in range(2, 6)]
    await asyncio.sleep(0)
    given_up.cancel()
    assert [True] * 4 == await asyncio.gather(*others)
    assert given_up.cancelled() or given_up.done()


async def test_the_longest_waiting_come_first_and_queues_are_apart(store: RedisStore) -> None:
    await store.record(item("young"), [], later(2))
    await store.record(item("old"), [], later(1))
    await store.record(item("alert", Queue.ALERTS), [], NOW)
    [first] = await store.claim(Queue.PEOPLE, later(3), LEASE, 1)
    assert "old" == first.item.id
    assert ["young"] == await ids(store, Queue.PEOPLE, 3)
    assert ["alert"] == await ids(store, Queue.ALERTS, 3)


async def test_a_leased_item_is_hidden_until_the_lease_ends(store: RedisStore, other: RedisStore) -> None:
    await store.record(item("e1"), [], NOW)
    assert ["e1"] == await ids(store, Queue.PEOPLE)
    assert [] == await ids(other, Queue.PEOPLE, LEASE - 1)
    [again] = await other.claim(Queue.PEOPLE, later(LEASE), LEASE, 1)
    assert 2 == again.attempt


async def test_a_lost_lease_cannot_be_extended_parked_or_committed(
    store: RedisStore, other: RedisStore
) -> None:
    await store.record(item("e1"), [], NOW)
    [lost] = await store.claim(Queue.PEOPLE, NOW, LEASE, 1)
    [held] = await other.claim(Queue.PEOPLE, later(LEASE), LEASE, 1)
    assert not await store.extend(lost, later(99))
    await store.park(lost, "poison", NOW)
    mine = Commit("e1", consume=lost.item, holding=lost.token)
    assert await store.commit(mine) == Verdict.LOST_CLAIM
    theirs = Commit("e1", consume=held.item, holding=held.token)
    assert await other.commit(theirs) == Verdict.COMMITTED
    assert await store.commit(mine) == Verdict.DUPLICATE
    assert not await other.extend(held, later(99))


async def test_an_extended_lease_lasts_longer(store: RedisStore) -> None:
    await store.record(item("e1"), [], NOW)
    [claimed] = await store.claim(Queue.PEOPLE, NOW, LEASE, 1)
    assert await store.extend(claimed, later(100))
    assert [] == await ids(store, Queue.PEOPLE, 99)
    assert ["e1"] == await ids(store, Queue.PEOPLE, 100)


async def test_a_lease_that_ended_unnoticed_is_still_its_holders(store: RedisStore) -> None:
    await store.record(item("e1"), [], NOW)
    [claimed] = await store.claim(Queue.PEOPLE, NOW, LEASE, 1)
    assert await store.extend(claimed, later(2 * LEASE))


async def test_a_parked_item_is_kept_and_recorded_and_not_claimed_again(
    store: RedisStore, audit: Audit
) -> None:
    await store.record(item("e1"), [], NOW)
    [claimed] = await store.claim(Queue.PEOPLE, NOW, LEASE, 1)
    await store.park(claimed, "cannot be read", later(1))
    await store.park(claimed, "cannot be read", later(1))
    assert [] == await ids(store, Queue.PEOPLE, 1000)
    [entry] = audit()
    assert ("item-parked", "people/e1", 1) == (entry["event"], entry["subject"], entry["seq"])
    assert claimed.item.body not in json.dumps(entry)


async def test_a_timer_is_an_item_that_shows_when_it_is_due(store: RedisStore) -> None:
    timer = Timer("A-1/ack", later(900), '{"do": "escalate"}')
    assert await store.commit(Commit("c", arm=(timer,))) == Verdict.COMMITTED
    assert [] == await ids(store, Queue.DUE, 899)
    [claimed] = await store.claim(Queue.DUE, later(900), LEASE, 10)
    assert (timer.id, timer.body) == (claimed.item.id, claimed.item.body)


async def test_arming_again_replaces_a_timer_and_takes_its_claim_away(store: RedisStore) -> None:
    await store.commit(Commit("c1", arm=(Timer("t", NOW, "old"),)))
    [claimed] = await store.claim(Queue.DUE, NOW, LEASE, 1)
    await store.commit(Commit("c2", arm=(Timer("t", later(5), "new"),)))
    stale = Commit("c3", consume=claimed.item, holding=claimed.token)
    assert await store.commit(stale) == Verdict.LOST_CLAIM
    assert not await store.extend(claimed, later(99))
    [anew] = await store.claim(Queue.DUE, later(5), LEASE, 1)
    assert ("new", 1) == (anew.item.body, anew.attempt)


async def test_a_timer_that_fires_may_arm_itself_anew_in_one_commit(store: RedisStore) -> None:
    await store.commit(Commit("c1", arm=(Timer("t", NOW, "first"),)))
    [claimed] = await store.claim(Queue.DUE, NOW, LEASE, 1)
    again = Commit("t", consume=claimed.item, holding=claimed.token, arm=(Timer("t", later(60), "second"),))
    assert await store.commit(again) == Verdict.COMMITTED
    assert await store.commit(again) == Verdict.LOST_CLAIM
    [second] = await store.claim(Queue.DUE, later(60), LEASE, 1)
    assert ("second", 1) == (second.item.body, second.attempt)


async def test_a_disarmed_timer_never_fires(store: RedisStore) -> None:
    await store.commit(Commit("c1", arm=(Timer("t", NOW, "{}"),)))
    [claimed] = await store.claim(Queue.DUE, NOW, LEASE, 1)
    await store.commit(Commit("c2", disarm=("t", "never-armed")))
    assert [] == await ids(store, Queue.DUE, 1000)
    assert await store.commit(Commit("t", consume=claimed.item, holding=claimed.token)) == Verdict.DUPLICATE


async def test_a_replica_with_other_policies_claims_nothing(
    store: RedisStore, other: RedisStore, clock: StillClock
) -> None:
    await store.record(item("e1"), [], NOW)
    await other.enlist("replica-2", "policies-2", clock.now(), 60, force=True)
    with pytest.raises(StopClaiming, match="policies-2"):
        await store.claim(Queue.PEOPLE, NOW, LEASE, 1)
    await store.enlist("replica-1", REVISION, clock.now(), 60, force=True)
    assert ["e1"] == await ids(store, Queue.PEOPLE)


async def test_nobody_claims_before_a_revision_is_active(other: RedisStore) -> None:
    with pytest.raises(StopClaiming):
        await other.claim(Queue.PEOPLE, NOW, LEASE, 1)
