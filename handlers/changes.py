"""Collects what one cause changes and commits it: decide on what was read, write all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from handlers.errors import TryAgainLater
from handlers.messages import Card, TextFile
from handlers.ports.store import Store
from handlers.work import Commit, Delivery, Entry, Item, Key, Lane, Queue, Rank, Stored, Timer, Verdict

_TRIES = 8
_SHORTEST_ID, _LONGEST_ID = 5, 12
"""Letters of a readable id."""
_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True)
class Place:
    """Where somebody spoke, and so where they are answered. In a `lone` place nobody has replied yet."""

    channel: str
    thread_ts: str = ""
    reply_url: str = ""
    lone: bool = False

    @property
    def whispers_in(self) -> str:
        """The thread of what one person is told there; a lone place has none, where Slack would not show it.

        https://docs.slack.dev/reference/methods/chat.postEphemeral
        """
        return "" if self.lone else self.thread_ts

    @property
    def confidential(self) -> Place:
        """The same place, answered with the bot's token alone: a forged `reply_url` may lead elsewhere."""
        return replace(self, reply_url="")


@dataclass(frozen=True)
class Cause:
    """Why something changes: the claimed item (if any), who set it off, and when it was received.

    `thread_slot` names the thread that remembers its words, so that a replayed message has no effect.
    """

    id: str
    actor: str
    at: datetime
    item: Item | None = None
    token: str = ""
    thread_slot: str = ""


def readable_id(prefix: str, *parts: str, length: int = _SHORTEST_ID) -> str:
    """A short id made from its cause, so that handling the same cause again makes the same id."""
    number = int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:8], "big")
    alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        letters.append(alphabet[index])
    return f"{prefix}-{''.join(letters)}"


async def unused_id(draft: Draft, store: Store, kind: str, prefix: str, *parts: str) -> str:
    """A readable id that no stored object of this kind has; one letter longer for each that is taken.

    Who chooses the parts can try until a short id is somebody else's, and must not overwrite theirs.
    """
    return (await unused_ids(draft, store, kind, prefix, [parts]))[0]


async def unused_ids(
    draft: Draft, store: Store, kind: str, prefix: str, wanted: Sequence[tuple[str, ...]]
) -> list[str]:
    """Readable ids for many things of a kind, each of them another, in one round trip where none is taken."""
    found: dict[int, str] = {}
    given: set[Key] = set()
    for length in range(_SHORTEST_ID, _LONGEST_ID + 1):
        tried = {
            place: Key(kind, readable_id(prefix, *parts, length=length))
            for place, parts in enumerate(wanted)
            if place not in found
        }
        stored = await store.read(list(dict.fromkeys(tried.values())))
        for place, key in tried.items():
            draft.saw(stored[key])
            if not stored[key].version and key not in given:
                found[place] = key.id
                given.add(key)
    if len(found) < len(wanted):
        raise ValueError(f"every {kind} id made from one of {len(wanted)} names is taken")
    return [found[place] for place in range(len(wanted))]


