"""Small things that the tests of the store put into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from handlers.messages import Card
from handlers.work import Delivery, Entry, Item, Key, Queue

REVISION = "policies-1"
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
LEASE = 30.0
PATIENT = 60.0
"""Seconds for calls of which no test asks how long they take: a crowded disk may hold the server up."""


class StillClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        return self._now

    def move(self, seconds: float) -> datetime:
        """Let time pass; returns the new present."""
        self._now += timedelta(seconds=seconds)
        return self._now


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def item(id_: str, queue: Queue = Queue.PEOPLE) -> Item:
    return Item(queue, id_, f'{{"id": "{id_}"}}')


def request(id_: str) -> Key:
    return Key("request", id_)


def entry(event: str = "approved") -> Entry:
    return Entry(at=NOW, event=event, subject="R-1", actor="U1", detail={"empty": [], "n": 1.0})


def message(slot: str, channel: str = "C1", thread: str = "", thread_ts: str = "") -> Delivery:
    return Delivery(channel=channel, slot=slot, card=Card(summary=slot), thread=thread, thread_ts=thread_ts)
