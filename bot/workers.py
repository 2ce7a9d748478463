"""Loops that claim work and see it to its end: one a queue.

An item whose handling fails stays in its queue and comes back later; nothing recorded is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from bot.ending import end_tasks
from bot.giving_way import SIP, Turns
from bot.store.redis_store import PATIENCE
from handlers.errors import DoNotRetry, StopClaiming, StoreUnavailable, TryAgainLater
from handlers.ports.clock import Clock
from handlers.ports.store import Store
from handlers.sending import retry_seconds
from handlers.trimming import KEEP_DAYS
from handlers.work import Claimed, Pace, Queue

log = structlog.get_logger(__name__)

HANDLED = Counter("countersign_items_total", "Queue items by how their handling ended", ["queue", "end"])
TOOK = Histogram("countersign_item_seconds", "Seconds from claim to end of an item", ["queue"])

Handle = Callable[[Claimed], Awaitable[object]]

CHANNEL_PACE = Pace(every=1.0, burst=3)
"""About a message a second and channel, short bursts more (docs.slack.dev/apis/web-api/rate-limits)."""


@dataclass(frozen=True)
class Tuning:
    """How eagerly a replica works. Times in seconds."""

    lease: float = 15.0
    poll: float = 0.25
    heartbeat: float = 2.0
    lifetime: float = 12.0
    drift: float | None = 5.0
    concurrency: int = 32
    """Items of a queue in hand at a time."""
    together: int = 200
    """Recorded alerts in hand at a time: while half of them are written together, the others are claimed."""
    senders: int = 32
    tries: int = 5
    pace: Pace = CHANNEL_PACE
    keep_days: int = KEEP_DAYS
    patience: float = PATIENCE
    """How long a call of the store may take, its repetitions included."""
    inline: float = 2.4
    """How long a form waits for its answer, of Slack's three seconds; a worker finishes what takes longer."""
    late: float = 60.0
    """Due work that nobody does for so long is told."""
    watch: float = 15.0
    """How often it is looked for."""


OUTBOX = "outbox"


class Bell:
    """Wakes the loop that has something to do: each listens under the name of its queue, or `OUTBOX`.

    A ring is kept until its loop hears it, so what comes while a loop looks is not left until it polls again.
    """

    def __init__(self) -> None:
        self._rung = {name: asyncio.Event() for name in (*Queue, OUTBOX)}

    def ring(self, *names: str) -> None:
        """Something may be there now, for these; for everybody when none is named."""
        for name in names or self._rung:
            self._rung[name].set()

    def hush(self, name: str) -> None:
        """What was rung so far is about to be looked at."""
        self._rung[name].clear()

    async def wait(self, name: str, seconds: float) -> None:
        """Until it rings under this name, if it has not since `hush`, or for so many seconds."""
        # Not asyncio.wait_for: before Python 3.12 it can swallow a cancellation, and shutdown never ends.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung[name].wait()


