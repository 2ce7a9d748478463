"""A lockdown, and what a replica knows of lockdowns beside the one in the store."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.messages import Line, User, When
from handlers.ports.sealing import Sealer
from handlers.work import Entry

LIFTERS = 2
STARTED, LIFTED = "lockdown-started", "lockdown-lifted"
"""What the record says of them."""


class Word(BaseModel):
    """One person's word for starting or lifting."""

    model_config = ConfigDict(frozen=True)

    by: str
    reason: str
    at: datetime


class Lockdown(BaseModel):
    """A lockdown, in force until `lifts` holds the words of two people.

    `mark` is the bot's own over all of it: without it, whoever writes to the store could lift one.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    start: Word
    lifts: tuple[Word, ...] = ()
    mark: str = ""

    @property
    def marked(self) -> tuple[str, ...]:
        """What nobody but the bot may change."""
        return ("lockdown", self.model_dump_json(exclude={"mark"}))

    @property
    def lifted(self) -> bool:
        return len({one.by for one in self.lifts}) >= LIFTERS

    @property
    def line(self) -> Line:
        """Who stopped everything, when and why."""
        start = self.start
        return texts.say(texts.LOCKED, who=User(id=start.by), when=When(at=start.at), why=start.reason)


def lifting_mark(sealer: Sealer, lock_id: str) -> str:
    """What the record's word of a lifting carries: who writes to the store cannot say it."""
    return sealer.mac("lockdown-lifted", lock_id)


class Known(BaseModel):
    """What the record says up to a number, kept so that another replica need not read all of it anew.

    `entry` is the digest of the entry with that number. Without the bot's own mark, and where the record does
    not have this entry there, it says nothing.
    """

    model_config = ConfigDict(frozen=True)

    read: int
    entry: str
    lock: Lockdown | None = None
    mark: str = ""

    @property
    def marked(self) -> tuple[str, ...]:
        """What nobody but the bot may change."""
        return ("lockdown-known", self.model_dump_json(exclude={"mark"}))


def digest_of(entry: Entry) -> str:
    """SHA-256 of an entry of the record, hex."""
    return hashlib.sha256(entry.model_dump_json().encode()).hexdigest()


@dataclass
class Remembered:
    """The lockdown that the record says is in force, `read` up to this number of it, whose entry has this
    digest; up to `kept` the store knows it too.

    It outlives what is taken out of the store while this replica lives; another one begins at what is kept.
    """

    lock: Lockdown | None = None
    read: int = 0
    entry: str = ""
    kept: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def learn(self, number: int, entry: Entry, sealer: Sealer) -> None:
        """Take in the next entry of the record."""
        self.read = number
        why = str(entry.detail.get("why", ""))
        if entry.event == STARTED:
            self.lock = Lockdown(id=entry.subject, start=Word(by=entry.actor, reason=why, at=entry.at))
        elif entry.event == LIFTED and self.lock is not None and self.lock.id == entry.subject:
            mark = str(entry.detail.get("mark", ""))
            if sealer.verify(mark, "lockdown-lifted", entry.subject):
                self.lock = None
