"""Whether it grows slow with what is open: ten requests that wait for approval, and a hundred thousand.

One request is asked for in Slack; the others are written as it was, by the bot's own commit script, each with
its thread, its record entry and its timer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.approvals import countersign_stage
from benchmarks.cluster_sink import DEPLOYMENTS
from benchmarks.commands import Tally, bench, start_countersign
from benchmarks.cores import Cores
from bot.clock import SystemClock
from bot.store.connect import connect
from bot.store.redis_store import RedisStore
from handlers.changes import due
from handlers.requests.transitions import request_key, thread_set
from handlers.work import Commit, Entry, Key, Timer, Verdict
from sandbox.slack.people import TEAM

SIZES = (10, 100_000)
_AT_ONCE = 200
_ACKNOWLEDGED = 1500
_SECONDS = 3.0
_EXPIRES = timedelta(days=30)


@dataclass(frozen=True)
class Grown:
    """Milliseconds at p50 by the number of open requests."""

    acknowledged: Mapping[int, float]
    effect: Mapping[int, float]

    def as_json(self) -> dict[str, Any]:
        return {"acknowledged_p50_ms": dict(self.acknowledged), "effect_p50_ms": dict(self.effect)}

    @staticmethod
    def ratio(figures: Mapping[int, float]) -> float:
        """The largest size to the smallest."""
        return figures[SIZES[-1]] / figures[SIZES[0]]


async def measure(cores: Cores, folder: Path) -> Grown:
    """Both figures at every size, one server for each."""
    pattern, effect = await _effects(cores, folder / "effects")
    return Grown(await _acknowledgements(cores, folder / "acknowledged", pattern), effect)


@dataclass(frozen=True)
class Pattern:
    """A stored request that was asked for in Slack: its id and its document."""

    id: str
    document: str

    def named(self, number: int) -> tuple[str, str]:
        """Id and document of a further one."""
        name = f"{self.id}{number:06d}"
        return name, self.document.replace(self.id, name)


async def _effects(cores: Cores, folder: Path) -> tuple[Pattern, Mapping[int, float]]:
    figures: dict[int, float] = {}
    async with countersign_stage(cores, folder) as (stage, redis):
        await stage.warm_up()
        (ts,) = (await stage.ask(DEPLOYMENTS[-1:], 99)).values()
        card = next(one for one in stage.slack.messages(DEPLOYMENTS[-1]) if one["ts"] == ts)
        pattern = await _pattern(redis.url, json.dumps(card))
        there = 1
        for size in SIZES:
            await seed(redis.url, pattern, range(there, size))
            there = size
            figures[size] = (await stage.alone()).p50
    return pattern, figures


async def _acknowledgements(cores: Cores, folder: Path, pattern: Pattern) -> Mapping[int, float]:
    figures: dict[int, float] = {}
    with ExitStack() as stack:
        around = stack.enter_context(bench(cores, folder))
        url = stack.enter_context(start_countersign(around)).url
        tally = Tally(around, answers=True)
        await tally.send(url, "warm", 300, 1, _SECONDS)
        there = 0
        for size in SIZES:
            await seed(around.store.url, pattern, range(there, size))
            there = size
            await tally.drained()
            load = await tally.send(url, f"open-{size}", _ACKNOWLEDGED, 1, _SECONDS)
            figures[size] = load.quantile_ms(0.5)
    return figures


async def _pattern(redis_url: str, card: str) -> Pattern:
    """The stored request that a card shows. Raises LookupError."""
    client = connect(redis_url)
    try:
        for name in re.findall(r"R-[0-9A-Z]+", card):
            key = request_key(name)
            stored = (await _store(client).read((key,)))[key]
            if stored.body:
                return Pattern(name, stored.body)
    finally:
        await client.aclose()
    raise LookupError(f"no request in {card[:500]}")


async def seed(redis_url: str, pattern: Pattern, numbers: Sequence[int]) -> None:
    """Write further open requests, many in a commit."""
    client = connect(redis_url)
    store = _store(client)
    try:
        for start in range(0, len(numbers), _AT_ONCE):
            verdict = await store.commit(_commit(pattern, numbers[start : start + _AT_ONCE]))
            assert verdict is Verdict.COMMITTED
    finally:
        await client.aclose()


def _store(client: object) -> RedisStore:
    return RedisStore(client, TEAM, "seed", SystemClock())  # type: ignore[arg-type]


def _commit(pattern: Pattern, numbers: Sequence[int]) -> Commit:
    now = datetime.now(UTC)
    made = [pattern.named(number) for number in numbers]
    puts = {request_key(name): document for name, document in made}
    same = {Key("same", f"seeded-{name}"): name for name, _ in made}
    entries = [
        Entry(at=now, event="request-awaiting_approval", subject=name, actor="seed", detail={"cause": "seed"})
        for name, _ in made
    ]
    return Commit(
        cause=f"seed/{numbers[0]}",
        put=puts | same,
        link=tuple((thread_set(f"request/{name}"), request_key(name)) for name, _ in made),
        audit=tuple(entries),
        arm=tuple(
            Timer(f"request/{name}/expiry", now + _EXPIRES, due("expire", request=name)) for name, _ in made
        ),
    )
