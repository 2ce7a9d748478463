"""What a storm plays on: a practice Slack, a store and the bot, with policies that give a storm a channel."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cores import Cores
from benchmarks.countersign import RULES, countersign
from benchmarks.load import BOT_TOKEN, PATH, SIGNING_SECRET
from benchmarks.posting import post, soon
from benchmarks.processes import Running
from benchmarks.store import Store, store
from bot.manifest import manifest
from bot.policy_folder import read_book
from bot.store.keys import Keys
from handlers.work import Key
from sandbox.prometheus import PracticePrometheus
from sandbox.slack.channel import Channel
from sandbox.slack.people import BOT_USER, TEAM
from sandbox.slack.server import PracticeSlack

ALERTS, FEW = 10_000, 60
ACK_CHANNELS = {"SEV1": "C0ACKS", "SEV2": "C0ACKSTOO"}
STORM, _FEW = "C0STORM", "C0FEW"
_ACKS = 20
"""Acknowledgements a channel; the threads they need are opened before, a message a second."""
_ACK_EVERY = 0.3
_PERSON = "U02OMAR"
KEYS = Keys(TEAM)
_SYSTEM = """\
system: credit-monitoring
kinds: [credit-monitoring, prometheus]
title: Storm
channel: "#acks"
settings: {root: "${CREDIT_MONITORING_ROOT}", prometheus_url: "${PROMETHEUS_URL}"}
alerts:
  run-record:
    SEV1: {channel: "#acks"}
    SEV2: {channel: "#acks-too"}
    SEV3: {channel: "#storm"}
  alertmanager:
    SEV4: {channel: "#few"}
signals:
  when: [{system: credit-monitoring}]
  severity: {otherwise: SEV4}
pictures:
  others: {query: "queue_messages"}
acknowledge:
  SEV1: {roles: [o2]}
  SEV2: {roles: [o2]}
"""
_OWN_THREADS = "{of_one_cause: 500, in_one_channel: 500}"


def record(number: int, severity: str) -> dict[str, Any]:
    """One run of one of ten jobs."""
    return {
        "Run_ID": f"RUN-20261121-N{number:06d}",
        "Timestamp": "2026-11-21T12:00:00Z",
        "Scenario_Name": f"job {number % 10}" if severity == "SEV3" else f"single job {number}",
        "Severity": severity,
        "Status": "Success",
        "Credits_Total": 1000 + number,
    }


def _named(number: int) -> str:
    return f"sixty {number:02d} of sixty"


def _notice(number: int, status: str) -> dict[str, Any]:
    """One of the sixty, each of a cause of its own, as Alertmanager tells it."""
    labels = {"alertname": f"Sixty{number:02d}", "system": "credit-monitoring", "severity": "info"}
    alert = {
        "status": status,
        "labels": labels,
        "annotations": {"summary": _named(number)},
        "startsAt": "2026-11-21T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-21T12:10:00Z",
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": f"{number:016x}",
    }
    return {
        "version": "4",
        "groupKey": f"{{}}:{number}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "countersign",
        "groupLabels": {"alertname": labels["alertname"]},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example:9093",
        "alerts": [alert],
    }


@dataclass(frozen=True)
class Stage:
    slack: PracticeSlack
    redis: Store
    bot: Running

    async def threads(self) -> list[tuple[str, str, str]]:
        """Alerts to acknowledge, each with its thread: channel, ts, the alert's id."""
        numbers = range(ALERTS * 2, ALERTS * 2 + _ACKS * len(ACK_CHANNELS))
        severities = sorted(ACK_CHANNELS)
        records = [record(number, severities[number % 2]) for number in numbers]
        await post(self.bot.url, "/alerts/run-record", records)
        await soon(lambda: len(self._roots()) == len(records), "the threads to acknowledge in")
        return self._roots()

    def _roots(self) -> list[tuple[str, str, str]]:
        return [
            (channel, str(one["ts"]), one["metadata"]["event_payload"]["slot"].removeprefix("alert/"))
            for channel in ACK_CHANNELS.values()
            for one in self.slack.messages(channel)
            if one.get("metadata")
        ]

    async def answer(self, threads: Sequence[tuple[str, str, str]]) -> list[float]:
        """Acknowledge one after the other; milliseconds until each is in the store."""
        took = []
        for channel, ts, alert in threads:
            began = time.perf_counter()
            said = asyncio.create_task(
                self.slack.act(_PERSON, "message", channel=channel, text="ACK - on it", thread_ts=ts)
            )
            await soon(partial(self._acknowledged, alert), "an acknowledgement")
            took.append(1000 * (time.perf_counter() - began))
            await said
            await asyncio.sleep(_ACK_EVERY)
        return took

    def _acknowledged(self, alert: str) -> bool:
        document = str(self.redis.client.hget(KEYS.object(Key("alert", alert)), "doc"))
        return '"state":"acknowledged"' in document

    def firing(self) -> Counter[str]:
        """How often each alert of the storm began, by what it is about, as the record has it."""
        found: Counter[str] = Counter()
        for _, fields in self.redis.client.xrange(KEYS.audit) or ():
            entry = json.loads(next(iter((fields or {}).values())))
            about = str(entry["detail"].get("about", ""))
            if entry["event"] == "alert-firing" and about.startswith("RUN-20261121-N00"):
                found[about] += 1
        return found

    async def told(self, status: str) -> tuple[int, float, int]:
        """Sixty alerts fire, or are over, one a body: messages, seconds, and how many were never told."""
        seen, began = self.slack.workspace.log.seq, time.perf_counter()
        await post(self.bot.url, "/alerts/alertmanager", [_notice(n, status) for n in range(FEW)])
        all_told = await soon(lambda: self._untold(status) == 0, "the sixty to be told", strict=False)
        took = time.perf_counter() - began
        events = [json.loads(one.data) for one in self.slack.workspace.log.since(seen)]
        shown = [one for one in events if one["type"] in ("message", "message_changed")]
        return sum(one["channel"] == _FEW for one in shown), took, 0 if all_told else self._untold(status)

    def _untold(self, status: str) -> int:
        """How many of the sixty no message names, as firing or as over."""
        said = "\n".join(str(one.get("text", "")) for one in self.slack.messages(_FEW))
        said += json.dumps([one.get("blocks") for one in self.slack.messages(_FEW)], ensure_ascii=False)
        if status == "firing":
            return sum(_named(number) not in said for number in range(FEW))
        ended = ("{}: resolved", "{} · over")
        return sum(all(form.format(_named(n)) not in said for form in ended) for n in range(FEW))

    def pictures(self) -> int:
        """How many messages show one."""
        names = (STORM, *ACK_CHANNELS.values())
        said = [one.get("blocks") or [] for name in names for one in self.slack.messages(name)]
        return sum(any(block["type"] == "image" for block in blocks) for blocks in said)

    def most_in_a_second(self, channel: str) -> int:
        """The most messages that came to a channel within any one second."""
        at = sorted(float(one["ts"]) for one in self.slack.messages(channel))
        return max((sum(first <= one < first + 1 for one in at) for first in at), default=0)


