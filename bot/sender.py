"""The loop that takes messages from the outbox and sends them: several gates at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from prometheus_client import Counter

from bot.ending import end_tasks
from bot.giving_way import Turns
from bot.tracing.port import Tracing
from bot.tracing.working import bind, ids_in
from bot.workers import OUTBOX, Bell, Tuning, when_back
from handlers.errors import StoreUnavailable
from handlers.sending import LEASE, next_to_send, retry_seconds, send_one
from handlers.work import Sending
from handlers.world import World

log = structlog.get_logger(__name__)

SENT = Counter("countersign_messages_total", "Messages taken from the outbox")


class Sender:
    """Takes messages from the outbox, at several gates at a time, one message at a time at each."""

    def __init__(self, world: World, bell: Bell, turns: Turns, tuning: Tuning, tracing: Tracing) -> None:
        self._world = world
        self._tracing = tracing
        self._bell = bell
        self._turns = turns
        self._tuning = tuning
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self, may_claim: Callable[[], bool]) -> None:
        """Send until cancelled."""
        try:
            while True:
                await self._turns.next()
                self._bell.hush(OUTBOX)
                sending = await self._next() if may_claim() else None
                if sending is None:
                    await self._bell.wait(OUTBOX, self._tuning.poll)
                    continue
                task = asyncio.ensure_future(self._send(sending))
                self._busy[sending.queue] = task
        finally:
            await end_tasks(self._busy.values())

    async def _next(self) -> Sending | None:
        if len(self._busy) >= self._tuning.senders:
            return None
        try:
            return await next_to_send(self._world, tuple(self._busy))
        except StoreUnavailable as away:
            log.warning("store away", queue="outbox", why=str(away))
            await asyncio.sleep(1.0)
            return None

    async def _send(self, sending: Sending) -> None:
        try:
            with self._tracing.span(f"send {sending.queue.partition(' ')[0]}", parent=sending.delivery.trace):
                about = ids_in(sending.delivery.slot)
                self._tracing.note(**about)
                bind(self._tracing, queue=OUTBOX, message=sending.id, **about)
                await send_one(self._world, sending, self._tuning.pace)
            SENT.inc()
        except StoreUnavailable as away:
            log.warning("store away", queue="outbox", message=sending.id, why=str(away))
            await self._free(
                sending, seconds=0.0, alone=False
            )  # who sends it next looks whether it was posted
        except Exception:
            log.exception("message failed", message=sending.id, attempt=sending.attempt)
            await self._free(sending, seconds=retry_seconds(sending.attempt), alone=True)
        finally:
            if self._busy.get(sending.queue) is asyncio.current_task():  # its gate's next may be under way
                del self._busy[sending.queue]
            self._bell.ring(OUTBOX)

    async def _free(self, sending: Sending, *, seconds: float, alone: bool) -> None:
        """Give a message back that was not confirmed, so that its gate does not wait for the lease."""

        def give_back() -> Awaitable[object]:
            until = self._world.clock.now() + timedelta(seconds=seconds)
            return self._world.store.postpone(sending, until, attempted=True, alone=alone)

        await when_back(give_back, LEASE)
