"""The outbox: one queue a channel, sent in commit order by whoever holds the channel's lease."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from pydantic import ValidationError

from bot.store import engine
from bot.store.keys import Keys
from bot.store.moments import after, from_ms, to_ms
from bot.store.writing import PROOF_KEPT_MS, Queued
from handlers.work import Entry, Sending

RECORDER = "countersign"
"""The actor of what the store records of itself."""


class Outbox:
    """The part of `handlers.ports.Store` that a sender uses."""

    def __init__(self, runner: engine.Engine, names: Keys) -> None:
        self._engine = runner
        self._keys = names

    async def next_sending(self, now: datetime, lease: float, busy: Sequence[str]) -> Sending | None:
        names = self._keys
        keys = (
            *(names.outbox_channels, names.outbox_order, names.outbox_deliveries),
            *(names.outbox_attempts, names.outbox_leases, names.slots),
        )
        while True:
            token = uuid4().hex
            arguments: list[str | int] = [to_ms(now), to_ms(after(now, lease)), token, *busy]
            answer = await self._engine.run(engine.NEXT_SENDING, keys, arguments)
            if not answer:
                return None
            id_, channel, attempt, stored, posted, root = answer
            try:
                queued = Queued.model_validate_json(stored)
            except ValidationError:  # no release that runs can read it, so it would stop its channel for good
                await self._set_aside(id_, channel, token, stored, "it cannot be read", now)
                continue
            return _sending(queued, id_, channel, int(attempt), token, posted, root)

    async def sent(self, sending: Sending, channel: str, ts: str, now: datetime) -> bool:
        delivery = sending.delivery
        slot = "" if delivery.whisper_to else delivery.slot  # nobody finds a whisper again
        extra = ("sent", PROOF_KEPT_MS, slot, f"{channel} {ts}")
        keys = (self._keys.slots, self._keys.places)
        return await self._settle(sending.id, sending.queue, sending.token, now, keys, extra)

    async def postpone(self, sending: Sending, until: datetime, *, attempted: bool) -> None:
        extra = ("postponed", int(attempted))
        await self._settle(sending.id, sending.queue, sending.token, until, (), extra)

    async def undeliverable(self, sending: Sending, why: str, at: datetime) -> None:
        stored = Queued(queued_at=to_ms(sending.queued_at), delivery=sending.delivery).model_dump_json()
        await self._set_aside(sending.id, sending.queue, sending.token, stored, why, at)

    async def slot(self, slot: str) -> tuple[str, str] | None:
        place = await self._engine.hash_field(self._keys.slots, slot)
        return None if place is None else _place(place)

    async def _set_aside(
        self, id_: str, channel: str, token: str, stored: str, why: str, at: datetime
    ) -> None:
        detail = {"channel": channel, "why": why}
        entry = Entry(
            at=at, event="message-undeliverable", subject=f"message/{id_}", actor=RECORDER, detail=detail
        )
        extra = ("undeliverable", stored, entry.model_dump_json())
        await self._settle(id_, channel, token, at, (self._keys.outbox_dead, self._keys.audit), extra)

    async def _settle(
        self,
        id_: str,
        channel: str,
        token: str,
        at: datetime,
        extra_keys: Sequence[str],
        extra: Sequence[str | int],
    ) -> bool:
        names = self._keys
        keys = (
            *(names.proof(token), names.outbox_channels, names.outbox_order, names.outbox_deliveries),
            *(names.outbox_attempts, names.outbox_leases, *extra_keys),
        )
        how, *rest = extra
        arguments = (how, id_, channel, token, to_ms(at), *rest)
        return bool(await self._engine.run(engine.SETTLE, keys, arguments))


def _sending(
    queued: Queued, id_: str, channel: str, attempt: int, token: str, posted: str, root: str
) -> Sending:
    delivery = queued.delivery
    posted_channel, posted_ts = _place(posted)
    root_channel, root_ts = _place(root)
    if delivery.thread_ts:
        root_channel, root_ts = delivery.channel, delivery.thread_ts
    return Sending(
        id=id_,
        queue=channel,
        delivery=delivery,
        attempt=attempt,
        token=token,
        queued_at=from_ms(queued.queued_at),
        posted_channel=posted_channel,
        posted_ts=posted_ts,
        root_channel=root_channel,
        root_ts=root_ts,
    )


def _place(text: str) -> tuple[str, str]:
    channel, _, ts = text.partition(" ")
    return channel, ts
