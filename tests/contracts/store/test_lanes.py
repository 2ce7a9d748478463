"""Lanes and gates: who is served first, what is replaced, and what a slow channel holds up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.store import RedisStore
from handlers.messages import Card
from handlers.work import Commit, Delivery, Lane, Pace, Sending
from tests.contracts.store.make import LEASE, NOW, later
from tests.contracts.store.servers import Server


def message(slot: str, lane: Lane = Lane.ALERT, *, text: str = "", **where: str) -> Delivery:
    """A message in C1 unless `where` says otherwise."""
    place = {"channel": "C1", **where}
    return Delivery(slot=slot, card=Card(summary=text or slot), lane=lane, **place)


def whisper(slot: str, user: str = "U1", **where: str) -> Delivery:
    return message(slot, Lane.ANSWER, whisper_to=user, **where)


async def queue(store: RedisStore, *messages: Delivery) -> None:
    """Commit messages, each by itself."""
    for one in messages:
        await store.commit(Commit("c", deliver=(one,)))


async def take(store: RedisStore, seconds: float = 0, busy: Sequence[str] = ()) -> Sending:
    """The next message at a time; there must be one."""
    sending = await store.next_sending(later(seconds), LEASE, busy)
    assert sending is not None
    return sending


async def send(store: RedisStore, sending: Sending, pace: Pace | None = None, seconds: float = 0) -> None:
    """Slack takes it; its ts is its outbox id, in C1 unless it stands already."""
    place = (sending.posted_channel or "C1", sending.posted_ts or sending.id)
    assert await store.sent(sending, *place, later(seconds), pace or Pace())


async def send_all(store: RedisStore, seconds: float = 0) -> list[str]:
    """Send everything that is due; returns what was shown, in order."""
    shown = []
    while sending := await store.next_sending(later(seconds), LEASE, ()):
        shown.append(sending.delivery.card.summary)
        await send(store, sending)
    return shown


async def test_answers_go_before_alerts_that_wait_longer(store: RedisStore) -> None:
    await queue(store, *(message(f"a{n}") for n in range(30)), message("answer", Lane.ANSWER))
    assert ["answer", "a0"] == (await send_all(store))[:2]


async def test_updates_that_answer_somebody_go_before_other_updates(store: RedisStore) -> None:
    await queue(store, message("a"), message("b"))
    await send_all(store)
    await queue(store, message("a", text="a 2"), message("b", Lane.ANSWER, text="b 2"))
    assert ["b 2", "a 2"] == await send_all(store)


async def test_within_a_lane_the_oldest_goes_first(store: RedisStore) -> None:
    expected = [f"a{n}" for n in range(12)]
    await queue(store, *(message(slot, Lane.ANSWER) for slot in expected))
    assert expected == await send_all(store)


async def test_an_answer_in_a_thread_pulls_what_stands_before_it(store: RedisStore) -> None:
    await queue(store, *(message(f"a{n}") for n in range(5)))
    await queue(store, message("answer", Lane.ANSWER, thread="a3"))
    assert ["a3", "answer", "a0", "a1", "a2", "a4"] == await send_all(store)


async def test_a_thread_falls_back_when_its_answer_is_given(store: RedisStore) -> None:
    await queue(store, message("a"), message("b"))
    await queue(store, message("answer", Lane.ANSWER, thread="b"), message("note", thread="b"))
    assert ["b", "answer", "a", "note"] == await send_all(store)


async def test_a_thread_is_one_line_whether_named_by_slot_or_by_ts(store: RedisStore) -> None:
    await queue(store, message("root"))
    root = await take(store)
    await send(store, root)
    await queue(store, message("first", thread="root"), message("second", Lane.ANSWER, thread_ts=root.id))
    assert ["first", "second"] == await send_all(store)


async def test_a_newer_message_replaces_one_that_waits_and_keeps_its_turn(store: RedisStore) -> None:
    await queue(store, message("a"), message("b"), *(message("a", text=f"a {n}") for n in range(50)))
    assert ["a 49", "b"] == await send_all(store)


async def test_fifty_updates_of_a_posted_message_are_sent_once(store: RedisStore) -> None:
    await queue(store, message("a"))
    await send(store, await take(store))
    await queue(store, *(message("a", text=f"a {n}") for n in range(50)))
    assert ["a 49"] == await send_all(store)


async def test_what_one_commit_shows_twice_is_one_message(store: RedisStore) -> None:
    await store.commit(Commit("c", deliver=(message("a"), message("b"), message("a", text="a 2"))))
    assert ["a 2", "b"] == await send_all(store)


async def test_a_replacement_that_answers_somebody_goes_first(store: RedisStore) -> None:
    await queue(store, message("a"), message("b"), message("b", Lane.ANSWER, text="b 2"))
    await queue(store, message("b", text="b 3"))
    assert ["b 3", "a"] == await send_all(store)


async def test_what_is_being_tried_is_not_replaced(store: RedisStore) -> None:
    """Its post may stand in Slack already: the newer one becomes its update."""
    await queue(store, message("a"))
    tried = await take(store)
    await queue(store, message("a", text="a 2"), message("a", text="a 3"))
    await store.postpone(tried, NOW, attempted=True)
    again = await take(store)
    assert (tried.id, "a", 2) == (again.id, again.delivery.card.summary, again.attempt)
    await send(store, again)
    update = await take(store)
    assert ("a 3", again.id) == (update.delivery.card.summary, update.posted_ts)


async def test_what_was_not_tried_after_all_is_replaced_again(store: RedisStore) -> None:
    await queue(store, message("a"))
    await store.postpone(await take(store), NOW, attempted=False)
    await queue(store, message("a", text="a 2"))
    assert ["a 2"] == await send_all(store)


async def test_a_message_of_a_commit_that_was_refused_replaces_nothing(store: RedisStore) -> None:
    await queue(store, message("a"))
    await store.commit(Commit("spoken", once_in="t"))
    await store.commit(Commit("spoken", once_in="t", deliver=(message("a", text="a 2"),)))
    assert ["a"] == await send_all(store)


@pytest.mark.parametrize(
    "elsewhere",
    [
        message("posted", text="update"),
        message("d", channel="C2"),
        whisper("w"),
        whisper("w", reply_url="https://hooks.slack.com/1"),
    ],
    ids=["an update there", "a post elsewhere", "a whisper there", "an answer to a command there"],
)
async def test_a_closed_gate_holds_up_one_method_in_one_channel(
    elsewhere: Delivery, store: RedisStore
) -> None:
    await queue(store, message("posted"))
    await send(store, await take(store))
    await queue(store, message("a"), message("b"))
    await store.postpone(await take(store), later(30), attempted=False)
    await queue(store, elsewhere)
    assert [elsewhere.card.summary] == await send_all(store, 29)
    assert ["a", "b"] == await send_all(store, 30)


async def test_a_gate_stays_closed_when_nothing_waits_there(store: RedisStore) -> None:
    await queue(store, message("a"))
    sending = await take(store)
    await store.postpone(sending, later(30), attempted=False)
    await store.undeliverable(await take(store, 30), "no", later(20))
    await queue(store, message("b"))
    assert [] == await send_all(store, 29)
    assert ["b"] == await send_all(store, 30)


async def test_a_message_that_stands_aside_holds_up_its_own_thread_only(store: RedisStore) -> None:
    await queue(store, message("a"), message("a2", thread="a"), message("b"))
    await store.postpone(await take(store), later(30), attempted=True, alone=True)
    await queue(store, message("a3", Lane.ANSWER, thread="a"))
    assert ["b"] == await send_all(store, 29)
    assert ["a", "a2", "a3"] == await send_all(store, 30)


async def test_a_gate_lets_a_burst_through_and_then_keeps_its_pace(store: RedisStore) -> None:
    pace = Pace(every=1.0, burst=3)
    await queue(store, *(message(f"a{n}") for n in range(5)))
    for _ in range(3):
        await send(store, await take(store), pace)
    assert await store.next_sending(later(0.9), LEASE, ()) is None
    await send(store, await take(store, 1), pace, 1)
    assert await store.next_sending(later(1.9), LEASE, ()) is None
    await send(store, await take(store, 2), pace, 2)


async def test_a_pace_is_kept_when_nothing_waits_meanwhile(store: RedisStore) -> None:
    await queue(store, message("a"))
    await send(store, await take(store), Pace(every=5))
    await queue(store, message("b"))
    assert await store.next_sending(later(4), LEASE, ()) is None
    assert ["b"] == await send_all(store, 5)


async def test_after_slack_asked_for_patience_there_is_no_burst(store: RedisStore) -> None:
    pace = Pace(every=1.0, burst=3)
    await queue(store, message("a"), message("b"))
    await store.postpone(await take(store), later(30), attempted=False)
    await send(store, await take(store, 30), pace, 30)
    assert await store.next_sending(later(30.9), LEASE, ()) is None
    assert ["b"] == await send_all(store, 31)


async def test_a_channel_is_one_gate_once_its_id_is_known(store: RedisStore) -> None:
    await queue(store, message("a", channel="#ops"))
    await store.sent(await take(store), "C042", "1.1", NOW)
    await queue(store, message("b", channel="#ops"))
    assert "post C042" == (await take(store)).queue
    await queue(store, message("c", channel="C042"))
    assert await store.next_sending(NOW, LEASE, ()) is None


async def test_a_reply_waits_at_the_gate_of_its_threads_channel(store: RedisStore) -> None:
    await queue(store, message("root", channel="#ops"))
    await store.sent(await take(store), "C042", "1.1", NOW)
    await queue(store, message("reply", channel="C7", thread="root"))
    assert "post C042" == (await take(store)).queue


async def test_whispers_to_one_person_keep_their_order(store: RedisStore) -> None:
    await queue(store, *(whisper(f"w{n}") for n in range(5)))
    assert [f"w{n}" for n in range(5)] == await send_all(store)


async def test_names_with_spaces_and_percent_signs_are_kept_apart(store: RedisStore) -> None:
    slots = ["a", "a b", "a%20b", "a b c", "a  ", "%", "%25", "a\nb"]
    await queue(store, *(message(slot) for slot in slots))
    await queue(store, *(message(f"in {slot}", thread=slot) for slot in slots))
    shown = await send_all(store)
    assert sorted([*slots, *(f"in {slot}" for slot in slots)]) == sorted(shown)
    for slot in slots:
        assert shown.index(slot) < shown.index(f"in {slot}")


async def test_two_senders_share_gates_but_never_one(store: RedisStore, other: RedisStore) -> None:
    await queue(store, message("a"), message("b"), message("c", channel="C2"), whisper("w"))
    taken = [await take(store), await take(other), await take(store)]
    assert {"post C1", "post C2", "whisper C1"} == {one.queue for one in taken}
    assert await other.next_sending(NOW, LEASE, ()) is None


async def calls(store: RedisStore, server: Server, one: Delivery) -> int:
    """How many commands the server runs to queue and send one answer."""
    with server.plain() as node:
        before = _total(node.info("commandstats"))
        await queue(store, one)
        await send(store, await take(store))
        return _total(node.info("commandstats")) - before


def _total(stats: dict[str, dict[str, int]]) -> int:
    return sum(one["calls"] for name, one in stats.items() if not name.startswith("cmdstat_config"))


async def test_an_answer_costs_the_same_behind_ten_and_behind_two_thousand_alerts(
    store: RedisStore, server: Server
) -> None:
    await queue(store, message("first", Lane.ANSWER))
    await send(store, await take(store))  # the scripts are known, the channel too
    await queue(store, *(message(f"a{n}") for n in range(10)))
    behind_ten = await calls(store, server, message("x", Lane.ANSWER))
    for n in range(20):
        many = tuple(message(f"b{n}/{m}") for m in range(100))
        await store.commit(Commit("c", deliver=many))
    assert behind_ten == await calls(store, server, message("y", Lane.ANSWER))
