"""From the approval's event to the effect: Countersign beside a naive bot, and beside one that looks first.

All run against the practice Slack of `sandbox/`, in this process. The clock starts when the event's bytes
leave for the bot and stops when the cluster has the PATCH. Every call to Slack takes about a millisecond
here; at Slack itself it takes a hundred, and the naive bot makes none before its effect.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.cluster_sink import DEPLOYMENTS, WRITES, kubeconfig
from benchmarks.cores import Cores
from benchmarks.countersign import RULES, countersign
from benchmarks.load import BOT_TOKEN, PATH, SIGNING_SECRET, Connection, signed_post
from benchmarks.processes import server
from benchmarks.store import Store, store
from bot.manifest import manifest
from bot.policy_folder import read_book
from sandbox.slack.channel import Channel
from sandbox.slack.http_transport import HttpTransport
from sandbox.slack.people import BOT_USER
from sandbox.slack.server import PracticeSlack
from sandbox.slack.transport import Answer, Parcel

REQUESTER, APPROVER = "U02OMAR", "U03RUTH"
_WARM_UP = 2
_ROUNDS = 3
_PATIENCE_SECONDS = 30.0
_POLICY = """\
system: bench-{name}
kinds: [kubernetes]
title: Benchmark {name}
channel: "#{name}"
settings:
  namespace: auditron
  deployments: {name}
actions:
  scale:
    title: Scale a deployment
    request: [o2]
    approve: {roles: [o3], count: 1}
"""


class TooSlow(Exception):
    """Something that must happen soon did not; the message says what."""


class TimedTransport(HttpTransport):
    """Slack's deliveries by the benchmark's own small client; notes when each approval left."""

    def __init__(self, slack: PracticeSlack) -> None:
        super().__init__(slack.app, slack.clock, None)
        self._idle: list[Connection] = []
        self.left: dict[str, float] = {}
        """When the approval in each thread left, by the thread's ts."""

    async def close(self) -> None:
        await super().close()
        for connection in self._idle:
            connection.close()

    async def send(self, parcel: Parcel) -> Answer:
        event = parcel.payload.get("event", {})
        if parcel.kind != "events_api" or not str(event.get("text", "")).startswith("APPROVED"):
            return await super().send(parcel)
        url = str(self.request_url).removesuffix(PATH)
        request = signed_post(url, json.dumps(parcel.payload).encode(), "application/json")
        connection = self._idle.pop() if self._idle else await Connection.open(url)
        self.left[event["thread_ts"]] = time.perf_counter()
        status = await connection.send(request)
        self._idle.append(connection)
        return Answer(status=status, failure=None if status == 200 else "http_error")


@dataclass(frozen=True)
class Latencies:
    """Milliseconds from event to effect, each approval's."""

    each: tuple[float, ...]

    @property
    def p50(self) -> float:
        return median(self.each)


@dataclass(frozen=True)
class Approved:
    """One bot's latencies: an approval at a time, and sixteen at once."""

    alone: Latencies
    together: Latencies

    def as_json(self) -> dict[str, Any]:
        return {"alone_ms": self.alone.each, "together_ms": self.together.each}


@dataclass(frozen=True)
class Stage:
    """A practice Slack with a bot in it, and the cluster that the bot writes to."""

    slack: PracticeSlack
    transport: TimedTransport
    cluster: str
    _replicas: Iterator[int] = field(default_factory=lambda: itertools.count(101))

    async def measured(self) -> Approved:
        """Approvals one at a time, then rounds of one on each deployment."""
        await self.warm_up()
        alone = await self.alone()
        together = [await self.round(DEPLOYMENTS, next(self._replicas)) for _ in range(_ROUNDS)]
        return Approved(alone, Latencies(tuple(one for each in together for one in each)))

    async def warm_up(self) -> None:
        """What a bot does only once (imports, connections, memories of Slack) is done."""
        for _ in range(_WARM_UP):
            await self.round(DEPLOYMENTS, next(self._replicas))

    async def alone(self) -> Latencies:
        """One approval at a time, each on another deployment: in one channel the cards would be paced."""
        rounds = [await self.round((name,), next(self._replicas)) for name in DEPLOYMENTS]
        return Latencies(tuple(one for each in rounds for one in each))

    async def ask(self, deployments: Sequence[str], replicas: int) -> dict[str, str]:
        """Ask to scale each of these; the ts of each one's card."""
        for name in deployments:
            await self.slack.act(
                REQUESTER,
                "command",
                command="/scale",
                text=f"{name} {replicas} because of load",
                channel=name,
            )
        return {name: await self._card(name, replicas) for name in deployments}

    async def round(self, deployments: Sequence[str], replicas: int) -> list[float]:
        """Ask, approve all at once, wait for all effects; milliseconds of each."""
        cards = await self.ask(deployments, replicas)
        began = time.perf_counter()
        await asyncio.gather(
            *(
                self.slack.act(APPROVER, "message", channel=name, text="APPROVED - ok", thread_ts=ts)
                for name, ts in cards.items()
            )
        )
        writes = await _soon(lambda: self._writes_since(began, deployments), f"writes to {deployments}")
        # The next round begins when this one is told to its end, in every thread.
        await _soon(lambda: self._all_told(cards), "the outcome in every thread")
        return [1000 * (writes[name] - self.transport.left[ts]) for name, ts in cards.items()]

    async def _card(self, name: str, replicas: int) -> str:
        def find() -> str:
            latest = self.slack.messages(name)[-1:]
            shown = json.dumps([(one.get("text"), one.get("blocks")) for one in latest])
            fresh = latest and "thread_ts" not in latest[0] and str(replicas) in shown
            return str(latest[0]["ts"]) if fresh else ""

        return str(await _soon(find, f"the card for {name}"))

    def _writes_since(self, began: float, deployments: Sequence[str]) -> dict[str, float]:
        with urllib.request.urlopen(self.cluster + WRITES) as response:  # noqa: S310 -- our own
            writes: dict[str, float] = json.load(response)
        return writes if all(writes.get(name, 0) > began for name in deployments) else {}

    def _all_told(self, cards: dict[str, str]) -> bool:
        latest = [self.slack.messages(name)[-1] for name in cards]
        return all("bot_id" in message and "thread_ts" in message for message in latest)


