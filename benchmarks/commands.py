"""Slash commands: how fast they are acknowledged, and how fast they are done with.

`/ops status` changes nothing and is answered in words; it costs Countersign what every command costs: who
is this, what may they, one look into the store, one commit, one message.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import bare_handler, countersign
from benchmarks.cores import Cores
from benchmarks.load import Load, Prepared, apply, commands
from benchmarks.processes import Running, server
from benchmarks.slack_sink import ANSWERED
from benchmarks.store import Store, store

MANY = 32
_WARM_UP = 300
_ALONE = 1500
_ALONE_SECONDS = 3.0
_BUSY = 8000
_BUSY_SECONDS = 4.0
_DRAIN_SECONDS = 60.0
"""The longest that is waited for a backlog; the aim is two."""


@dataclass(frozen=True)
class Bench:
    """What a server has around it."""

    cores: Cores
    store: Store
    slack: str
    folder: Path


@dataclass(frozen=True)
class Subject:
    """A server to measure.

    `run` starts it. `durable` names the key that each accepted command leaves in the store; None when it
    keeps nothing. `answers` says whether it answers later, through the response_url.
    """

    name: str
    run: Callable[[Bench], AbstractContextManager[Running]]
    durable: Callable[[str], str] | None = None
    answers: bool = False


def _bolt(how: str) -> Callable[[Bench], AbstractContextManager[Running]]:
    def run(bench: Bench) -> AbstractContextManager[Running]:
        return server("bare_bolt", bench.cores.server, bench.folder / "bolt.log", bench.slack, how)

    return run


def _handler(bench: Bench) -> AbstractContextManager[Running]:
    return server("bare_handler", bench.cores.server, bench.folder / "handler.log", bench.store.url)


def start_countersign(bench: Bench) -> AbstractContextManager[Running]:
    """The bot on a bench."""
    api = f"{bench.slack}/api/"
    return countersign.countersign(bench.cores.server, bench.store.url, api, bench.folder)


BOLT = Subject("bare Bolt, default", _bolt("default"))
HANDLER = Subject("bare handler, one durable write", _handler, lambda trigger: bare_handler.SEEN + trigger)
COUNTERSIGN = Subject("Countersign", start_countersign, countersign.seen, answers=True)
SUBJECTS = (
    BOLT,
    Subject("bare Bolt, process_before_response", _bolt("before-response")),
    Subject("bare Bolt, ack then respond", _bolt("respond"), answers=True),
    HANDLER,
    COUNTERSIGN,
)


@dataclass(frozen=True)
class Figures:
    """One pass over one server. Milliseconds, commands a second, and counts of commands.

    `cpu_microseconds` is what one command costs its server, from the first byte to the last of its work.
    """

    alone_p50: float
    alone_p99: float
    busy_p50: float
    busy_p99: float
    accepted_rate: float
    processed_rate: float
    cpu_microseconds: float
    drain_seconds: float
    accepted: int
    refused: int
    answered: int
    answered_twice: int
    durable: int | None

    def as_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


@contextmanager
def bench(cores: Cores, folder: Path) -> Iterator[Bench]:
    """A fresh store and a fresh Slack in a new folder."""
    folder.mkdir(parents=True)
    with (
        store(folder / "store", cores.store) as redis,
        server("slack_sink", cores.slack, folder / "sink.log") as slack,
    ):
        yield Bench(cores, redis, slack.url, folder)


async def measure(subject: Subject, cores: Cores, folder: Path) -> Figures:
    """Start a server with a fresh store and a fresh Slack, load it, and see it to the end of its work."""
    with bench(cores, folder) as around:
        with subject.run(around) as running:
            tally = Tally(around, answers=subject.answers)
            await tally.send(running.url, "warm", _WARM_UP, 4, _ALONE_SECONDS)
            await tally.drained()
            alone = await tally.send(running.url, "alone", _ALONE, 1, _ALONE_SECONDS)
            await tally.drained()
            before = running.cpu_seconds()
            busy = await tally.send(running.url, "busy", _BUSY, MANY, _BUSY_SECONDS)
            drain = await tally.drained()
            done = tally.done(busy)
            used = running.cpu_seconds() - before
        figures = Figures(
            alone_p50=alone.quantile_ms(0.5),
            alone_p99=alone.quantile_ms(0.99),
            busy_p50=busy.quantile_ms(0.5),
            busy_p99=busy.quantile_ms(0.99),
            accepted_rate=busy.rate,
            processed_rate=done / (busy.took + drain),
            cpu_microseconds=1e6 * used / max(1, done),
            drain_seconds=drain,
            accepted=len(tally.accepted),
            refused=tally.refused,
            answered=tally.answers()["answered"],
            answered_twice=tally.answers()["twice"],
            durable=None,
        )
        return (
            figures if subject.durable is None else replace(figures, durable=tally.durable(subject.durable))
        )


class Tally:
    """What one server has accepted so far, and what is left of it to do."""

    def __init__(self, bench: Bench, *, answers: bool) -> None:
        self._bench = bench
        self._answers = answers
        self.accepted: list[str] = []
        self.refused = 0

    async def send(self, url: str, run: str, count: int, connections: int, seconds: float) -> Load:
        requests: Sequence[Prepared] = commands(count, url, self._bench.slack, run=run)
        load = await apply(url, requests, connections, seconds)
        self.accepted += load.accepted
        self.refused += load.refused
        return load

    def answers(self) -> dict[str, int]:
        """What Slack has got."""
        with urllib.request.urlopen(self._bench.slack + ANSWERED) as response:  # noqa: S310 -- our own
            told: dict[str, int] = json.load(response)
        return told

    def left(self) -> int:
        """Commands that were accepted and not yet answered, or whose work is not written as done."""
        if not self._answers:
            return 0
        waiting = self._bench.store.waiting(*countersign.BACKLOG)
        return max(waiting, len(self.accepted) - self.answers()["answered"])

    async def drained(self) -> float:
        """Wait until nothing is left; the seconds that took, or the most that is waited."""
        began = time.perf_counter()
        while self.left() and time.perf_counter() - began < _DRAIN_SECONDS:  # noqa: ASYNC110 -- other processes
            await asyncio.sleep(0.02)
        return time.perf_counter() - began if self._answers else 0.0

    def done(self, load: Load) -> int:
        """Commands of the last load that are done with."""
        return max(0, len(load.accepted) - self.left())

    def durable(self, key: Callable[[str], str]) -> int:
        """Accepted commands that the store still knows after a crash."""
        self._bench.store.crash()
        return self._bench.store.present([key(trigger) for trigger in self.accepted])