@dataclass
class Draft:
    """A commit in the making."""

    cause: Cause
    _expect: dict[Key, int] = field(default_factory=dict)
    _put: dict[Key, str] = field(default_factory=dict)
    _forget: list[Key] = field(default_factory=list)
    _link: list[tuple[str, Key]] = field(default_factory=list)
    _unlink: list[tuple[str, Key]] = field(default_factory=list)
    _rank: list[Rank] = field(default_factory=list)
    _unrank: list[tuple[str, Key]] = field(default_factory=list)
    _audit: list[Entry] = field(default_factory=list)
    _deliver: list[Delivery] = field(default_factory=list)
    _arm: dict[str, Timer] = field(default_factory=dict)
    _disarm: list[str] = field(default_factory=list)
    also: tuple[tuple[Item, str], ...] = ()
    """Further items that are handled with the causing one, with their claim tokens."""
    keeps_item: bool = False
    """Whether the causing item stays in its queue: a step on the way, not the end of its handling."""

    def saw(self, stored: Stored) -> None:
        """The decision rests on this version."""
        self._expect[stored.key] = stored.version

    def load(self, stored: Stored, model: type[_M]) -> _M | None:
        """Read an object and remember its version; None when it does not exist."""
        self.saw(stored)
        return model.model_validate_json(stored.body) if stored.version else None

    def save(self, key: Key, value: BaseModel | str) -> None:
        """Write an object that was seen."""
        self._put[key] = value if isinstance(value, str) else value.model_dump_json()

    def forget(self, key: Key) -> None:
        """Remove an object that was seen and that nobody will ask for again."""
        self._forget.append(key)

    def link(self, name: str, key: Key) -> None:
        self._link.append((name, key))

    def unlink(self, name: str, key: Key) -> None:
        self._unlink.append((name, key))

    def rank(self, name: str, key: Key, at: datetime, *, most: int = 0) -> None:
        """Put an object into an ordered list, or at another place in it."""
        self._rank.append(Rank(name, key, at, most))

    def unrank(self, name: str, key: Key) -> None:
        self._unrank.append((name, key))

    def record(self, event: str, subject: str, **detail: Any) -> None:
        """Add an audit entry; the store numbers it."""
        entry = Entry(
            at=self.cause.at, event=event, subject=subject, actor=self.cause.actor,
            detail={"cause": self.cause.id, **detail},
        )  # fmt: skip
        self._audit.append(entry)

    def show(
        self,
        channel: str,
        slot: str,
        card: Card,
        *,
        thread: str = "",
        thread_ts: str = "",
        lane: Lane = Lane.ALERT,
    ) -> None:
        """Show a card in its slot: posted the first time, updated after.

        What people's own words or clicks cause is an answer to them, whatever the lane.
        """
        item = self.cause.item
        if item is not None and item.queue is Queue.PEOPLE:
            lane = Lane.ANSWER
        delivery = Delivery(
            channel=channel, slot=slot, card=card, thread=thread, thread_ts=thread_ts, lane=lane
        )  # fmt: skip
        self._deliver.append(delivery)

    def whisper(self, place: Place, user: str, card: Card) -> None:
        """Tell one person, in place, without anybody else seeing it."""
        slot = f"whisper/{self.cause.id}/{len(self._deliver)}"
        delivery = Delivery(
            channel=place.channel, slot=slot, card=card, thread_ts=place.whispers_in, whisper_to=user,
            reply_url=place.reply_url, lane=Lane.ANSWER,
        )  # fmt: skip
        self._deliver.append(delivery)

    def hand(self, user: str, file: TextFile, otherwise: Card) -> None:
        """Give one person a file, in their direct conversation; `otherwise` says that Slack refused it."""
        slot = f"file/{self.cause.id}/{len(self._deliver)}"
        delivery = Delivery(
            channel=user, slot=slot, card=otherwise, whisper_to=user, file=file, lane=Lane.ANSWER
        )  # fmt: skip
        self._deliver.append(delivery)

    def arm(self, timer_id: str, at: datetime, body: str) -> None:
        self._arm[timer_id] = Timer(timer_id, at, body)

    def disarm(self, timer_id: str) -> None:
        self._disarm.append(timer_id)

    def build(self) -> Commit:
        return Commit(
            cause=self.cause.id,
            once_in=self.cause.thread_slot,
            expect=self._expect,
            put=self._put,
            forget=tuple(self._forget),
            link=tuple(self._link),
            unlink=tuple(self._unlink),
            rank=tuple(self._rank),
            unrank=tuple(self._unrank),
            audit=tuple(self._audit),
            deliver=tuple(self._deliver),
            arm=tuple(self._arm.values()),
            disarm=tuple(self._disarm),
            consume=None if self.keeps_item else self.cause.item,
            holding="" if self.keeps_item else self.cause.token,
            also=self.also,
        )


def due(do: str, **what: str | int) -> str:
    """The body of an item of the DUE queue."""
    return json.dumps({"do": do, **what})


async def settle(store: Store, cause: Cause, decide: Callable[[Draft], Awaitable[None]]) -> Verdict:
    """Decide and commit; decide again on what is there now when somebody was quicker.

    Raises TryAgainLater when the object stays contended.
    """
    for _ in range(_TRIES):
        draft = Draft(cause)
        await decide(draft)
        verdict = await store.commit(draft.build())
        if verdict is not Verdict.CONFLICT:
            return verdict
    raise TryAgainLater(f"{cause.id}: too many replicas change the same object", after=0.2)


def later(moment: datetime, seconds: float) -> datetime:
    """A moment so many seconds on."""
    return moment + timedelta(seconds=seconds)
