"""Units of work: compare, then write everything together."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.store import RedisStore, TooLarge
from bot.store.keys import Keys
from handlers.errors import DoNotRetry, StoreUnavailable
from handlers.work import Commit, Key, Queue, Stored, Timer, Verdict
from tests.contracts.store.conftest import Audit
from tests.contracts.store.make import LEASE, NOW, entry, item, later, message, request
from tests.contracts.store.servers import Server


async def test_a_commit_writes_everything_together(store: RedisStore, audit: Audit) -> None:
    await store.record(item("e1"), [], NOW)
    [claimed] = await store.claim(Queue.PEOPLE, NOW, LEASE, 1)
    commit = Commit(
        "e1",
        once_in="thread/s1",
        expect={request("R-1"): 0},
        put={request("R-1"): '{"state": "approved", "notes": []}'},
        link=(("thread/s1", request("R-1")),),
        audit=(entry("approved"), entry("executing")),
        deliver=(message("s1"),),
        arm=(Timer("t", later(9), "{}"),),
        consume=claimed.item,
        holding=claimed.token,
    )
    assert await store.commit(commit) == Verdict.COMMITTED
    written = Stored(request("R-1"), 1, '{"state": "approved", "notes": []}')
    assert {request("R-1"): written} == await store.read([request("R-1")])
    assert [written] == await store.linked("thread/s1")
    assert [(1, "approved"), (2, "executing")] == [(e["seq"], e["event"]) for e in audit()]
    sending = await store.next_sending(NOW, LEASE, [])
    assert sending is not None
    assert message("s1") == sending.delivery
    assert 1 == len(await store.claim(Queue.DUE, later(9), LEASE, 5))
    assert [] == await store.claim(Queue.PEOPLE, later(1000), LEASE, 5)


async def test_the_record_is_read_on_from_a_number(store: RedisStore, server: Server, workspace: str) -> None:
    said = (entry("one"), entry("two"), entry("three"))
    await store.commit(Commit("c", audit=said))
    assert list(enumerate(said[:2], start=1)) == await store.recorded(0, 2)
    assert [(3, said[2])] == await store.recorded(2, 2)
    assert [] == await store.recorded(3, 2)
    with server.plain() as client:
        client.xadd(Keys(workspace).audit, {"other": "words"}, id="7-0")
    assert [(7, "unreadable")] == [(number, one.event) for number, one in await store.recorded(3, 2)]


async def test_missing_objects_have_version_zero_and_reads_keep_their_keys(store: RedisStore) -> None:
    await store.commit(Commit("c", put={request("R-1"): "{}"}))
    read = await store.read([request("R-2"), request("R-1")])
    assert Stored(request("R-2"), 0, "") == read[request("R-2")]
    assert Stored(request("R-1"), 1, "{}") == read[request("R-1")]
    assert {} == await store.read([])


async def test_a_stale_version_is_a_conflict_even_of_an_object_only_read(store: RedisStore) -> None:
    await store.commit(Commit("c1", put={request("R-1"): "one"}))
    stale = Commit("c2", expect={request("R-1"): 0}, put={request("R-2"): "two"}, audit=(entry(),))
    assert await store.commit(stale) == Verdict.CONFLICT
    fresh = Commit("c2", expect={request("R-1"): 1, request("R-2"): 0}, put={request("R-2"): "two"})
    assert await store.commit(fresh) == Verdict.COMMITTED
    assert 1 == (await store.read([request("R-2")]))[request("R-2")].version


async def test_of_many_commits_on_one_version_exactly_one_is_written(
    store: RedisStore, other: RedisStore, audit: Audit
) -> None:
    for version in range(5):
        commits = [
            Commit(f"c{n}", expect={request("R-1"): version}, put={request("R-1"): str(n)}, audit=(entry(),))
            for n in range(20)
        ]
        verdicts = await asyncio.gather(
            *((store, other)[n % 2].commit(commit) for n, commit in enumerate(commits))
        )
        assert 1 == verdicts.count(Verdict.COMMITTED)
        assert 19 == verdicts.count(Verdict.CONFLICT)
    assert [1, 2, 3, 4, 5] == [e["seq"] for e in audit()]


async def test_of_many_commits_that_consume_one_item_exactly_one_is_written(
    store: RedisStore, other: RedisStore
) -> None:
    await store.record(item("e1"), [], NOW)
    commits = [Commit("e1", consume=item("e1"), put={request("R-1"): str(n)}) for n in range(20)]
    verdicts = await asyncio.gather(
        *((store, other)[n % 2].commit(commit) for n, commit in enumerate(commits))
    )
    assert (1, 19) == (verdicts.count(Verdict.COMMITTED), verdicts.count(Verdict.DUPLICATE))
    assert 1 == (await store.read([request("R-1")]))[request("R-1")].version


async def test_a_cause_counts_once_in_a_thread(store: RedisStore, audit: Audit) -> None:
    spoken = Commit("C1:1.1", once_in="thread/s1", put={request("R-1"): "{}"}, audit=(entry(),))
    assert await store.commit(spoken) == Verdict.COMMITTED
    assert await store.commit(spoken) == Verdict.DUPLICATE
    elsewhere = Commit("C1:1.1", once_in="thread/s2")
    assert await store.commit(elsewhere) == Verdict.COMMITTED
    assert 1 == len(audit())


async def test_a_replayed_cause_changes_nothing_and_its_item_is_done_with(store: RedisStore) -> None:
    await store.record(item("e1"), [], NOW)
    await store.commit(Commit("C1:1.1", once_in="t"))
    replay = Commit("C1:1.1", once_in="t", put={request("R-1"): "{}"}, consume=item("e1"))
    assert await store.commit(replay) == Verdict.DUPLICATE
    assert [] == list(await store.claim(Queue.PEOPLE, NOW, LEASE, 5))
    assert 0 == (await store.read([request("R-1")]))[request("R-1")].version


async def test_unlinked_objects_leave_the_set_and_stay_stored(store: RedisStore) -> None:
    keys = [request("R-2"), Key("alert", "A/1 x")]
    await store.commit(Commit("c1", put=dict.fromkeys(keys, "{}"), link=tuple(("open", key) for key in keys)))
    assert set(keys) == {stored.key for stored in await store.linked("open")}
    await store.commit(Commit("c2", unlink=(("open", request("R-2")),)))
    assert [Key("alert", "A/1 x")] == [stored.key for stored in await store.linked("open")]
    assert 1 == (await store.read([request("R-2")]))[request("R-2")].version
    assert [] == await store.linked("nothing here")


async def test_audit_entries_are_complete_json_with_gapless_numbers(store: RedisStore, audit: Audit) -> None:
    for n in range(3):
        await store.commit(Commit(f"c{n}", audit=(entry(),) * n))
    assert [1, 2, 3] == [e["seq"] for e in audit()]
    assert {"seq": 1, **json.loads(entry().model_dump_json())} == audit()[0]


async def test_text_of_any_kind_survives(store: RedisStore) -> None:
    body = json.dumps(
        {"text": '«O’Brien» \u0000 \U0001f512 \\ " {} ', "empty": {}, "list": []}, ensure_ascii=False
    )
    await store.commit(Commit("c", put={request("R-1"): body}))
    assert body == (await store.read([request("R-1")]))[request("R-1")].body


async def test_a_commit_that_is_too_large_is_refused_for_good(store: RedisStore) -> None:
    large = Commit("c", put={request("R-1"): "x" * 17_000_000}, audit=(entry(),))
    with pytest.raises(TooLarge) as refusal:
        await store.commit(large)
    assert isinstance(refusal.value, StoreUnavailable)
    assert isinstance(refusal.value, DoNotRetry)
    assert "too-large" == refusal.value.code
    assert 0 == (await store.read([request("R-1")]))[request("R-1")].version


async def test_a_commit_of_thousands_of_parts_is_written_whole(store: RedisStore, audit: Audit) -> None:
    keys = [request(f"R-{n}") for n in range(2000)]
    many = Commit("c", put=dict.fromkeys(keys, "{}"), audit=(entry(),) * 1000)
    assert await store.commit(many) == Verdict.COMMITTED
    assert {1} == {stored.version for stored in (await store.read(keys)).values()}
    assert list(range(1, 1001)) == [e["seq"] for e in audit()]


@pytest.mark.parametrize("kind", ["", "a/b", "a b"])
async def test_a_kind_that_would_blur_two_keys_is_refused(store: RedisStore, kind: str) -> None:
    with pytest.raises(ValueError, match="kind"):
        await store.commit(Commit("c", put={Key(kind, "1"): "{}"}))


async def test_a_channel_with_a_space_is_refused(store: RedisStore) -> None:
    with pytest.raises(ValueError, match="channel"):
        await store.commit(Commit("c", deliver=(message("s", channel="a b"),)))


async def test_an_item_without_an_id_is_refused(store: RedisStore) -> None:
    with pytest.raises(ValueError, match="id"):
        await store.commit(Commit("c", consume=item("")))