async def _soon(look: Callable[[], Any], what: str) -> Any:
    """Wait for something to be truthy and return it. Raises TooSlow."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TooSlow(f"in vain waited for {what}")
        await asyncio.sleep(0.01)
    return found


@asynccontextmanager
async def stage(cluster: str, rules: Path) -> AsyncIterator[Stage]:
    """An empty stage: a practice Slack without rate limits, the cluster, no bot yet."""
    slack = PracticeSlack(bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET, rate_factor=None)
    book = read_book(rules)
    slack.app.adopt_manifest(manifest(book, "http://localhost:3000", socket_mode=False))
    transport = TimedTransport(slack)
    slack.http = slack.delivery.http = transport
    for name in DEPLOYMENTS:  # each has its own, because a channel takes a message a second
        people = [REQUESTER, APPROVER, BOT_USER]
        slack.workspace.channels[name] = Channel(name, name, int(slack.clock.wall()), people)
    async with slack:
        yield Stage(slack, transport, cluster)


@contextmanager
def _cluster(cores: Cores, folder: Path) -> Iterator[tuple[str, Path]]:
    """The cluster's URL and a kubeconfig that names it, in a new folder."""
    folder.mkdir(parents=True)
    with server("cluster_sink", cores.slack, folder / "cluster.log") as it:
        config = folder / "kubeconfig"
        config.write_text(kubeconfig(it.url))
        yield it.url, config


async def naive(cores: Cores, folder: Path) -> Approved:
    """The naive bot's latencies."""
    with ExitStack() as stack:
        url, config = stack.enter_context(_cluster(cores, folder))
        async with stage(url, policies(folder)) as it:
            bot = server("naive_bot", cores.server, folder / "naive.log", it.slack.api_url, str(config))
            it.slack.request_url = (await asyncio.to_thread(stack.enter_context, bot)).url + PATH
            return await it.measured()


async def careful(cores: Cores, folder: Path) -> Approved:
    """The same bot's when it looks first and keeps what it heard."""
    with ExitStack() as stack:
        url, config = stack.enter_context(_cluster(cores, folder))
        redis = stack.enter_context(store(folder / "store", cores.store))
        async with stage(url, policies(folder)) as it:
            told = (it.slack.api_url, str(config), redis.url)
            bot = server("careful_bot", cores.server, folder / "careful.log", *told)
            it.slack.request_url = (await asyncio.to_thread(stack.enter_context, bot)).url + PATH
            return await it.measured()


async def ours(cores: Cores, folder: Path) -> Approved:
    """Countersign's latencies."""
    async with countersign_stage(cores, folder) as (it, _):
        return await it.measured()


@asynccontextmanager
async def countersign_stage(cores: Cores, folder: Path) -> AsyncIterator[tuple[Stage, Store]]:
    """A stage with Countersign in it, and its store."""
    with ExitStack() as stack:
        url, config = stack.enter_context(_cluster(cores, folder))
        redis = stack.enter_context(store(folder / "store", cores.store))
        rules = policies(folder)
        async with stage(url, rules) as it:
            api, more = it.slack.api_url, {"KUBECONFIG": str(config)}
            bot = countersign(cores.server, redis.url, api, folder, rules, **more)
            # In a thread, because the bot's first question is to the Slack that runs here.
            it.slack.request_url = (await asyncio.to_thread(stack.enter_context, bot)).url + PATH
            yield it, redis


def policies(folder: Path) -> Path:
    """The people of the practice rules, and each deployment as a system with a channel of its own."""
    made = folder / "policies"
    (made / "systems").mkdir(parents=True)
    for name in ("roles.yaml", "severities.yaml", "on_call.yaml"):
        shutil.copy(RULES / name, made)
    for name in DEPLOYMENTS:
        (made / "systems" / f"bench-{name}.yaml").write_text(_POLICY.replace("{name}", name))
    return made
