"""The numbered log of all that happens in the workspace; the page and the tests follow it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

KEPT = 20_000


@dataclass(frozen=True)
class Entry:
    """One line: `seq` counts from 1 without a gap; `data` is JSON as it was at that moment."""

    seq: int
    data: str


class EventLog:
    """Append-only within one `run`, a name like no other; the newest `KEPT` entries can be read again."""

    def __init__(self) -> None:
        self.seq = 0
        self.run = secrets.token_hex(8)
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._followers: set[asyncio.Event] = set()
        self.closed = False

    def append(self, kind: str, /, **fields: Any) -> int:
        self.seq += 1
        data = json.dumps({"seq": self.seq, "type": kind, **fields}, ensure_ascii=False)
        self._entries.append(Entry(self.seq, data))
        self._wake()
        return self.seq

    def since(self, seq: int) -> list[Entry]:
        """Entries after `seq`, oldest first."""
        newer: list[Entry] = []
        for entry in reversed(self._entries):
            if entry.seq <= seq:
                break
            newer.append(entry)
        return newer[::-1]

    def reaches_back_to(self, seq: int) -> bool:
        """Whether everything after `seq` is still kept."""
        return not self._entries or self._entries[0].seq <= seq + 1

    async def follow(self, seq: int, idle: float) -> AsyncIterator[Entry | None]:
        """Entries after `seq` as they come; None when `idle` seconds passed without one."""
        news = asyncio.Event()
        self._followers.add(news)
        try:
            while not self.closed:
                news.clear()
                for entry in self.since(seq):
                    seq = entry.seq
                    yield entry
                if self.seq > seq or self.closed:
                    continue
                try:
                    await asyncio.wait_for(news.wait(), idle)
                except TimeoutError:
                    yield None
        finally:
            self._followers.discard(news)

    def close(self) -> None:
        """Let every follower end."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        for follower in self._followers:
            follower.set()
