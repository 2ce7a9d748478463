"""Which replicas live and which policy revision is in force."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.store import RedisStore
from handlers.work import Item, Queue
from tests.contracts.store.make import NOW, REVISION, later


async def test_the_first_replica_makes_its_revision_the_active_one(other: RedisStore) -> None:
    enlisted = await other.enlist("r1", "one", NOW, 30)
    assert ("one", "") == (enlisted.active_revision, enlisted.taken_over_from)


async def test_the_server_tells_its_own_time(other: RedisStore) -> None:
    before = datetime.now(UTC)
    server_now = (await other.enlist("r1", "one", NOW, 30)).server_now
    assert abs((server_now - before).total_seconds()) < 60


async def test_a_revision_stays_while_another_living_replica_holds_it(other: RedisStore) -> None:
    await other.enlist("r1", "one", NOW, 30)
    enlisted = await other.enlist("r2", "two", later(29), 30)
    assert ("one", "") == (enlisted.active_revision, enlisted.taken_over_from)


async def test_a_revision_is_replaced_when_its_last_replica_lives_no_more(other: RedisStore) -> None:
    await other.enlist("r1", "one", NOW, 30)
    enlisted = await other.enlist("r2", "two", later(30), 30)
    assert ("two", "one") == (enlisted.active_revision, enlisted.taken_over_from)
    assert "" == (await other.enlist("r2", "two", later(31), 30)).taken_over_from


async def test_a_replica_that_resigns_is_not_waited_for(other: RedisStore) -> None:
    await other.enlist("r1", "one", NOW, 30)
    await other.resign("r1")
    assert "one" == (await other.enlist("r2", "two", NOW, 30)).taken_over_from


async def test_a_replica_alone_may_change_its_own_revision(other: RedisStore) -> None:
    await other.enlist("r1", "one", NOW, 30)
    assert "one" == (await other.enlist("r1", "two", NOW, 30)).taken_over_from


async def test_force_replaces_a_revision_that_others_hold(other: RedisStore) -> None:
    await other.enlist("r1", "one", NOW, 30)
    forced = await other.enlist("r2", "two", NOW, 30, force=True)
    assert ("two", "one") == (forced.active_revision, forced.taken_over_from)
    assert "two" == (await other.enlist("r1", "one", NOW, 30)).active_revision


async def test_force_without_a_change_takes_over_from_nobody(other: RedisStore) -> None:
    await other.enlist("r1", "one", NOW, 30)
    assert "" == (await other.enlist("r1", "one", NOW, 30, force=True)).taken_over_from


@pytest.mark.parametrize("off", [-3600, 3600])
async def test_a_replica_with_a_wrong_clock_replaces_no_revision(other: RedisStore, off: int) -> None:
    server = (await other.enlist("r1", "one", datetime.now(UTC), 30, drift=5)).server_now
    wrong = server + timedelta(seconds=off)
    assert "one" == (await other.enlist("r2", "two", wrong, 30, drift=5)).active_revision
    assert "one" == (await other.enlist("r2", "two", wrong, 30, force=True, drift=5)).active_revision
    assert "one" == (await other.enlist("r3", "three", server, 30, drift=5)).active_revision


async def test_that_a_revision_is_replaced_is_due_work_at_once(other: RedisStore) -> None:
    told = Item(Queue.DUE, "policies/1", '{"do": "policies-active"}')
    await other.enlist("r1", "one", NOW, 30, told=told)
    await other.enlist("r2", REVISION, NOW, 30, force=True, told=told)
    await other.enlist("r2", REVISION, NOW, 30, told=told)
    claimed = await other.claim(Queue.DUE, NOW, 30, 10)
    assert [{"before": "one", "do": "policies-active"}] == [json.loads(one.item.body) for one in claimed]
