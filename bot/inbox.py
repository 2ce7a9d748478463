"""The durable inbox: every payload is recorded before Slack (or an alert's sender) hears a 200.

HTTP and Socket Mode meet here: both bring the same payloads in the same shape.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.giving_way import Ways
from bot.tracing.carrying import stamped
from bot.tracing.port import Tracing
from handlers.errors import StoreUnavailable
from handlers.ports.clock import Clock
from handlers.ports.store import Store
from handlers.work import Claimed, Item, Queue

Payload = Mapping[str, Any]
Respond = Callable[[Claimed], Awaitable[dict[str, Any]]]
"""Handles a payload whose answer Slack needs in the response body; returns that body."""

_INLINE = frozenset({"view_submission", "block_suggestion"})
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_INLINE_GRACE = timedelta(seconds=20)


class Unreadable(Exception):
    """The payload is none of Slack's; nothing was recorded."""


@dataclass(frozen=True)
class Names:
    """The item id of a payload and every name under which Slack could deliver it again."""

    id: str
    seen: tuple[str, ...]


def names_of(payload: Payload) -> Names:
    """Slack's own ids of a payload (never the retry header). Raises Unreadable when it carries none.

    Events are known by event_id for a day, and a new message by (channel, ts) as well, because a mention
    arrives as two events. Interactions and commands are known by trigger_id.
    """
    if payload.get("type") == "event_callback":
        event = payload.get("event")
        if not isinstance(event, Mapping) or not isinstance(payload.get("event_id"), str):
            raise Unreadable("an event without event_id")
        event_id = f"event/{payload['event_id']}"
        spoken = _spoken(event)
        return Names(spoken, (event_id, spoken)) if spoken else Names(event_id, (event_id,))
    trigger = payload.get("trigger_id") or (payload.get("view") or {}).get("id")
    if not isinstance(trigger, str) or not trigger:
        raise Unreadable("neither an event nor an interaction")
    trigger_id = f"trigger/{trigger}"
    return Names(trigger_id, (trigger_id,))


def _spoken(event: Mapping[str, Any]) -> str:
    """The name of a newly spoken message; empty for edits, deletions and everything else."""
    plain = event.get("type") == "app_mention" or (
        event.get("type") == "message" and event.get("subtype") not in ("message_changed", "message_deleted")
    )
    channel, ts = event.get("channel"), event.get("ts")
    if plain and isinstance(channel, str) and isinstance(ts, str) and "edited" not in event:
        return f"message/{channel}/{ts}"
    return ""


class Inbox:
    """Records payloads and wakes who works on them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        wake: Callable[..., None],
        respond: Respond,
        ways: Ways,
        tracing: Tracing,
        inline: float,
        against_clock: Callable[[], str] = lambda: "",
    ) -> None:
        """`wake` is told which queues have something new, or nothing for all of them.

        What Slack needs an answer to is waited for `inline` seconds; a worker finishes what takes longer.

        `against_clock` says what is wrong with this replica's clock, empty when nothing is.
        """
        self._inline_seconds = inline
        self._against_clock = against_clock
        self._store = store
        self._clock = clock
        self._wake = wake
        self._respond = respond
        self._ways = ways
        self._tracing = tracing
        self._inline: set[asyncio.Task[dict[str, Any]]] = set()

    async def take(self, payload: Payload) -> dict[str, Any]:
        """Record one of Slack's payloads, then answer; the answer is empty unless Slack needs one.

        Raises Unreadable or StoreUnavailable, and then nothing was recorded; where the store did not answer
        (it is an OutcomeUnknown then), nobody knows.
        """
        self._demand_clock()
        names = names_of(payload)
        body = _ENCODER.encode(payload)
        with self._tracing.span("record people", item=names.id):
            item = Item(Queue.PEOPLE, names.id, stamped(body, self._tracing.parent()))
            if payload.get("type") in _INLINE:
                return await self._answer_inline(item, names)
            if await self._record(item, names.seen, self._clock.now()):
                self._wake(Queue.PEOPLE)
        return {}

    async def _record(self, item: Item, seen: Sequence[str], at: datetime) -> bool:
        with self._ways.recording(alerts=item.queue is Queue.ALERTS):
            return await self._store.record(item, seen, at)

    def _demand_clock(self) -> None:
        """Record nothing at a wrong time: other replicas would find it hours late."""
        why = self._against_clock()
        if why:
            raise StoreUnavailable(f"this replica's clock is {why}")

    async def _answer_inline(self, item: Item, names: Names) -> dict[str, Any]:
        """Record, but let workers see it only if this replica does not finish it at once."""
        visible = self._clock.now() + _INLINE_GRACE
        if not await self._record(item, names.seen, visible):
            return {}
        task = asyncio.ensure_future(self._respond(Claimed(item, 1, "", visible)))
        self._inline.add(task)
        task.add_done_callback(self._inline.discard)
        done, _ = await asyncio.wait({task}, timeout=self._inline_seconds)
        self._wake()
        return task.result() if done and task.exception() is None else {}

    async def take_alert(
        self, source: str, name: str, body: Payload, known_for: float = 0.0, also: Sequence[str] = ()
    ) -> bool:
        """Record a body of alerts under the name it is known by, for so many seconds or (0) for good.

        `also` are more names under which it is known for good, such as its signature's. Returns False when
        it is known already. Raises StoreUnavailable.
        """
        self._demand_clock()
        now = self._clock.now()
        told = {"source": source, "received_at": now.isoformat(), **body}
        names = tuple(f"{source}/{one}" for one in (*_for_a_while(name, known_for, now), *also))
        with self._tracing.span("record alerts", item=names[0]):
            carrying = stamped(json.dumps(told), self._tracing.parent())
            new = await self._record(Item(Queue.ALERTS, names[0], carrying), names, now)
        self._wake(Queue.ALERTS)
        return new


def _for_a_while(name: str, seconds: float, now: datetime) -> tuple[str, ...]:
    """Names under which something is known for so many seconds, at most twice as many; 0 is for good.

    Each holds in one span of that length, and what is recorded takes those of this span and the next:
    whatever comes within a span's length meets one of them.
    """
    if not seconds:
        return (name,)
    span = int(now.timestamp() // seconds)
    return (f"{name}@{span}", f"{name}@{span + 1}")
