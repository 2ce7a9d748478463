"""Ordered lists: who waits longest, what ended last, however many there are."""

from __future__ import annotations

from bot.store import RedisStore
from handlers.work import Commit, Rank, Verdict
from tests.contracts.store.make import later, request


async def rank(store: RedisStore, name: str, second: int, most: int = 0) -> None:
    """Write request R-<second> and put it into the list at that second."""
    key = request(f"R-{second}")
    await store.commit(Commit("c", put={key: "{}"}, rank=(Rank(name, key, later(second), most),)))


async def test_a_list_is_told_from_either_end_with_its_whole_length(store: RedisStore) -> None:
    for second in (3, 1, 2):
        await rank(store, "waiting/s", second)
    first = await store.ranked("waiting/s", 2)
    last = await store.ranked("waiting/s", 2, latest=True)
    assert (["R-1", "R-2"], 3) == ([one.key.id for one in first.objects], first.count)
    assert (["R-3", "R-2"], 3) == ([one.key.id for one in last.objects], last.count)


async def test_a_list_that_nobody_wrote_is_empty(store: RedisStore) -> None:
    found = await store.ranked("waiting/s", 2)
    assert ((), 0) == (found.objects, found.count)


async def test_an_object_stands_in_a_list_once_at_its_newest_place(store: RedisStore) -> None:
    await rank(store, "waiting/s", 1)
    await rank(store, "waiting/s", 2)
    moved = Commit("c", rank=(Rank("waiting/s", request("R-1"), later(9)),))
    assert Verdict.COMMITTED == await store.commit(moved)
    assert ["R-2", "R-1"] == [one.key.id for one in (await store.ranked("waiting/s", 9)).objects]


async def test_what_is_taken_out_is_out(store: RedisStore) -> None:
    await rank(store, "waiting/s", 1)
    await store.commit(Commit("c", unrank=(("waiting/s", request("R-1")),)))
    assert 0 == (await store.ranked("waiting/s", 9)).count


async def test_a_bounded_list_keeps_only_the_latest(store: RedisStore) -> None:
    for second in range(5):
        await rank(store, "ended/s", second, most=3)
    found = await store.ranked("ended/s", 9, latest=True)
    assert (["R-4", "R-3", "R-2"], 3) == ([one.key.id for one in found.objects], found.count)


async def test_a_refused_commit_changes_no_list(store: RedisStore) -> None:
    key = request("R-1")
    refused = Commit("c", expect={key: 7}, rank=(Rank("waiting/s", key, later(1)),))
    assert Verdict.CONFLICT == await store.commit(refused)
    assert 0 == (await store.ranked("waiting/s", 9)).count
