"""Every method of the store, each with a state in which it touches everything that it can touch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.store import RedisStore
from handlers.work import Claimed, Commit, Item, Queue, Sending, Timer
from tests.contracts.store.make import LEASE, NOW, REVISION, entry, item, later, message, request


@dataclass(frozen=True)
class Operation:
    """`prepare` makes the state and returns what `act` needs; `writes` is False for one that only reads."""

    prepare: Callable[[RedisStore], Awaitable[Any]]
    act: Callable[[RedisStore, Any], Awaitable[Any]]
    writes: bool = True


async def _prepare(store: RedisStore) -> Claimed:
    """Two queued items of which one is claimed, two linked requests, a timer, and audit entries."""
    await store.enlist("replica-1", REVISION, NOW, 3600)
    await store.enlist("replica-0", "older", NOW, -1)
    await store.record(item("e1"), ["event:1"], NOW)
    await store.record(item("e2"), ["event:2"], later(1))
    commit = Commit(
        "first",
        once_in="thread/s1",
        put={request("R-1"): "{}", request("R-2"): "{}"},
        link=(("thread/s1", request("R-1")),),
        audit=(entry(),),
        arm=(Timer("t1", later(60), "{}"), Timer("t2", later(60), "{}")),
    )
    await store.commit(commit)
    [claimed] = await store.claim(Queue.PEOPLE, NOW, LEASE, 1)
    return claimed


async def _prepare_outbox(store: RedisStore) -> None:
    """A posted root, then a reply to it and one more message in the same channel."""
    await store.enlist("replica-1", REVISION, NOW, 3600)
    await store.commit(
        Commit("first", deliver=(message("root"), message("reply", thread="root"), message("last")))
    )
    root = await store.next_sending(NOW, LEASE, [])
    assert root is not None
    await store.sent(root, "C1", "1.1", NOW)
    await store.commit(
        Commit("c", put={request("R-1"): "{}"}, link=(("thread/root", request("R-1")),), audit=(entry(),))
    )


async def _prepare_sending(store: RedisStore) -> Sending:
    await _prepare_outbox(store)
    sending = await store.next_sending(NOW, LEASE, [])
    assert sending is not None
    return sending


async def _prepare_old(store: RedisStore) -> None:
    """A thread with words and messages of which nothing waits; a parked item and a dead message."""
    await store.park(await _prepare(store), "poison", NOW)
    await store.commit(Commit("said", once_in="root", deliver=(message("root"), message("x", "C2"))))
    for place in ("1.1", "2.2"):
        sending = await store.next_sending(NOW, LEASE, [])
        assert sending is not None
        if sending.delivery.slot == "root":
            await store.sent(sending, "C1", place, NOW)
        else:
            await store.undeliverable(sending, "archived", NOW)


def full_commit(claimed: Claimed) -> Commit:
    """A commit that uses every part."""
    return Commit(
        "second",
        once_in="thread/s1",
        expect={request("R-1"): 1, request("R-3"): 0},
        put={request("R-1"): '{"n": 2}', request("R-4"): "{}"},
        forget=(request("R-2"),),
        link=(("thread/s1", request("R-4")),),
        unlink=(("done", request("R-1")),),
        audit=(entry("a"), entry("b")),
        deliver=(message("s1"), message("s2", thread="s1")),
        arm=(Timer("t1", later(90), "{}"), Timer("t3", NOW, "{}")),
        disarm=("t2",),
        consume=claimed.item,
        holding=claimed.token,
    )


TOLD = Item(Queue.DUE, "policies/newer", '{"do": "policies-active"}')

OPERATIONS: Mapping[str, Operation] = {
    "enlist": Operation(
        _prepare,
        lambda store, _: store.enlist("replica-2", "newer", later(1), 30, force=True, told=TOLD),
    ),
    "resign": Operation(_prepare, lambda store, _: store.resign("replica-1")),
    "record": Operation(_prepare, lambda store, _: store.record(item("e3"), ["event:3", "message:3"], NOW)),
    "claim": Operation(_prepare, lambda store, _: store.claim(Queue.PEOPLE, later(99), LEASE, 10)),
    "extend": Operation(_prepare, lambda store, claimed: store.extend(claimed, later(99))),
    "park": Operation(_prepare, lambda store, claimed: store.park(claimed, "poison", NOW)),
    "commit": Operation(_prepare, lambda store, claimed: store.commit(full_commit(claimed))),
    "next_sending": Operation(_prepare_outbox, lambda store, _: store.next_sending(NOW, LEASE, ["C9"])),
    "sent": Operation(_prepare_sending, lambda store, sending: store.sent(sending, "C1", "2.2", NOW)),
    "postpone": Operation(
        _prepare_sending, lambda store, sending: store.postpone(sending, later(9), attempted=False)
    ),
    "undeliverable": Operation(
        _prepare_sending, lambda store, sending: store.undeliverable(sending, "archived", NOW)
    ),
    "forget_thread": Operation(
        _prepare_old, lambda store, _: store.forget_thread("root", later(1), later(2), ["ended/root"])
    ),
    "forget_set_aside": Operation(_prepare_old, lambda store, _: store.forget_set_aside(later(1), 10)),
    "unwritten": Operation(_prepare, lambda store, _: store.unwritten(later(1), 10), writes=False),
    "untouched": Operation(_prepare_outbox, lambda store, _: store.untouched(later(1), 10), writes=False),
    "read": Operation(_prepare, lambda store, _: store.read([request("R-1"), request("R-9")]), writes=False),
    "linked": Operation(_prepare, lambda store, _: store.linked("thread/s1"), writes=False),
    "thread": Operation(_prepare_outbox, lambda store, _: store.thread("C1", "1.1"), writes=False),
    "slot": Operation(_prepare_outbox, lambda store, _: store.slot("root"), writes=False),
}

WRITERS = [name for name, operation in OPERATIONS.items() if operation.writes]
READERS = [name for name, operation in OPERATIONS.items() if not operation.writes]
