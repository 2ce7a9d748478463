"""Two clients against a plain model: queues, leases, timers, versions and causes, in any order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from bot.store.keys import Keys
from handlers.work import Claimed, Commit, Item, Key, Queue, Timer, Verdict
from tests.contracts.store.machines import TwoClients, play
from tests.contracts.store.make import REVISION, StillClock, entry, request
from tests.contracts.store.servers import Server

_IDS = st.sampled_from(["a", "b", "c"])
_KEYS = st.sampled_from([request("R-1"), request("R-2")])
_QUEUES = st.sampled_from(Queue)
_WHO = st.integers(0, 1)


@dataclass
class Waiting:
    """An item as the model knows it; `visible` in seconds since the start."""

    body: str
    visible: int
    attempt: int = 0
    token: str = ""


@dataclass
class Model:
    """What the store should hold."""

    now: int = 0
    queues: dict[Queue, dict[str, Waiting]] = field(default_factory=lambda: {queue: {} for queue in Queue})
    versions: dict[Key, int] = field(default_factory=dict)
    causes: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    entries: int = 0

    def verdict(self, commit: Commit) -> Verdict:
        """How this commit must end, and what it changes."""
        item = commit.consume
        waiting = self.queues[item.queue].get(item.id) if item else None
        if item and waiting is None:
            return Verdict.DUPLICATE
        if waiting is not None and commit.holding not in ("", waiting.token):
            return Verdict.LOST_CLAIM
        if commit.once_in and commit.cause in self.causes:
            if item:
                del self.queues[item.queue][item.id]
            return Verdict.DUPLICATE
        if any(self.versions.get(key, 0) != version for key, version in commit.expect.items()):
            return Verdict.CONFLICT
        self._apply(commit)
        return Verdict.COMMITTED

    def _apply(self, commit: Commit) -> None:
        if commit.consume:
            del self.queues[commit.consume.queue][commit.consume.id]
        if commit.once_in:
            self.causes.add(commit.cause)
        for key in commit.put:
            self.versions[key] = self.versions.get(key, 0) + 1
        for id_ in commit.disarm:
            self.queues[Queue.DUE].pop(id_, None)
        for timer in commit.arm:
            due = int((timer.at - StillClock().now()).total_seconds())
            self.queues[Queue.DUE][timer.id] = Waiting(timer.body, due)
        self.entries += len(commit.audit)


class TwoReplicas(TwoClients):
    """Rules act through either client; each answer must be the model's."""

    def __init__(self) -> None:
        super().__init__()
        self.audit = Keys(self.workspace).audit
        self.model = Model()
        self.claims: list[Claimed] = []
        self.run(self.stores[0].enlist("replica-1", REVISION, self.clock.now(), 1e6))

    @rule(seconds=st.integers(1, 20))
    def time_passes(self, seconds: int) -> None:
        self.clock.move(seconds)
        self.model.now += seconds

    @rule(who=_WHO, queue=_QUEUES, id_=_IDS, seen=st.lists(_IDS, max_size=2), body=st.text(max_size=5))
    def record(self, who: int, queue: Queue, id_: str, seen: list[str], body: str) -> None:
        expected = not self.model.seen & set(seen) and id_ not in self.model.queues[queue]
        assert expected == self.run(self.stores[who].record(Item(queue, id_, body), seen, self.clock.now()))
        if expected:
            self.model.seen |= set(seen)
            self.model.queues[queue][id_] = Waiting(body, self.model.now)

    @rule(who=_WHO, queue=_QUEUES, lease=st.integers(1, 30), limit=st.integers(1, 3))
    def claim(self, who: int, queue: Queue, lease: int, limit: int) -> None:
        waiting = self.model.queues[queue]
        visible = [(one.visible, id_) for id_, one in waiting.items() if one.visible <= self.model.now]
        expected = [id_ for _, id_ in sorted(visible)][:limit]
        claims = self.run(self.stores[who].claim(queue, self.clock.now(), lease, limit))
        assert expected == [claimed.item.id for claimed in claims]
        for claimed in claims:
            one = waiting[claimed.item.id]
            one.attempt, one.token, one.visible = one.attempt + 1, claimed.token, self.model.now + lease
            assert (one.body, one.attempt) == (claimed.item.body, claimed.attempt)
        self.claims += claims

    @precondition(lambda self: self.claims)
    @rule(who=_WHO, data=st.data(), seconds=st.integers(1, 30))
    def extend(self, who: int, data: st.DataObject, seconds: int) -> None:
        claimed = data.draw(st.sampled_from(self.claims))
        one = self.model.queues[claimed.item.queue].get(claimed.item.id)
        expected = one is not None and one.token == claimed.token
        until = StillClock().move(self.model.now + seconds)
        assert expected == self.run(self.stores[who].extend(claimed, until))
        if one is not None and expected:
            one.visible = self.model.now + seconds

    @precondition(lambda self: self.claims)
    @rule(who=_WHO, data=st.data())
    def park(self, who: int, data: st.DataObject) -> None:
        claimed = data.draw(st.sampled_from(self.claims))
        self.run(self.stores[who].park(claimed, "why", self.clock.now()))
        queue = self.model.queues[claimed.item.queue]
        if (one := queue.get(claimed.item.id)) and one.token == claimed.token:
            del queue[claimed.item.id]
            self.model.entries += 1

    @rule(
        who=_WHO,
        data=st.data(),
        expect=st.dictionaries(_KEYS, st.integers(-1, 0)),
        put=st.sets(_KEYS),
        cause=st.sampled_from(["", "x", "y", "z"]),
        arm=st.dictionaries(_IDS, st.integers(0, 30), max_size=2),
        disarm=st.sets(_IDS, max_size=1),
        entries=st.integers(0, 2),
    )
    def commit(
        self,
        who: int,
        data: st.DataObject,
        expect: dict[Key, int],
        put: set[Key],
        cause: str,
        arm: dict[str, int],
        disarm: set[str],
        entries: int,
    ) -> None:
        """`expect` is how far behind the present version the expectation lies."""
        claimed = data.draw(st.none() | st.sampled_from(self.claims)) if self.claims else None
        commit = Commit(
            cause,
            once_in="thread" if cause else "",
            expect={key: max(0, self.model.versions.get(key, 0) + behind) for key, behind in expect.items()},
            put=dict.fromkeys(put, "{}"),
            audit=(entry(),) * entries,
            arm=tuple(
                Timer(id_, StillClock().move(self.model.now + seconds), f"{id_}-{seconds}")
                for id_, seconds in arm.items()
            ),
            disarm=tuple(disarm),
            consume=claimed.item if claimed else None,
            holding=claimed.token if claimed and data.draw(st.booleans()) else "",
        )
        assert self.run(self.stores[who].commit(commit)) == self.model.verdict(commit)

    @rule(data=st.data(), put=_KEYS)
    def both_commit_at_once(self, data: st.DataObject, put: Key) -> None:
        """Two replicas, one version, perhaps one item: one of them wins."""
        claimed = data.draw(st.none() | st.sampled_from(self.claims)) if self.claims else None
        item = claimed.item if claimed else None
        commit = Commit("", expect={put: self.model.versions.get(put, 0)}, put={put: "{}"}, consume=item)

        async def race() -> list[Verdict]:
            return await asyncio.gather(*(store.commit(commit) for store in self.stores))

        assert sorted(self.run(race())) == sorted([self.model.verdict(commit), self.model.verdict(commit)])

    @invariant()
    def versions_are_the_models(self) -> None:
        keys = [request("R-1"), request("R-2")]
        read = self.run(self.stores[1].read(keys))
        assert [self.model.versions.get(key, 0) for key in keys] == [read[key].version for key in keys]

    @invariant()
    def every_entry_has_the_next_number(self) -> None:
        commit = Commit("", audit=(entry(),))
        assert self.run(self.stores[0].commit(commit)) == self.model.verdict(commit)
        assert self.run(self.last_entry()) == f"{self.model.entries}-0"

    async def last_entry(self) -> Any:
        """The id of the newest audit entry."""
        [(id_, _)] = await self.clients[1].xrevrange(self.audit, count=1) or []
        return id_


def test_two_replicas_do_what_the_model_does(server: Server) -> None:
    play(TwoReplicas, server, examples=40)
