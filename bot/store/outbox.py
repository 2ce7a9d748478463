"""The outbox: threads in order, the most urgent first, at the gates that Slack's limits make."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_hex

from bot.store import engine
from bot.store.along import Along, as_sending, read_place
from bot.store.keys import Keys
from bot.store.marks import Marks
from bot.store.moments import after, from_ms, to_ms
from bot.store.writing import PROOF_KEPT_MS
from handlers.work import UNPACED, Delivery, Entry, Pace, Sending

RECORDER = "countersign"
"""The actor of what the store records of itself."""


class Outbox:
    """The part of `handlers.ports.store.Store` that a sender uses."""

    def __init__(self, runner: engine.Engine, names: Keys, marks: Marks, along: Along) -> None:
        self._engine = runner
        self._keys = names
        self._marks = marks
        self._along = along

    async def next_sending(self, now: datetime, lease: float, busy: Sequence[str]) -> Sending | None:
        if own := self._along.sending(now):
            return own
        while True:
            token = token_hex(16)
            arguments: list[str | int] = [to_ms(now), to_ms(after(now, lease)), token, *busy]
            answer = await self._engine.run(engine.NEXT_SENDING, self._keys.outbox, arguments)
            if not answer:
                return None
            if answer == ["again"]:
                continue
            id_, gate, attempt, stored, posted, root = answer
            why = "it does not carry the bot's own mark"
            try:
                sending = _sending(id_, gate, int(attempt), token, stored, posted, root)
                if self._marks.holds(sending.delivery):
                    return sending
            except ValueError:  # no release that runs can read it: it would stop its thread
                why = "it cannot be read"
            told = {"channel": gate.partition(" ")[2], "stored": stored}
            await self._set_aside(id_, gate, token, told, why, now)

    async def sent(
        self, sending: Sending, channel: str, ts: str, now: datetime, pace: Pace = UNPACED
    ) -> bool:
        delivery = sending.delivery
        slot = "" if delivery.whisper_to else delivery.slot  # nobody finds a whisper again
        every = round(pace.every * 1000)
        tolerance = every * (pace.burst - 1)
        extra = ("sent", PROOF_KEPT_MS, slot, channel, ts, delivery.channel, every, tolerance)
        return await self._settle(sending.id, sending.queue, sending.token, now, extra)

    async def postpone(
        self, sending: Sending, until: datetime, *, attempted: bool, alone: bool = False
    ) -> None:
        extra = ("postponed", int(attempted), int(alone))
        await self._settle(sending.id, sending.queue, sending.token, until, extra)

    async def undeliverable(self, sending: Sending, why: str, at: datetime) -> None:
        delivery = sending.delivery
        told = {"channel": delivery.channel, "delivery": delivery.model_dump(mode="json")}
        await self._set_aside(sending.id, sending.queue, sending.token, told, why, at)

    async def move(self, sending: Sending, to: Delivery, why: str, at: datetime, code: str) -> None:
        detail = {"channel": sending.delivery.channel, "why": why, "to": to.channel}
        entry = Entry(
            at=at, event="message-moved", subject=f"message/{sending.id}", actor=RECORDER, detail=detail
        )
        marked = self._marks.on(to).model_dump_json()
        reason = f"{sending.delivery.channel} {code}"
        extra = ("moved", marked, to.slot, reason, entry.model_dump_json())
        await self._settle(sending.id, sending.queue, sending.token, at, extra)

    async def slot(self, slot: str) -> tuple[str, str] | None:
        place = await self._engine.hash_field(self._keys.slots, slot)
        return None if place is None else read_place(place)

    async def moved(self, slot: str) -> tuple[str, str] | None:
        reason = await self._engine.hash_field(self._keys.moved, slot)
        return None if reason is None else read_place(reason)

    async def _set_aside(
        self, id_: str, gate: str, token: str, told: Mapping[str, object], why: str, at: datetime
    ) -> None:
        detail = {"channel": told["channel"], "why": why}
        entry = Entry(
            at=at, event="message-undeliverable", subject=f"message/{id_}", actor=RECORDER, detail=detail
        )
        kept = json.dumps({"at": to_ms(at), "why": why, **told})
        await self._settle(id_, gate, token, at, ("undeliverable", kept, entry.model_dump_json()))

    async def _settle(
        self, id_: str, gate: str, token: str, at: datetime, extra: Sequence[str | int]
    ) -> bool:
        names = self._keys
        keys = (names.proof(token), names.audit, names.outbox_dead, names.aside, *names.outbox)
        how, *rest = extra
        arguments = (how, id_, gate, token, to_ms(at), *rest)
        return bool(await self._engine.run(engine.SETTLE, keys, arguments))


def _sending(id_: str, gate: str, attempt: int, token: str, stored: str, posted: str, root: str) -> Sending:
    _, queued_at, told = stored.split(" ", 2)
    delivery = Delivery.model_validate_json(told)
    return as_sending(id_, gate, attempt, token, from_ms(int(queued_at)), delivery, posted, root)