@asynccontextmanager
async def stage_for(cores: Cores, folder: Path, *, pictures: bool) -> AsyncIterator[Stage]:
    rules = _policies(folder)
    slack = PracticeSlack(bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET, rate_factor=None)
    slack.app.adopt_manifest(manifest(read_book(rules), "http://localhost:3000", socket_mode=False))
    names = {"C0ACKS": "acks", "C0ACKSTOO": "acks-too", STORM: "storm", _FEW: "few"}
    for id_, name in names.items():
        slack.workspace.channels[id_] = Channel(id_, name, int(slack.clock.wall()), [_PERSON, BOT_USER])
    with ExitStack() as stack:
        redis = stack.enter_context(store(folder / "store", cores.store))
        async with AsyncExitStack() as neighbours:
            await neighbours.enter_async_context(slack)
            more = {"COUNTERSIGN_PICTURES": "off"}
            if pictures:
                measured = await neighbours.enter_async_context(PracticePrometheus(folder / "monitor"))
                more = {"COUNTERSIGN_PICTURES": "on", "PROMETHEUS_URL": measured.url}
            bot = countersign(cores.server, redis.url, slack.api_url, folder, rules, **more)
            running = await asyncio.to_thread(stack.enter_context, bot)
            slack.request_url = running.url + PATH
            yield Stage(slack, redis, running)


def _policies(folder: Path) -> Path:
    made = folder / "policies"
    (made / "systems").mkdir(parents=True)
    for name in ("roles.yaml", "on_call.yaml"):
        shutil.copy(RULES / name, made)
    own = "\n".join(f'    "#{name}": {_OWN_THREADS}' for name in ("acks", "acks-too"))
    severities = (RULES / "severities.yaml").read_text()
    (made / "severities.yaml").write_text(
        severities.replace("  # channels:\n", f"  channels:\n{own}\n  # channels:\n")
    )
    (made / "systems" / "credit-monitoring.yaml").write_text(_SYSTEM)
    return made
