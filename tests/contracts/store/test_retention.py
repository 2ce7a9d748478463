"""Old things can be forgotten, in bounded slices; what is new, waited for or still linked stays."""

from __future__ import annotations

from typing import Any

from bot.store import RedisStore
from handlers.trimming import first_trim
from handlers.work import Commit, Delivery, Key, Queue, Verdict
from tests.contracts.store.conftest import Audit
from tests.contracts.store.make import LEASE, NOW, StillClock, entry, item, later, message, request
from tests.contracts.store.servers import Server

DAY = 86_400.0


async def show(store: RedisStore, clock: StillClock, *deliveries: Delivery) -> None:
    """Queue messages and send them, each at a ts of its own."""
    await store.commit(Commit("c", deliver=deliveries))
    while sending := await store.next_sending(clock.now(), LEASE, ()):
        await store.sent(sending, "C1", sending.posted_ts or sending.id, clock.now())


def keys(server: Server, workspace: str) -> dict[str, Any]:
    """Every key of the workspace but its audit stream, and how much each holds."""
    counts = {"zset": "zcard", "hash": "hlen", "set": "scard", "string": "strlen"}
    with server.plain() as node:
        names = [name.decode() for name in node.scan_iter(f"{{cs:{workspace}}}:*", count=1000)]
        kept = [name for name in names if not name.endswith(":audit") and ":proof:" not in name]
        return {name.split(":", 2)[2]: getattr(node, counts[node.type(name).decode()])(name) for name in kept}


async def test_a_forgotten_object_is_gone_with_its_links_and_its_history_stays(
    store: RedisStore, audit: Audit
) -> None:
    key = request("R-1")
    await store.commit(Commit("c", put={key: "{}"}, link=(("ended/s", key),), audit=(entry(),)))
    forgotten = Commit("trim", expect={key: 1}, forget=(key,), unlink=(("ended/s", key),))
    assert Verdict.COMMITTED == await store.commit(forgotten)
    assert 0 == (await store.read([key]))[key].version
    assert [] == await store.linked("ended/s")
    assert [] == await store.unwritten(later(1), 10)
    assert ["approved"] == [one["event"] for one in audit()]


async def test_an_object_that_changed_meanwhile_is_not_forgotten(store: RedisStore) -> None:
    key = request("R-1")
    await store.commit(Commit("c", put={key: "{}"}))
    await store.commit(Commit("c", put={key: "{}"}))
    assert Verdict.CONFLICT == await store.commit(Commit("trim", expect={key: 1}, forget=(key,)))
    assert 2 == (await store.read([key]))[key].version


async def test_restarts_do_not_put_the_next_slice_off(store: RedisStore, clock: StillClock) -> None:
    for _ in range(3):
        await store.commit(first_trim(clock.now(), keep_days=90))
        clock.move(DAY / 48)
    assert ["trim"] == [one.item.id for one in await store.claim(Queue.DUE, clock.now(), LEASE, 10)]


async def test_objects_are_told_oldest_first_and_so_many_at_a_time(
    store: RedisStore, clock: StillClock
) -> None:
    for n in range(9):
        await store.commit(Commit("c", put={request(f"R-{n}"): "{}"}))
        clock.move(1)
    await store.commit(Commit("c", put={request("R-0"): "{}"}))
    assert [request(f"R-{n}") for n in (1, 2, 3)] == await store.unwritten(later(7), 3)
    assert 7 == len(await store.unwritten(later(7), 100))


async def test_a_forgotten_thread_leaves_nothing_behind(
    store: RedisStore, clock: StillClock, server: Server, workspace: str
) -> None:
    before = keys(server, workspace)
    await store.commit(Commit("said", once_in="root"))
    replies = [message(f"a reply {n}", thread="root") for n in range(500)]
    await show(store, clock, message("root"), *replies)
    now = clock.move(DAY)
    assert ["root"] == await store.untouched(now, 10)
    assert await store.forget_thread("root", later(DAY - 1), now, ["thread/root"])
    left = keys(server, workspace)
    left.pop("outbox:counter")
    assert before == left


