"""What `/metrics` tells: what this replica has done, and how much there is in the store.

What was done is counted where it is written down: an audit entry that was committed counts once, whoever
caused it. How much there is, is asked of the store at a scrape, in one round trip, and kept for a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from handlers.alerts.tallies import OPEN_STATES, counted_list
from handlers.errors import StoreUnavailable
from handlers.ports.clock import Clock
from handlers.requests.model import RequestState
from handlers.work import Commit, Entry, Measures
from policies.schema import PolicyBook

log = structlog.get_logger(__name__)

MINUTE = 60.0
ACKNOWLEDGED = Histogram(
    "countersign_alert_acknowledge_seconds",
    "Seconds from the recording of an alert to its acknowledgement",
    ["severity"],
    buckets=[one * MINUTE for one in (0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)],
)
ALERTS = Counter("countersign_alert_steps_total", "Steps of alerts as recorded", ["step", "severity"])
DECISIONS = Counter("countersign_decisions_total", "Requests by how they were decided or ended", ["outcome"])
OUTCOMES = frozenset(RequestState) - {RequestState.REQUESTED, RequestState.AWAITING_APPROVAL}
SCRAPE_KEPT = timedelta(seconds=5)


def count_commit(commit: Commit) -> None:
    """Count what a commit wrote down."""
    for entry in commit.audit:
        kind, _, step = entry.event.partition("-")
        if kind == "request" and step in OUTCOMES and entry.detail.get("before") != step:
            DECISIONS.labels(step).inc()
        elif kind == "alert" and isinstance(entry.detail.get("severity"), str):
            _count_alert(entry, step)


def _count_alert(entry: Entry, step: str) -> None:
    """A severity stands in policy, and a step in the machine: neither is a sender's word."""
    severity = entry.detail["severity"]
    ALERTS.labels(step, severity).inc()
    waited = entry.detail.get("waited")
    if isinstance(waited, int | float):
        ACKNOWLEDGED.labels(severity).observe(waited)


class Measurable(Protocol):
    """What of a store is asked at a scrape; see `handlers.ports.store.Store`."""

    async def measure(self, now: datetime, lists: Sequence[str]) -> Measures: ...


class Exposition:
    """The text of `/metrics` for one replica."""

    def __init__(self, store: Measurable, clock: Clock, book: PolicyBook, ready: Callable[[], bool]) -> None:
        self._store, self._clock, self._ready = store, clock, ready
        self._lists = {
            counted_list(state, severity): (state, severity)
            for state in OPEN_STATES
            for severity in book.severities
        }
        self._registry = CollectorRegistry()
        self._told: str = ""
        self._read_at: datetime | None = None
        self._is_ready = self._gauge("ready", "Whether this replica may claim work")
        self._alerts = self._gauge("alerts", "Alerts that somebody must see to", "state", "severity")
        self._depth = self._gauge("outbox_messages", "Messages that wait for Slack", "lane")
        self._age = self._gauge("outbox_oldest_seconds", "Age of the oldest message that waits", "lane")
        self._queued = self._gauge("queue_items", "Items in a queue, timers that wait included", "queue")
        self._late = self._gauge(
            "queue_late_seconds", "How long the item that is due longest has been due", "queue"
        )
        self._parked = self._gauge("parked_items", "Items set aside because they cannot be handled")
        self._dead = self._gauge("undeliverable_messages", "Messages set aside because Slack refuses them")

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"countersign_{name}", says, labels, registry=self._registry)

    async def text(self) -> bytes:
        """What Prometheus reads; without the store, no word of what is in it: none that is old."""
        now = self._clock.now()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < SCRAPE_KEPT:
            try:
                self._set(await self._store.measure(now, tuple(self._lists)))
                self._read_at = now
            except StoreUnavailable as away:
                log.warning("store away", what="metrics", why=str(away))
                self._read_at = None
        self._is_ready.set(self._ready())
        known = self._registry if self._read_at else self._registry.restricted_registry(["countersign_ready"])
        return generate_latest(REGISTRY) + generate_latest(known)

    def _set(self, told: Measures) -> None:
        for name, count in told.lists.items():
            self._alerts.labels(*self._lists[name]).set(count)
        for lane, waits in told.lanes.items():
            self._depth.labels(lane.name.lower()).set(waits.count)
            self._age.labels(lane.name.lower()).set(waits.oldest)
        for queue, waits in told.queues.items():
            self._queued.labels(queue.value).set(waits.count)
            self._late.labels(queue.value).set(waits.oldest)
        self._parked.set(told.parked)
        self._dead.set(told.undeliverable)
