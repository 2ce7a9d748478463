"""Two senders against a plain model of lines, gates and lanes, in any order of events."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from handlers.messages import Card
from handlers.work import Commit, Delivery, Lane, Pace, Sending
from tests.contracts.store.machines import TwoClients, play
from tests.contracts.store.make import StillClock
from tests.contracts.store.servers import Server

LEASE = 10

_WHO = st.integers(0, 1)
_LANES = st.sampled_from(Lane)
_TURNS = (Lane.ANSWER, Lane.GRAVE, Lane.ALERT, Lane.UPDATE)
_WHERE = st.sampled_from(["r1", "r1/a", "r1/b", "r2", "r2/a", "r3", "r3/a", "@U1", "@U2"])
"""Roots, replies, and whispers; r3 stands in another channel."""


@dataclass(eq=False)
class Message:
    """A queued message as the model knows it."""

    line: str
    slot: str
    lane: Lane
    text: str
    attempts: int = 0


@dataclass
class Model:
    """What waits, in the order of commits; times in seconds since the start."""

    now: int = 0
    waiting: list[Message] = field(default_factory=list)
    posted: set[str] = field(default_factory=set)
    free: dict[str, int] = field(default_factory=dict)
    aside: dict[str, int] = field(default_factory=dict)
    leases: dict[str, tuple[Message, str, int]] = field(default_factory=dict)

    def queue(self, line: str, slot: str, lane: Lane, text: str) -> None:
        if lane in (Lane.ALERT, Lane.GRAVE) and slot in self.posted:
            lane = Lane.UPDATE
        for one in reversed(self.waiting):
            if slot and one.slot == slot and one.attempts == 0:
                one.lane, one.text = min(one.lane, lane, key=_TURNS.index), text
                return
        self.waiting.append(Message(line, slot, lane, text))

    def gate(self, message: Message) -> str:
        if not message.slot:
            return "whisper C1"
        method = "update" if message.slot in self.posted else "post"
        return f"{method} {'C2' if message.line == 'r3' else 'C1'}"

    def heads(self) -> dict[str, Message]:
        """The first message of each line that does not stand aside."""
        heads: dict[str, Message] = {}
        for one in self.waiting:
            heads.setdefault(one.line, one)
        return {line: one for line, one in heads.items() if self.aside.get(line, 0) <= self.now}

    def open_gates(self) -> dict[str, Message]:
        """What each gate that may be served must let through next."""
        first: dict[str, Message] = {}
        for line, head in self.heads().items():
            gate = self.gate(head)
            leased = gate in self.leases and self.leases[gate][2] > self.now
            if leased or self.free.get(gate, 0) > self.now:
                continue
            if gate not in first or self.rank(line, head) < self.rank(first[gate].line, first[gate]):
                first[gate] = head
        return first

    def rank(self, line: str, head: Message) -> tuple[int, int]:
        turns = [_TURNS.index(one.lane) for one in self.waiting if one.line == line]
        return min(turns), self.waiting.index(head)

    def holds(self, sending: Sending) -> Message | None:
        """The message whose gate this sending still holds."""
        message, token, _ = self.leases.get(sending.queue, (None, "", 0))
        return message if token == sending.token else None

    def remove(self, message: Message) -> None:
        self.waiting.remove(message)


class TwoSenders(TwoClients):
    """Rules act through either client; whatever is taken must be what the model would let through."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.sendings: list[Sending] = []
        self.ended: set[str] = set()
        self.texts = 0

    def teardown(self) -> None:
        self.everything_is_said_in_the_end()
        super().teardown()

    @rule(seconds=st.integers(1, 12))
    def time_passes(self, seconds: int) -> None:
        self.clock.move(seconds)
        self.model.now += seconds

    @rule(who=_WHO, shown=st.lists(st.tuples(_WHERE, _LANES), min_size=1, max_size=3))
    def commit(self, who: int, shown: list[tuple[str, Lane]]) -> None:
        deliveries = []
        for where, lane in shown:
            self.texts += 1
            text = str(self.texts)
            deliveries.append(self.delivery(where, lane, text))
            slot = "" if where.startswith("@") else where
            self.model.queue(where.partition("/")[0], slot, lane, text)
        self.run(self.stores[who].commit(Commit("c", deliver=tuple(deliveries))))

    def delivery(self, where: str, lane: Lane, text: str) -> Delivery:
        card = Card(summary=text)
        if where.startswith("@"):
            return Delivery(channel="C1", slot=f"w{text}", card=card, whisper_to=where[1:], lane=lane)
        root, _, reply = where.partition("/")
        channel = "C2" if root == "r3" else "C1"
        return Delivery(channel=channel, slot=where, card=card, thread=root if reply else "", lane=lane)

    @rule(who=_WHO)
    def take(self, who: int) -> None:
        """The message is its gate's best; there is none only when no gate has one."""
        expected = self.model.open_gates()
        sending = self.run(self.stores[who].next_sending(self.clock.now(), LEASE, ()))
        if sending is None:
            assert {} == expected
            return
        message = expected[sending.queue]
        message.attempts += 1
        assert (message.text, message.attempts) == (sending.delivery.card.summary, sending.attempt)
        assert (message.slot in self.model.posted) == bool(sending.posted_ts)
        if sending.delivery.thread in self.model.posted:
            assert sending.root_ts
        self.model.leases[sending.queue] = (message, sending.token, self.model.now + LEASE)
        self.sendings.append(sending)

    @precondition(lambda self: self.sendings)
    @rule(who=_WHO, data=st.data(), every=st.sampled_from([0, 2, 5]), burst=st.integers(1, 3))
    def sent(self, who: int, data: st.DataObject, every: int, burst: int) -> None:
        sending = data.draw(st.sampled_from(self.sendings))
        message = self.model.holds(sending)
        pace = Pace(every=every, burst=burst)
        ts = sending.posted_ts or sending.id
        told = self.run(self.stores[who].sent(sending, sending.delivery.channel, ts, self.clock.now(), pace))
        assert told == (message is not None or sending.token in self.ended)  # a repeated call is told again
        if message is None:
            return
        self.ended.add(sending.token)
        self.model.remove(message)
        del self.model.leases[sending.queue]
        free = self.model.free.pop(sending.queue, -(10**9))
        if every:
            now = self.model.now
            self.model.free[sending.queue] = max(free + every, now + every - every * (burst - 1))
        if message.slot:
            self.model.posted.add(message.slot)

    @precondition(lambda self: self.sendings)
    @rule(who=_WHO, data=st.data(), seconds=st.integers(1, 20), attempted=st.booleans(), alone=st.booleans())
    def postpone(self, who: int, data: st.DataObject, seconds: int, attempted: bool, alone: bool) -> None:
        sending = data.draw(st.sampled_from(self.sendings))
        message = self.model.holds(sending)
        until = StillClock().move(self.model.now + seconds)
        self.run(self.stores[who].postpone(sending, until, attempted=attempted, alone=alone))
        if message is None:
            return
        del self.model.leases[sending.queue]
        if not attempted:
            message.attempts -= 1
        if alone:
            self.model.aside[message.line] = self.model.now + seconds
        else:
            gate = sending.queue
            self.model.free[gate] = max(self.model.free.get(gate, 0), self.model.now + seconds)

    @precondition(lambda self: self.sendings)
    @rule(who=_WHO, data=st.data())
    def undeliverable(self, who: int, data: st.DataObject) -> None:
        sending = data.draw(st.sampled_from(self.sendings))
        message = self.model.holds(sending)
        self.run(self.stores[who].undeliverable(sending, "no", self.clock.now()))
        if message is not None:
            del self.model.leases[sending.queue]
            self.model.remove(message)

    def everything_is_said_in_the_end(self) -> None:
        """After a long rest nothing that waits is withheld, and nothing else is there."""
        self.time_passes(10**6)
        while self.model.waiting:
            before = len(self.model.waiting)
            self.take(0)
            sending = self.sendings[-1]
            message = self.model.holds(sending)
            assert message is not None
            ts = sending.posted_ts or sending.id
            assert self.run(self.stores[0].sent(sending, sending.delivery.channel, ts, self.clock.now()))
            del self.model.leases[sending.queue]
            self.model.free.pop(sending.queue, None)
            self.model.remove(message)
            if message.slot:
                self.model.posted.add(message.slot)
            assert before - 1 == len(self.model.waiting)
        self.take(1)


def test_two_senders_do_what_the_model_does(server: Server) -> None:
    play(TwoSenders, server, examples=50)
