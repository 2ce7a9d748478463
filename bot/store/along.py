"""What a commit queues and could be done at once, its replica takes along: nobody has to claim it first.

The script that queues it leases it, so it is as it is with every claim: when the replica stops before it has
begun, the lease runs out and another one goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.store.moments import after, from_ms, to_ms
from handlers.work import Claimed, Commit, Delivery, Item, Queue, Sending, Timer

_MOST = 8
"""So much waits here at most; the rest stays where every replica finds it."""


@dataclass(frozen=True)
class Leases:
    """Seconds for which a replica takes along messages, and due work."""

    sending: float
    work: float


class Along:
    """Takes nothing along without `leases`: for who commits, and neither sends nor works."""

    def __init__(self, leases: Leases | None, revision: str) -> None:
        self._leases = leases
        self._revision = revision
        self._sendings: deque[tuple[Sending, datetime]] = deque()
        self._works: dict[str, Claimed] = {}

    def arguments(self, commit: Commit, now: datetime, nonce: str) -> tuple[str | int, ...]:
        """What the script must know: until when messages and work are leased, by whom, under which policy."""
        sending: str | int = ""
        work: str | int = ""
        if self._leases and commit.deliver and len(self._sendings) < _MOST:
            sending = to_ms(after(now, self._leases.sending))
        if self._leases and commit.arm and len(self._works) < _MOST:
            work = to_ms(after(now, self._leases.work))
        return sending, work, nonce, self._revision

    def take(
        self, commit: Commit, now: datetime, nonce: str, sendings: Sequence[str], works: Sequence[str]
    ) -> None:
        """Keep what the script has leased, until it is asked for."""
        if self._leases is None:
            return
        for parts in zip(*(iter(sendings),) * 4, strict=True):
            self._sendings.append((_sending(commit, now, *parts), after(now, self._leases.sending)))
        armed = {timer.id: timer for timer in commit.arm}
        for id_ in works:
            self._works.pop(id_, None)
            self._works[id_] = _claimed(armed[id_], nonce, after(now, self._leases.work))

    def sending(self, now: datetime) -> Sending | None:
        """The next message; those whose lease is over are anybody's."""
        while self._sendings:
            sending, until = self._sendings.popleft()
            if now < until:
                return sending
        return None

    def works(self, now: datetime, limit: int) -> list[Claimed]:
        """The next pieces of due work."""
        taken = [self._works.pop(id_) for id_ in list(self._works)[:limit]]
        return [claimed for claimed in taken if now < claimed.until]


def _claimed(timer: Timer, token: str, until: datetime) -> Claimed:
    return Claimed(Item(Queue.DUE, timer.id, timer.body), 1, token, until)


def _sending(commit: Commit, now: datetime, id_: str, gate: str, posted: str, root: str) -> Sending:
    delivery = commit.deliver[int(id_.rpartition("-")[2])]
    return as_sending(id_, gate, 1, id_, from_ms(to_ms(now)), delivery, posted, root)


def as_sending(
    id_: str,
    gate: str,
    attempt: int,
    token: str,
    queued_at: datetime,
    delivery: Delivery,
    posted: str,
    root: str,
) -> Sending:
    """A leased message with where it stands and where its thread does, as the outbox's scripts tell it."""
    posted_channel, posted_ts = read_place(posted)
    root_channel, root_ts = read_place(root)
    if delivery.thread_ts:
        root_channel, root_ts = delivery.channel, delivery.thread_ts
    return Sending(
        id=id_,
        queue=gate,
        delivery=delivery,
        attempt=attempt,
        token=token,
        queued_at=queued_at,
        posted_channel=posted_channel,
        posted_ts=posted_ts,
        root_channel=root_channel,
        root_ts=root_ts,
    )


def read_place(text: str) -> tuple[str, str]:
    """Channel id and ts."""
    channel, _, ts = text.partition(" ")
    return channel, ts