class QueueWorker:
    """Claims items of one queue and hands each to its handler, many at a time."""

    def __init__(
        self,
        queue: Queue,
        store: Store,
        clock: Clock,
        bell: Bell,
        turns: Turns,
        handle: Handle,
        tuning: Tuning,
    ) -> None:
        self._most = tuning.together if queue is Queue.ALERTS else tuning.concurrency
        self._sip = self._most // 4 if queue is Queue.ALERTS else SIP
        self._queue = queue
        self._store = store
        self._clock = clock
        self._bell = bell
        self._turns = turns
        self._handle = handle
        self._tuning = tuning
        self._running: set[asyncio.Task[None]] = set()
        self._worth = 1 if queue is Queue.DUE else max(1, self._most // 4)  # an effect waits for nobody's end
        self._took = TOOK.labels(queue)

    async def run(self, may_claim: Callable[[], bool]) -> None:
        """Work until cancelled; what is under way is then cancelled too and comes back by its lease."""
        try:
            while True:
                room = self._room(calm=await self._turns.next())
                self._bell.hush(self._queue)
                claimed = await self._claim(room) if room > 0 and may_claim() else ()
                for one in claimed:
                    task = asyncio.ensure_future(self._see_through(one))
                    self._running.add(task)
                    task.add_done_callback(self._ended)
                if len(claimed) < room or not room:  # there was no more
                    await self._bell.wait(self._queue, self._tuning.poll)
        finally:
            await end_tasks(self._running)

    def _room(self, *, calm: bool) -> int:
        """How many items may be begun now.

        In a rush few of people's words are in hand at a time, so that whoever comes next waits for few.
        """
        if calm:
            return self._most - len(self._running)
        most = self._most // 2 if self._queue is Queue.PEOPLE else self._most
        return max(0, min(self._sip, most - len(self._running)))

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Of a backlog several are claimed at a time: a few free places wait for more, for `poll` at most.

        The place is free before the bell says so, or of many that end at once none would be missed.
        """
        self._running.discard(task)
        if self._most - len(self._running) >= self._worth:
            self._bell.ring(self._queue)

    async def _claim(self, most: int) -> tuple[Claimed, ...]:
        try:
            now = self._clock.now()
            return tuple(await self._store.claim(self._queue, now, self._tuning.lease, most))
        except StopClaiming as stop:
            log.warning("not claiming", queue=self._queue, why=str(stop))
        except StoreUnavailable as away:
            log.warning("store away", queue=self._queue, why=str(away))
        await asyncio.sleep(1.0)
        return ()

    async def _see_through(self, claimed: Claimed) -> None:
        keepers: list[asyncio.Future[None]] = []
        keep = partial(self._keep_lease, claimed, asyncio.current_task())
        # Most items are done with before: they need no task beside them.
        first = asyncio.get_running_loop().call_later(
            self._tuning.lease / 3, lambda: keepers.append(asyncio.ensure_future(keep()))
        )
        end = "cut off"
        try:
            with self._took.time():
                await self._handle(claimed)
            end = "handled"
        except DoNotRetry as no:
            end = "refused"
            log.error("item refused", queue=self._queue, item=claimed.item.id, why=str(no))
            await self._after_refusal(claimed, str(no))
        except TryAgainLater as later:
            end = "later"
            await self._put_back(claimed, later.after)
        except StoreUnavailable as away:
            end = "later"
            log.warning("store away", item=claimed.item.id, why=str(away))
            await self._put_back(claimed, 1.0)
        except Exception:
            end = "failed"
            log.exception("item failed", queue=self._queue, item=claimed.item.id, attempt=claimed.attempt)
            await self._after_failure(claimed)
        finally:
            first.cancel()
            for keeper in keepers:
                keeper.cancel()
            HANDLED.labels(self._queue, end).inc()

    async def _keep_lease(self, claimed: Claimed, task: asyncio.Task[Any] | None) -> None:
        """Extend the lease while the handler works, so that no other replica thinks it dead.

        Where another has taken the item over, this one stops: a long effect must not go on in two places.
        """
        while True:
            until = self._clock.now() + timedelta(seconds=self._tuning.lease)
            with contextlib.suppress(StoreUnavailable):
                if not await self._store.extend(claimed, until):
                    log.warning("lease lost", queue=self._queue, item=claimed.item.id)
                    if task is not None:
                        await end_tasks([task])
                    return
            await asyncio.sleep(self._tuning.lease / 3)

    async def _after_failure(self, claimed: Claimed) -> None:
        """Try again with growing patience; what people sent is set aside after some tries, timers never."""
        if claimed.attempt >= self._tuning.tries and claimed.item.queue is not Queue.DUE:
            await self._set_aside(claimed, "its handling failed")
        else:
            await self._put_back(claimed, retry_seconds(claimed.attempt))

    async def _after_refusal(self, claimed: Claimed, why: str) -> None:
        """What can never be done is set aside; a timer stays, because somebody may mend the cause."""
        if claimed.item.queue is Queue.DUE:
            await self._put_back(claimed, 60.0)
        else:
            await self._set_aside(claimed, why)

    async def _set_aside(self, claimed: Claimed, why: str) -> None:
        """Park an item: kept and recorded, but not tried again."""
        with contextlib.suppress(StoreUnavailable):
            await self._store.park(claimed, why, self._clock.now())

    async def _put_back(self, claimed: Claimed, seconds: float) -> None:
        def put_back() -> Awaitable[object]:
            return self._store.extend(claimed, self._clock.now() + timedelta(seconds=seconds))

        await when_back(put_back, self._tuning.lease)


async def when_back(call: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Make a store call as soon as the store answers; after `seconds` a lease has run out by itself."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            await call()
            return
        except StoreUnavailable:
            if asyncio.get_running_loop().time() >= end:
                return
        await asyncio.sleep(0.5)
