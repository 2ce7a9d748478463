"""Where everything is recorded, read and queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from handlers.work import (
    UNPACED,
    Claimed,
    Commit,
    Delivery,
    Entry,
    Item,
    Key,
    Measures,
    Pace,
    Queue,
    Ranked,
    Sending,
    Stored,
    Thread,
    Verdict,
)


@dataclass(frozen=True)
class Enlisted:
    """What the store says to a replica's heartbeat: the revision in force and the server's own time."""

    active_revision: str
    server_now: datetime
    taken_over_from: str
    """The revision that this call replaced, empty when it replaced none."""


class Store(Protocol):
    """Durable state. Every method raises `StoreUnavailable` when nothing was recorded or read."""

    async def enlist(
        self,
        replica: str,
        revision: str,
        now: datetime,
        lifetime: float,
        *,
        force: bool = False,
        drift: float | None = None,
        told: Item | None = None,
    ) -> Enlisted:
        """Say that this replica is alive, for `lifetime` seconds, with this policy revision.

        The revision becomes the active one when none is, when no other living replica holds the active
        one, or when `force` is set. Claims name a revision and are refused when it is not the active one.
        A replica whose `now` is more than `drift` seconds away from the server's time changes nothing. `told`
        is due work that is queued when another revision is replaced, with that one as `before` in its body.
        """
        ...

    async def resign(self, replica: str) -> None:
        """Say that this replica stops, so that others need not wait for its lifetime to end."""
        ...

    async def record(self, item: Item, seen: Sequence[str], at: datetime) -> bool:
        """Durably record an inbound payload unless one of its `seen` keys is known. One round trip.

        Returns whether it was new.
        """
        ...

    async def claim(self, queue: Queue, now: datetime, lease: float, limit: int) -> Sequence[Claimed]:
        """Lease up to `limit` visible items for `lease` seconds, those that wait longest first.

        Raises StopClaiming when the active policy revision is not the one this store was opened with.
        """
        ...

    async def extend(self, claimed: Claimed, until: datetime) -> bool:
        """Keep a lease longer; False when it was lost."""
        ...

    async def park(self, claimed: Claimed, why: str, at: datetime) -> None:
        """Set aside an item that cannot be handled: kept, recorded in the audit, never claimed again."""
        ...

    async def read(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        """Read objects in one round trip; missing ones have version 0."""
        ...

    async def recorded(self, above: int, limit: int) -> Sequence[tuple[int, Entry]]:
        """The first `limit` entries of the audit record with a number above this, with their numbers."""
        ...

    async def linked(self, name: str) -> Sequence[Stored]:
        """The objects of a named set."""
        ...

    async def ranked(self, name: str, limit: int, *, latest: bool = False) -> Ranked:
        """The first `limit` objects of an ordered list, the earliest or the latest first."""
        ...

    async def counted(self, names: Sequence[str], since: datetime | None = None) -> Sequence[int]:
        """How many objects each of these ordered lists has, or has from a moment on. One round trip."""
        ...

    async def oldest(self, queue: Queue) -> datetime | None:
        """Since when the item that has waited longest in a queue could have been claimed; None when empty.

        In the future where nothing is due, or where all that is due is being worked on.
        """
        ...

    async def thread(self, channel: str, ts: str) -> Thread | None:
        """The bot's thread whose root stands at (channel, ts) and the objects linked as `thread/<slot>`."""
        ...

    async def commit(self, commit: Commit) -> Verdict:
        """Write a unit of work atomically: all of it or nothing.

        What it queues and could be done at once may thereby be leased to this replica; `claim` and
        `next_sending` then hand it out before anything else.
        """
        ...

    async def next_sending(self, now: datetime, lease: float, busy: Sequence[str]) -> Sending | None:
        """Lease the gate that waits longest (none of `busy`) and return the most urgent message there.

        A message's turn comes after those before it in its thread. Counts the attempt durably before it
        returns.
        """
        ...

    async def sent(
        self, sending: Sending, channel: str, ts: str, now: datetime, pace: Pace = UNPACED
    ) -> bool:
        """Record where the message stands, remove it, and free its gate when its pace allows.

        False when the lease was lost (somebody else is sending it).
        """
        ...

    async def postpone(
        self, sending: Sending, until: datetime, *, attempted: bool, alone: bool = False
    ) -> None:
        """Close the message's gate until then, or with `alone` let only this message's thread wait.

        `attempted=False` takes the attempt back.
        """
        ...

    async def undeliverable(self, sending: Sending, why: str, at: datetime) -> None:
        """Set aside a message that Slack refuses for good: kept, recorded, its thread goes on."""
        ...

    async def move(self, sending: Sending, to: Delivery, why: str, at: datetime, code: str) -> None:
        """Have a message wait as another delivery, in its turn; where that one's slot stood is forgotten.

        That its thread was moved, and Slack's `code` for why, is kept for as long as the thread.
        """
        ...

    async def moved(self, slot: str) -> tuple[str, str] | None:
        """The channel that took no message of this thread, as policy names it, and Slack's code for why."""
        ...

    async def slot(self, slot: str) -> tuple[str, str] | None:
        """Where a slot's message stands: (channel id, ts)."""
        ...

    async def measure(self, now: datetime, lists: Sequence[str]) -> Measures:
        """How much there is of everything, in one round trip whose cost does not grow with it.

        `lists` name ordered lists whose members are counted.
        """
        ...

    async def unwritten(self, before: datetime, limit: int) -> Sequence[Key]:
        """Objects that were last written before then, oldest first."""
        ...

    async def untouched(self, before: datetime, limit: int) -> Sequence[str]:
        """Threads in which nothing was shown or heard since then, oldest first, by their roots' slots."""
        ...

    async def forget_thread(
        self, thread: str, before: datetime, now: datetime, unless_linked: Sequence[str]
    ) -> bool:
        """Forget where a thread's messages stand and which words were heard in it.

        False when it was touched since `before`, when messages wait for it, or when one of these named sets
        still holds something; it then counts as touched `now`.
        """
        ...

    async def forget_set_aside(self, before: datetime, limit: int) -> int:
        """Forget parked items and undeliverable messages of before then; returns how many."""
        ...
