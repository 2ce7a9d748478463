"""The outbox: threads in order at the gates of channels, nothing lost and nothing sent unseen."""

from __future__ import annotations

import json
from typing import Any

from bot.store import RedisStore
from handlers.work import Commit, Sending
from tests.contracts.store.conftest import Audit
from tests.contracts.store.make import LEASE, NOW, StillClock, later, message, request
from tests.contracts.store.servers import Server


async def queue(store: RedisStore, *slots: str, channel: str = "C1", thread: str = "") -> None:
    """Commit messages in this order."""
    await store.commit(Commit("c", deliver=tuple(message(slot, channel, thread) for slot in slots)))


async def head(store: RedisStore, seconds: float = 0, busy: tuple[str, ...] = ()) -> Sending:
    """The next message at a time; there must be one."""
    sending = await store.next_sending(later(seconds), LEASE, busy)
    assert sending is not None
    return sending


async def send_all(store: RedisStore) -> list[str]:
    """Send everything that is due; returns the slots in the order of sending."""
    slots = []
    while sending := await store.next_sending(NOW, LEASE, []):
        slots.append(sending.delivery.slot)
        assert await store.sent(sending, "C1", f"{len(slots)}.0", NOW)
    return slots


async def test_messages_of_a_channel_are_sent_in_the_order_of_their_commits(store: RedisStore) -> None:
    expected = [f"s{n}" for n in range(12)]
    await queue(store, *expected[:5])
    for slot in expected[5:]:
        await queue(store, slot)
    assert expected == await send_all(store)


async def test_a_channel_is_leased_to_one_sender(store: RedisStore, other: RedisStore) -> None:
    await queue(store, "s1", "s2")
    first = await head(store)
    assert await other.next_sending(later(LEASE - 1), LEASE, []) is None
    second_try = await head(other, LEASE)
    assert (first.id, 1, 2) == (second_try.id, first.attempt, second_try.attempt)


async def test_a_sender_that_lost_its_lease_records_nothing(store: RedisStore, other: RedisStore) -> None:
    await queue(store, "s1")
    lost = await head(store)
    held = await head(other, LEASE)
    assert not await store.sent(lost, "C1", "1.1", NOW)
    await store.postpone(lost, later(500), attempted=False)
    await store.undeliverable(lost, "gone", NOW)
    assert await store.slot("s1") is None
    assert await other.sent(held, "C1", "2.2", NOW)
    assert ("C1", "2.2") == await store.slot("s1")


async def test_channels_wait_for_themselves_only(store: RedisStore, clock: StillClock) -> None:
    await queue(store, "a1", "a2", channel="CA")
    clock.move(1)
    await queue(store, "b1", channel="CB")
    assert "post CA" == (await head(store, 2)).queue
    assert "post CB" == (await head(store, 2)).queue
    assert await store.next_sending(later(2), LEASE, []) is None


async def test_a_channel_whose_name_begins_another_is_its_own_queue(store: RedisStore) -> None:
    await queue(store, "long", channel="#ops-critical")
    await queue(store, "short", channel="#ops")
    slots = {(await head(store)).delivery.slot, (await head(store)).delivery.slot}
    assert {"long", "short"} == slots


async def test_busy_channels_are_passed_over(store: RedisStore, clock: StillClock) -> None:
    for n in range(30):
        await queue(store, f"s{n}", channel=f"C{n:02}")
        clock.move(1)
    busy = tuple(f"post C{n:02}" for n in range(29))
    assert "post C29" == (await head(store, 60, busy)).queue
    assert await store.next_sending(later(60), LEASE, busy) is None


async def test_a_sent_message_frees_its_channel_and_is_found_again(store: RedisStore) -> None:
    await queue(store, "s1", channel="#ops")
    await store.commit(Commit("c", put={request("R-1"): "{}"}, link=(("thread/s1", request("R-1")),)))
    assert await store.sent(await head(store), "C042", "17.5", NOW)
    assert ("C042", "17.5") == await store.slot("s1")
    thread = await store.thread("C042", "17.5")
    assert thread is not None
    assert ("s1", "C042", "17.5") == (thread.slot, thread.channel, thread.ts)
    assert [stored.key for stored in thread.objects] == [request("R-1")]
    assert await store.thread("#ops", "17.5") is None
    assert await store.next_sending(later(1000), LEASE, []) is None


async def test_a_later_message_for_a_slot_learns_where_it_stands(store: RedisStore) -> None:
    await queue(store, "s1", channel="#ops")
    first = await head(store)
    await queue(store, "s1", channel="#ops")
    assert ("", "") == (first.posted_channel, first.posted_ts)
    await store.sent(first, "C042", "17.5", NOW)
    second = await head(store)
    assert ("C042", "17.5") == (second.posted_channel, second.posted_ts)


