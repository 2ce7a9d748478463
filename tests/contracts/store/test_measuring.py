"""How much there is: counted as things come and go, at a cost that does not grow with them."""

from __future__ import annotations

from bot.store import RedisStore
from handlers.work import Commit, Item, Key, Lane, Measures, Queue, Rank, Timer
from tests.contracts.store.make import LEASE, NOW, StillClock, later
from tests.contracts.store.test_lanes import message, queue, send, take


async def measured(store: RedisStore, seconds: float = 0, *lists: str) -> Measures:
    return await store.measure(later(seconds), lists)


def by_lane(told: Measures) -> tuple[int, ...]:
    return tuple(told.lanes[lane].count for lane in Lane)


async def test_messages_are_counted_by_lane_until_slack_has_them(store: RedisStore) -> None:
    grave = message("d", Lane.GRAVE)
    await queue(store, message("a"), message("b"), message("c", Lane.ANSWER), grave)
    assert (1, 2, 0, 1) == by_lane(await measured(store))
    for _ in range(4):
        await send(store, await take(store))
    assert (0, 0, 0, 0) == by_lane(await measured(store))


async def test_a_message_that_is_replaced_counts_once_and_in_its_new_lane(store: RedisStore) -> None:
    await queue(store, message("a"), message("a", text="newer"))
    assert (0, 1, 0, 0) == by_lane(await measured(store))
    await queue(store, message("a", Lane.ANSWER, text="newest"))
    assert (1, 0, 0, 0) == by_lane(await measured(store))
    await send(store, await take(store))
    assert (0, 0, 0, 0) == by_lane(await measured(store))
    await queue(store, message("a", text="again"))
    assert (0, 0, 1, 0) == by_lane(await measured(store)), "what stands in Slack already is an update"


async def test_the_age_of_a_lane_is_that_of_its_oldest_message(store: RedisStore, clock: StillClock) -> None:
    await queue(store, message("a"))
    clock.move(10)
    await queue(store, message("b"))
    assert 15.0 == (await measured(store, 15)).lanes[Lane.ALERT].oldest
    await send(store, await take(store, 15), seconds=15)
    assert 5.0 == (await measured(store, 15)).lanes[Lane.ALERT].oldest
    assert 0.0 == (await measured(store, 15)).lanes[Lane.UPDATE].oldest


async def test_a_message_that_is_refused_for_good_is_counted_among_those(store: RedisStore) -> None:
    await queue(store, message("a"))
    await store.undeliverable(await take(store), "is_archived", NOW)
    told = await measured(store)
    assert ((0, 0, 0, 0), 1) == (by_lane(told), told.undeliverable)


async def test_due_work_is_late_from_its_moment_on_and_not_while_it_is_worked_on(store: RedisStore) -> None:
    await store.commit(Commit("c", arm=(Timer("early", later(5), "{}"), Timer("far", later(500), "{}"))))
    assert (2, 0.0) == _due(await measured(store, 5))
    assert (2, 35.0) == _due(await measured(store, 40))
    await store.claim(Queue.DUE, later(40), LEASE, 1)
    assert (2, 0.0) == _due(await measured(store, 41))


def _due(told: Measures) -> tuple[int, float]:
    return told.queues[Queue.DUE].count, told.queues[Queue.DUE].oldest


async def test_items_and_lists_are_counted(store: RedisStore) -> None:
    await store.record(Item(Queue.ALERTS, "i1", "{}"), ("i1",), NOW)
    rank = Rank("alerts-by/firing/SEV0", Key("alert", "A-1"), NOW)
    await store.commit(Commit("c", rank=(rank,)))
    told = await measured(store, 3, "alerts-by/firing/SEV0", "alerts-by/firing/SEV1")
    assert (1, 3.0) == (told.queues[Queue.ALERTS].count, told.queues[Queue.ALERTS].oldest)
    assert {"alerts-by/firing/SEV0": 1, "alerts-by/firing/SEV1": 0} == told.lists
