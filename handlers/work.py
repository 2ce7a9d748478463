"""Units of work: what one store script writes together, and the queues that bring work to replicas.

Everything that a cause brings about (states, audit, messages, timers) is one `Commit`. A commit consumes
the queue item that caused it, so an item is handled exactly once however often it is delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers.messages import Card, TextFile


class Queue(StrEnum):
    """Queues of work that any replica may claim. People's words never wait behind alerts."""

    PEOPLE = "people"
    ALERTS = "alerts"
    DUE = "due"


@dataclass(frozen=True)
class Item:
    """One piece of work: `id` is unique in its queue, `body` is JSON text."""

    queue: Queue
    id: str
    body: str


@dataclass(frozen=True)
class Claimed:
    """An item leased to this replica until `until`; `attempt` counts from 1."""

    item: Item
    attempt: int
    token: str
    until: datetime


@dataclass(frozen=True)
class Key:
    """Name of a stored object."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True)
class Stored:
    """A stored object and its version. Version 0 with an empty body: it does not exist."""

    key: Key
    version: int
    body: str


class Entry(BaseModel):
    """One audit entry; the store gives it its sequence number in the script that writes it."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    event: str
    subject: str
    actor: str
    detail: dict[str, Any] = {}


class Lane(IntEnum):
    """Who is served first where messages wait for the same channel; the order within a thread is above it.

    The numbers are stored, so they say nothing of the order.
    """

    ANSWER = 0
    """Somebody asked or decided something and waits."""
    ALERT = 1
    """Something new from outside, and calls for help."""
    UPDATE = 2
    """What stands in Slack already changes by itself; the store puts an alert here whose slot is filled."""
    GRAVE = 3
    """An alert of the gravest severity: after answers, before every other alert."""


class Delivery(BaseModel):
    """One message to Slack. Those of one thread are sent in order, threads by their lanes.

    `slot` names the place it fills: the first delivery to a slot posts, later ones update that message. One
    that was not yet tried is replaced by a newer one to the same slot and keeps its turn.
    `thread` is the slot of the thread's root; `whisper_to` makes it an ephemeral for one person (no slot).
    `thread_ts` is used instead of `thread` when the thread was started by somebody else.
    `reply_url` is Slack's response_url of a command: it reaches the person where the bot is no member.
    Slack has no files for one person's eyes in a channel, so a whisper with a `file` goes to the direct
    conversation, where the card is what is said instead when Slack does not take the file.
    """

    model_config = ConfigDict(frozen=True)

    channel: str
    slot: str
    card: Card
    thread: str = ""
    thread_ts: str = ""
    whisper_to: str = ""
    reply_url: str = ""
    file: TextFile | None = None
    lane: Lane = Lane.ALERT
    trace: str = ""
    """The trace that caused it, as a W3C traceparent; empty without one."""
    mark: str = ""
    """The bot's own mark over the rest, made with a key that the store does not hold."""


@dataclass(frozen=True)
class Timer:
    """Work for later: an item of the DUE queue, invisible before `at`. Arming the same id replaces it."""

    id: str
    at: datetime
    body: str


@dataclass(frozen=True)
class Rank:
    """A place in a named list that is kept in order: by `at`, the earliest first.

    With `most`, only so many of the latest stay in the list.
    """

    name: str
    key: Key
    at: datetime
    most: int = 0


@dataclass(frozen=True)
class Commit:
    """Everything one cause changes, written by one script or not at all.

    A commit that consumes an item which is no longer there is a duplicate. With `once_in`, the named set
    also remembers `cause` for as long as it lives (the words spoken in a thread), so a replay is one too.
    `expect` holds the version of every object that was read for the decision; `put` the new bodies; `forget`
    names objects that nobody will ask for again.
    `also` are further items of the same queue that it consumes, each with its claim token.
    `link` and `unlink` maintain small named sets of object keys (the open requests of a thread), `rank` and
    `unrank` ordered lists of any length (the open requests of a system).
    """

    cause: str
    once_in: str = ""
    expect: Mapping[Key, int] = field(default_factory=dict)
    put: Mapping[Key, str] = field(default_factory=dict)
    forget: tuple[Key, ...] = ()
    link: tuple[tuple[str, Key], ...] = ()
    unlink: tuple[tuple[str, Key], ...] = ()
    rank: tuple[Rank, ...] = ()
    unrank: tuple[tuple[str, Key], ...] = ()
    audit: tuple[Entry, ...] = ()
    deliver: tuple[Delivery, ...] = ()
    arm: tuple[Timer, ...] = ()
    disarm: tuple[str, ...] = ()
    consume: Item | None = None
    holding: str = ""
    """Claim token: when set, the commit is refused unless this lease on `consume` is still the holder's."""
    also: tuple[tuple[Item, str], ...] = ()


class Verdict(StrEnum):
    """How a commit ended. Only COMMITTED wrote anything."""

    COMMITTED = "committed"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    LOST_CLAIM = "lost-claim"


@dataclass(frozen=True)
class Ranked:
    """The beginning of an ordered list, and how many objects the whole of it has."""

    objects: tuple[Stored, ...]
    count: int


@dataclass(frozen=True)
class Heap:
    """How much waits, and since when (seconds) what is due longest has been due."""

    count: int
    oldest: float


@dataclass(frozen=True)
class Measures:
    """How much there is: items by queue, messages by lane, members of lists, what was set aside."""

    queues: Mapping[Queue, Heap]
    lanes: Mapping[Lane, Heap]
    lists: Mapping[str, int]
    parked: int
    undeliverable: int


@dataclass(frozen=True)
class Thread:
    """What the bot knows of a Slack thread: the slot of its root and the objects linked to it."""

    slot: str
    channel: str
    ts: str
    objects: tuple[Stored, ...]


@dataclass(frozen=True)
class Pace:
    """How often a gate lets a call through: one in `every` seconds, `burst` of them at once after a rest."""

    every: float = 0.0
    burst: int = 1


UNPACED = Pace()


@dataclass(frozen=True)
class Sending:
    """A message leased to this sender together with its gate: one of Slack's methods in one channel.

    A gate lets one message through at a time. `queue` is its name, `post C042` or `whisper C042`.
    `attempt` above 1 means that an earlier sender may have posted it: look before posting.
    `posted_ts` and `posted_channel` tell where the slot already stands, empty when it does not.
    `root_ts` is the thread's root, empty when its root was never posted.
    """

    id: str
    queue: str
    delivery: Delivery
    attempt: int
    token: str
    queued_at: datetime
    posted_channel: str = ""
    posted_ts: str = ""
    root_channel: str = ""
    root_ts: str = ""
