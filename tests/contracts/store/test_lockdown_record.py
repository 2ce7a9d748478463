"""A replica's first look for a lockdown reads the end of the record, and believes nobody about the rest."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from bot.sealing import HmacSealer
from bot.store import RedisStore
from handlers.lockdown import KEEP_EVERY, KNOWN, follow_record, mark_anew, with_mark
from handlers.lockdown import KEY as LOCKDOWN
from handlers.lockdown_model import STARTED, Lockdown, Remembered, Word
from handlers.work import Commit
from tests.contracts.store.make import StillClock
from tests.contracts.store.servers import Server

LONG = KEEP_EVERY + 1500


class Looks:
    """A replica that looks; it counts the entries that it reads."""

    def __init__(self, store: RedisStore, clock: StillClock) -> None:
        self.entries = 0
        self._store = store
        self._world: Any = SimpleNamespace(
            store=self, clock=clock, sealer=HmacSealer("a", "b"), remembered=Remembered()
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def recorded(self, above: int, limit: int) -> Any:
        found = await self._store.recorded(above, limit)
        self.entries += len(found)
        return found

    async def look(self) -> str:
        """The lockdown that the record says is in force, empty when there is none."""
        await follow_record(self._world)
        lock = self._world.remembered.lock
        return lock.id if lock is not None else ""


class Record:
    """The audit stream of a workspace, as an operator of the store can write it."""

    def __init__(self, server: Server, workspace: str, clock: StillClock) -> None:
        self._server, self._prefix, self._clock = server, f"{{cs:{workspace}}}:", clock

    def write(self, first: int, last: int, **of: str) -> None:
        with self._server.plain() as client:
            pipeline = client.pipeline(transaction=False)
            for number in range(first, last + 1):
                told = {"event": "alert-firing", "subject": "A-1", "actor": "x", "seq": number, **of}
                entry = json.dumps(told | {"at": self._clock.now().isoformat()})
                pipeline.xadd(f"{self._prefix}audit", {"entry": entry}, id=f"{number}-0")
            pipeline.execute()

    def cut(self) -> None:
        with self._server.plain() as client:
            client.delete(f"{self._prefix}audit")


@pytest.fixture
def record(server: Server, workspace: str, clock: StillClock) -> Record:
    return Record(server, workspace, clock)


async def test_the_first_look_of_another_replica_reads_the_end_alone(
    store: RedisStore, clock: StillClock, record: Record
) -> None:
    record.write(1, LONG)
    first, second = Looks(store, clock), Looks(store, clock)
    assert ("", "") == (await first.look(), await second.look())
    assert LONG == first.entries
    assert 1 == second.entries  # the one that says that this is the record


async def test_a_lockdown_that_began_before_or_after_what_is_kept_is_known(
    store: RedisStore, clock: StillClock, record: Record
) -> None:
    record.write(1, LONG)
    await Looks(store, clock).look()
    record.write(LONG + 1, LONG + 1, event=STARTED, subject="L-1")
    assert "L-1" == await Looks(store, clock).look()
    record.write(LONG + 2, LONG + KEEP_EVERY)
    await Looks(store, clock).look()
    assert "L-1" == await Looks(store, clock).look()


@pytest.mark.parametrize("lie", [{"lock": None}, {"read": LONG}])
async def test_what_somebody_else_says_of_the_record_counts_for_nothing(
    store: RedisStore, clock: StillClock, record: Record, lie: dict[str, Any]
) -> None:
    record.write(1, 1, event=STARTED, subject="L-1")
    record.write(2, LONG)
    await Looks(store, clock).look()
    kept = (await store.read((KNOWN,)))[KNOWN]
    told = json.dumps(json.loads(kept.body) | {"lock": None} | lie)
    await store.commit(Commit("lie", expect={KNOWN: kept.version}, put={KNOWN: told}))
    assert "L-1" == await Looks(store, clock).look()


async def test_what_is_kept_of_another_record_counts_for_nothing(
    store: RedisStore, clock: StillClock, record: Record
) -> None:
    record.write(1, LONG)
    await Looks(store, clock).look()
    record.cut()
    record.write(1, 1, event=STARTED, subject="L-1")
    record.write(2, LONG, actor="y")
    assert "L-1" == await Looks(store, clock).look()


class Meanwhile:
    """A store in which something else is written before the first commit."""

    def __init__(self, store: RedisStore, commit: Commit) -> None:
        self._store, self._first = store, [commit]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, commit: Commit) -> Any:
        while self._first:
            await self._store.commit(self._first.pop())
        return await self._store.commit(commit)


@pytest.mark.parametrize("lifted", [True, False], ids=["it is lifted", "another one begins"])
async def test_what_comes_while_the_mark_is_made_anew_stays(
    store: RedisStore, clock: StillClock, lifted: bool
) -> None:
    renewed, before = HmacSealer("new", "b", earlier=[("a", "b")]), HmacSealer("a", "b")
    world: Any = SimpleNamespace(store=store, clock=clock, sealer=before)
    word = Word(by="U1", reason="x", at=clock.now())
    kept = with_mark(world, Lockdown(id="L-1", start=word))
    more = {"lifts": (word, word.model_copy(update={"by": "U2"}))} if lifted else {"id": "L-2"}
    come = with_mark(world, kept.model_copy(update=more))
    await store.commit(Commit("start", put={LOCKDOWN: kept.model_dump_json()}))
    version = (await store.read((LOCKDOWN,)))[LOCKDOWN].version
    meanwhile = Commit("meanwhile", expect={LOCKDOWN: version}, put={LOCKDOWN: come.model_dump_json()})

    await mark_anew(SimpleNamespace(store=Meanwhile(store, meanwhile), clock=clock, sealer=renewed))  # type: ignore[arg-type]

    there = Lockdown.model_validate_json((await store.read((LOCKDOWN,)))[LOCKDOWN].body)
    assert come.marked == there.marked
    assert HmacSealer("new", "b").verify(there.mark, *there.marked)


async def test_a_lockdown_whose_mark_is_not_the_bots_is_not_marked_anew(
    store: RedisStore, clock: StillClock
) -> None:
    word = Word(by="U1", reason="x", at=clock.now())
    lifts = (word, word.model_copy(update={"by": "U2"}))
    forged = Lockdown(id="L-1", start=word, lifts=lifts, mark=HmacSealer("c", "b").mac("x")).model_dump_json()
    await store.commit(Commit("forged", put={LOCKDOWN: forged}))
    renewed = HmacSealer("new", "b", earlier=[("a", "b")])

    await mark_anew(SimpleNamespace(store=store, clock=clock, sealer=renewed))  # type: ignore[arg-type]

    assert forged == (await store.read((LOCKDOWN,)))[LOCKDOWN].body