async def test_a_reply_learns_its_threads_root(store: RedisStore) -> None:
    await queue(store, "root", channel="#ops")
    await queue(store, "reply", channel="#ops", thread="root")
    await store.sent(await head(store), "C042", "17.5", NOW)
    reply = await head(store)
    assert ("C042", "17.5") == (reply.root_channel, reply.root_ts)


async def test_a_reply_in_somebody_elses_thread_keeps_its_root(store: RedisStore) -> None:
    await store.commit(Commit("c", deliver=(message("reply", thread_ts="3.3"),)))
    reply = await head(store)
    assert ("C1", "3.3") == (reply.root_channel, reply.root_ts)


async def test_a_reply_whose_root_was_undeliverable_does_not_stop_its_channel(store: RedisStore) -> None:
    await queue(store, "root")
    await queue(store, "reply", thread="root")
    await queue(store, "next")
    await store.undeliverable(await head(store), "channel_not_found", NOW)
    reply = await head(store)
    assert ("reply", "") == (reply.delivery.slot, reply.root_ts)
    await store.undeliverable(reply, "its root was never posted", NOW)
    assert "next" == (await head(store)).delivery.slot


async def test_an_undeliverable_message_is_kept_and_recorded(
    store: RedisStore, server: Server, workspace: str, audit: Audit
) -> None:
    await queue(store, "s1")
    sending = await head(store)
    await store.undeliverable(sending, "is_archived", NOW)
    [recorded] = audit()
    assert "message-undeliverable" == recorded["event"]
    assert {"channel": "C1", "why": "is_archived"} == recorded["detail"]
    with server.plain() as client:
        kept: dict[bytes, Any] = client.hgetall(f"{{cs:{workspace}}}:outbox:dead")
    assert "s1" == json.loads(kept[sending.id.encode()])["delivery"]["slot"]


async def test_a_postponed_message_waits_at_the_head_of_its_channel(store: RedisStore) -> None:
    await queue(store, "s1", "s2")
    await store.postpone(await head(store), later(10), attempted=True)
    assert await store.next_sending(later(9), LEASE, []) is None
    again = await head(store, 10)
    assert ("s1", 2) == (again.delivery.slot, again.attempt)


async def test_an_attempt_that_was_none_is_taken_back(store: RedisStore) -> None:
    await queue(store, "s1")
    await store.postpone(await head(store), NOW, attempted=False)
    assert 1 == (await head(store)).attempt


async def test_a_new_message_does_not_wake_a_postponed_channel(store: RedisStore) -> None:
    await queue(store, "s1")
    await store.postpone(await head(store), later(60), attempted=True)
    await queue(store, "s2")
    assert await store.next_sending(later(59), LEASE, []) is None


async def test_a_message_queued_while_its_channel_is_leased_is_sent_next(store: RedisStore) -> None:
    await queue(store, "s1")
    first = await head(store)
    await queue(store, "s2")
    await store.sent(first, "C1", "1.1", NOW)
    assert "s2" == (await head(store)).delivery.slot


async def test_a_whisper_leaves_no_place_behind(store: RedisStore) -> None:
    whisper = message("whisper/1").model_copy(update={"whisper_to": "U1"})
    await store.commit(Commit("c", deliver=(whisper,)))
    assert await store.sent(await head(store), "C1", "1.1", NOW)
    assert await store.slot("whisper/1") is None
    assert await store.thread("C1", "1.1") is None


async def test_a_message_that_no_release_can_read_does_not_stop_its_channel(
    store: RedisStore, server: Server, workspace: str, audit: Audit
) -> None:
    await queue(store, "s1")
    with server.plain() as client:
        deliveries = f"{{cs:{workspace}}}:outbox:deliveries"
        [broken] = client.hkeys(deliveries)
        client.hset(deliveries, broken, '{"delivery": {"slot": 7}}')
    await queue(store, "s2")
    assert "s2" == (await head(store)).delivery.slot
    assert ["message-undeliverable"] == [entry["event"] for entry in audit()]


async def test_what_somebody_deleted_from_outside_does_not_stop_a_channel(
    store: RedisStore, server: Server, workspace: str
) -> None:
    await queue(store, *(f"s{n}" for n in range(40)))
    await queue(store, "elsewhere", channel="C2")
    with server.plain() as client:
        client.delete(f"{{cs:{workspace}}}:outbox:deliveries")
    await queue(store, "new")
    slots = [slot for _ in range(5) for slot in await send_all(store)]
    assert ["new"] == slots
    assert await store.next_sending(later(1000), LEASE, []) is None


async def test_ids_of_messages_are_never_used_again(
    store: RedisStore, server: Server, workspace: str
) -> None:
    await queue(store, "s1")
    first = await head(store)
    with server.plain() as client:
        client.delete(f"{{cs:{workspace}}}:outbox:counter")
    await store.sent(first, "C1", "1.1", NOW)
    await queue(store, "s1")
    assert (await head(store)).id != first.id
