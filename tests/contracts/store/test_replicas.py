"""Which replicas live and which policy revision is in force."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.store import RedisStore
from tests.contracts.store.make import NOW, later


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
