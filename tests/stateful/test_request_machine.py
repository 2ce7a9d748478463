"""Hypothesis drives the request machine, and two clients race it through the real scripts on one Valkey."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.store.connect import connect
from bot.store.redis_store import RedisStore
from handlers.actions import Criterion, Verified
from handlers.requests import machine as r
from handlers.requests.model import Approval, Request, RequestState, Seal, Words
from handlers.work import Commit, Key, Stored, Verdict
from tests.contracts.store.make import PATIENT
from tests.contracts.store.servers import Server, run_valkey
from tests.scenarios.virtual import VirtualClock

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
LIFE = timedelta(hours=4)
PEOPLE = ("U01", "U02", "U03", "U04")
S = RequestState
KEY = Key("request", "R-1")


def new_request(needed: int, *, met: bool = True) -> Request:
    seal = Seal(
        revision=1, sealed={"x": 1}, rule_digest="d", criteria=(Criterion(name="c", text="c", met=met),)
    )
    return Request(
        id="R-1", system="s", action="a", params={}, target="t", reason="r", requesters=("U01",),
        approvals_needed=needed, seal=seal, created_at=START, changed_at=START, expires_at=START + LIFE,
        channel="#c",
    )  # fmt: skip


def approval(by: str, revision: int) -> r.Approved:
    words = Words(text="APPROVED")
    return r.Approved(Approval(by=by, at=START, revision=revision, words=words, reason="", mac="m"))


EVENTS: st.SearchStrategy[Any] = st.one_of(
    st.builds(r.Joined, st.sampled_from(PEOPLE)),
    st.builds(approval, st.sampled_from(PEOPLE), st.integers(1, 3)),
    st.builds(r.Denied, st.sampled_from(PEOPLE), st.just("no")),
    st.builds(r.Cancelled, st.just("U01")),
    st.builds(r.Changed, st.just("file")),
    st.builds(r.Struck, st.sampled_from(PEOPLE), st.just("role")),
    st.sampled_from(
        (
            r.Submitted(),
            r.Expired(),
            r.Claimed(),
            r.Done(Verified()),
            r.Failed("f"),
            r.Unsure("u"),
            r.Undone("R-2"),
        )
    ),
)


class RequestMachine(RuleBasedStateMachine):
    """Any events in any order and at any time; what the invariants of domain.md forbid never comes about."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.request, _ = r.step(new_request(2), r.Submitted(), self.now)
        self.effects = 0
        self.ended: Request | None = None

    def apply(self, event: Any) -> None:
        before = self.request
        try:
            self.request, _ = r.step(before, event, self.now)
        except r.NotNow:
            assert self.request is before
            return
        if isinstance(event, r.Claimed) and before.state is S.APPROVED:
            self.effects += 1
            assert len({one.by for one in before.approvals}) >= before.approvals_needed
            assert not before.seal.unmet
        if isinstance(event, r.Undone):
            assert before.ended
            assert before.model_copy(update={"undone_by": event.by}) == self.request
            self.ended = self.request
        elif self.request.ended:
            assert self.ended is None
            self.ended = self.request

    @rule(event=EVENTS)
    def something_happens(self, event: Any) -> None:
        self.apply(event)

    @rule(by=st.sampled_from(PEOPLE))
    def somebody_approves_what_the_card_shows(self, by: str) -> None:
        self.apply(approval(by, self.request.seal.revision))

    @precondition(lambda self: self.request.state is S.AWAITING_APPROVAL)
    @rule(met=st.booleans())
    def the_target_is_looked_at_again(self, met: bool) -> None:
        seal = self.request.seal
        criteria = (Criterion(name="c", text="c", met=met),)
        self.apply(r.Resealed(seal.model_copy(update={"revision": seal.revision + 1, "criteria": criteria})))

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def approvers_are_distinct_and_never_requesters(self) -> None:
        by = [one.by for one in self.request.approvals]
        assert len(by) == len(set(by))
        if self.request.state in (S.AWAITING_APPROVAL, S.APPROVED):
            assert set() == set(by) & set(self.request.requesters)

    @invariant()
    def approvals_are_for_the_revision_shown(self) -> None:
        assert {self.request.seal.revision} >= {one.revision for one in self.request.approvals}

    @invariant()
    def an_end_is_final_and_the_effect_begins_once(self) -> None:
        assert self.ended is None or self.ended is self.request
        assert self.effects <= 1

    @invariant()
    def nobody_approves_after_the_time_is_over(self) -> None:
        if self.request.state is S.APPROVED:
            assert self.request.changed_at < self.request.expires_at


class TwoClients(RuleBasedStateMachine):
    """Two replicas read and write one stored request; a stale read never wins, the store equals the model."""

    server: Server

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        with self.server.plain() as plain:
            plain.flushall()
        self.clients = [connect(self.server.url) for _ in range(2)]
        clock = VirtualClock()
        self.stores = [RedisStore(client, "T1", "rev", clock, patience=PATIENT) for client in self.clients]
        self.model, _ = r.step(new_request(2), r.Submitted(), START)
        commit = Commit("c0", expect={KEY: 0}, put={KEY: self.model.model_dump_json()})
        assert Verdict.COMMITTED == self.loop.run(self.stores[0].commit(commit))
        self.version, self.number = 1, 0
        self.read: list[Stored] = [self._read(store) for store in self.stores]

    def _read(self, store: RedisStore) -> Stored:
        return self.loop.run(store.read([KEY]))[KEY]

    @rule(who=st.sampled_from((0, 1)))
    def a_replica_reads(self, who: int) -> None:
        self.read[who] = self._read(self.stores[who])
        assert self.version == self.read[who].version

    @rule(who=st.sampled_from((0, 1)), event=EVENTS)
    def a_replica_decides_on_what_it_read(self, who: int, event: Any) -> None:
        stored = self.read[who]
        try:
            moved, _ = r.step(Request.model_validate_json(stored.body), event, START)
        except r.NotNow:
            return
        self.number += 1
        commit = Commit(f"c{self.number}", expect={KEY: stored.version}, put={KEY: moved.model_dump_json()})
        verdict = self.loop.run(self.stores[who].commit(commit))
        fresh = stored.version == self.version
        assert (Verdict.COMMITTED if fresh else Verdict.CONFLICT) == verdict
        if fresh:
            self.model, self.version = moved, self.version + 1

    @invariant()
    def the_store_holds_what_the_model_says(self) -> None:
        stored = self._read(self.stores[0])
        assert (self.version, self.model) == (stored.version, Request.model_validate_json(stored.body))

    def teardown(self) -> None:
        for client in self.clients:
            self.loop.run(client.aclose())
        self.loop.close()


def test_no_order_of_events_breaks_the_request_machine() -> None:
    run_state_machine_as_test(
        RequestMachine, settings=settings(max_examples=200, stateful_step_count=30, deadline=None)
    )


def test_two_clients_never_disagree_about_a_request() -> None:
    with tempfile.TemporaryDirectory() as folder, run_valkey(Path(folder)) as server:
        TwoClients.server = server
        slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
        bounded = settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=slow)
        run_state_machine_as_test(TwoClients, settings=bounded)