async def test_only_old_threads_go(store: RedisStore, clock: StillClock) -> None:
    await show(store, clock, message("old"), message("100% of it"))
    now = clock.move(DAY)
    await show(store, clock, message("new"))
    assert {"old", "100% of it"} == set(await store.untouched(later(DAY - 1), 10))
    for slot in ("old", "100% of it", "new"):
        await store.forget_thread(slot, later(DAY - 1), now, [])
    assert [None, None] == [await store.slot("old"), await store.slot("100% of it")]
    assert await store.slot("new") is not None


async def test_a_thread_in_which_something_was_heard_or_shown_stays(
    store: RedisStore, clock: StillClock
) -> None:
    await show(store, clock, message("heard"), message("shown"), message("updated"))
    now = clock.move(DAY)
    await store.commit(Commit("words", once_in="heard"))
    await show(store, clock, message("reply", thread="shown"), message("updated"))
    for slot in ("heard", "shown", "updated"):
        assert not await store.forget_thread(slot, later(DAY - 1), now, [])
        assert await store.slot(slot) is not None


async def test_words_of_a_kept_thread_are_known_for_ever(store: RedisStore, clock: StillClock) -> None:
    commit = Commit(
        "words", once_in="root", put={request("R-1"): "{}"}, link=(("thread/root", request("R-1")),)
    )
    await store.commit(commit)
    now = clock.move(400 * DAY)
    assert not await store.forget_thread("root", now, now, ["thread/root"])
    assert Verdict.DUPLICATE == await store.commit(commit)


async def test_a_thread_that_is_linked_is_looked_at_again_after_as_long(
    store: RedisStore, clock: StillClock
) -> None:
    await show(store, clock, message("root"))
    await store.commit(Commit("c", put={request("R-1"): "{}"}, link=(("ended/root", request("R-1")),)))
    now = clock.move(DAY)
    assert not await store.forget_thread("root", now, now, ["thread/root", "ended/root"])
    assert [] == await store.untouched(later(DAY - 1), 10)
    assert ["root"] == await store.untouched(later(DAY), 10)
    assert await store.slot("root") is not None


async def test_a_thread_for_which_a_message_waits_stays(store: RedisStore, clock: StillClock) -> None:
    await show(store, clock, message("root"))
    await store.commit(Commit("c", deliver=(message("reply", thread="root"),)))
    now = clock.move(DAY)
    assert not await store.forget_thread("root", now, now, [])
    sending = await store.next_sending(now, LEASE, ())
    assert sending is not None
    assert sending.root_ts


async def test_what_was_set_aside_long_ago_goes_so_many_at_a_time(
    store: RedisStore, clock: StillClock, server: Server, workspace: str
) -> None:
    for n in range(6):
        await store.record(item(f"e{n}"), [], NOW)
        await store.commit(Commit("c", deliver=(message(f"s{n}"),)))
    for claimed in await store.claim(Queue.PEOPLE, NOW, LEASE, 6):
        await store.park(claimed, "poison", clock.now())
    while sending := await store.next_sending(NOW, LEASE, ()):
        await store.undeliverable(sending, "archived", clock.now())
    await store.record(item("new"), [], NOW)
    [claimed] = await store.claim(Queue.PEOPLE, NOW, LEASE, 1)
    await store.park(claimed, "poison", clock.move(DAY))
    assert [5, 5, 2, 0] == [await store.forget_set_aside(later(DAY - 1), 5) for _ in range(4)]
    left = keys(server, workspace)
    assert (1, 1) == (left["parked"], left["aside"])
    assert "outbox:dead" not in left


async def test_an_object_that_somebody_deleted_from_outside_can_be_forgotten(
    store: RedisStore, server: Server, workspace: str
) -> None:
    await store.commit(Commit("c", put={Key("alert", "A-1"): "{}"}))
    with server.plain() as node:
        node.delete(f"{{cs:{workspace}}}:object:alert/A-1")
    [key] = await store.unwritten(later(1), 10)
    await store.commit(Commit("trim", expect={key: 0}, forget=(key,)))
    assert [] == await store.unwritten(later(1), 10)
