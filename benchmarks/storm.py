"""Ten thousand alerts in a minute at most, while people acknowledge; beside Alertmanager taking in the same.

Every alert is a body of its own, the hardest way for the bot. The clock of an acknowledgement starts when its
event leaves for the bot and stops when the store has it. Then sixty alerts, told at a message a second, and
then that each of them is over.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cores import Cores
from benchmarks.countersign import INTAKE_TOKEN, RULES, countersign
from benchmarks.load import BOT_TOKEN, PATH, SIGNING_SECRET, Connection
from benchmarks.processes import Running, answers, child, until
from benchmarks.store import Store, store
from bot.manifest import manifest
from bot.policy_folder import read_book
from bot.store.keys import Keys
from handlers.work import Key, Queue
from sandbox.kept_port import kept_port
from sandbox.prometheus import PracticePrometheus
from sandbox.slack.channel import Channel
from sandbox.slack.people import BOT_USER, TEAM
from sandbox.slack.server import PracticeSlack

ALERTS, FEW = 10_000, 60
_CONNECTIONS = 32
_ACK_CHANNELS = {"SEV1": "C0ACKS", "SEV2": "C0ACKSTOO"}
_STORM, _FEW = "C0STORM", "C0FEW"
_ACKS = 20
"""Acknowledgements a channel; the threads they need are opened before, a message a second."""
_ACK_EVERY = 0.3
_PERSON = "U02OMAR"
_PATIENCE = 240.0
_KEYS = Keys(TEAM)
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


@dataclass(frozen=True)
class Storm:
    """One storm. Times in seconds; `alertmanager` is its own time to accept as many, one a request."""

    accepted: int
    accept_seconds: float
    done_seconds: float
    cpu_seconds: float
    kept_waiting_seconds: float
    """Of the time until all were handled: what others on the same core took."""
    recorded: int
    twice: int
    posts: Mapping[str, int]
    most_in_a_second: int
    ack_ms: tuple[float, ...]
    bot_peak_mb: float
    store_peak_mb: float
    alertmanager: float
    pictures: int
    """Alerts that show a picture once all were handled; -1 without pictures."""
    few_messages: int
    """Posts and updates in the channel of the sixty."""
    few_seconds: float
    few_untold: int
    over_messages: int
    over_seconds: float
    over_untold: int

    @property
    def lost(self) -> int:
        """Alerts that were accepted and are not recorded."""
        return self.accepted - self.recorded

    @property
    def ack_p99(self) -> float:
        """Milliseconds."""
        ordered = sorted(self.ack_ms)
        return ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]

    @property
    def few_late(self) -> float:
        """Seconds beyond one a message until all of the sixty were told."""
        return self.few_seconds - self.few_messages

    @property
    def over_late(self) -> float:
        """The same of their ends."""
        return self.over_seconds - self.over_messages

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ack_p99_ms": self.ack_p99, "lost": self.lost}


async def measure(cores: Cores, folder: Path, *, pictures: bool = False) -> Storm:
    """The storm, with people answering in the midst of it, and the sixty; before it Alertmanager."""
    alertmanager = await _alertmanager(cores, folder / "alertmanager")
    async with _stage(cores, folder / "storm", pictures=pictures) as it:
        threads = await it.threads()
        answering = asyncio.create_task(it.answer(threads))
        began, cpu, kept = time.perf_counter(), it.bot.cpu_seconds(), it.bot.kept_waiting_seconds()
        accepted = await _post(it.bot.url, "/alerts/run-record", [_record(n, "SEV3") for n in range(ALERTS)])
        accept_seconds = time.perf_counter() - began
        await _soon(lambda: not it.redis.waiting(_KEYS.queue(Queue.ALERTS).bodies), "the backlog to go")
        done_seconds = time.perf_counter() - began
        used, kept = it.bot.cpu_seconds() - cpu, it.bot.kept_waiting_seconds() - kept
        acks = await answering
        firing = it.firing()
        drawn = it.pictures() if pictures else -1
        few = await it.told("firing")
        over = await it.told("resolved")
        return Storm(
            accepted=accepted,
            accept_seconds=accept_seconds,
            done_seconds=done_seconds,
            cpu_seconds=used,
            kept_waiting_seconds=kept,
            recorded=len(firing),
            twice=sum(count - 1 for count in firing.values()),
            posts={name: len(it.slack.messages(name)) for name in (_STORM, *_ACK_CHANNELS.values())},
            most_in_a_second=it.most_in_a_second(_STORM),
            ack_ms=tuple(acks),
            bot_peak_mb=_peak_mb(it.bot.pid),
            store_peak_mb=int(it.redis.client.info("memory")["used_memory_peak"]) / 2**20,
            alertmanager=alertmanager,
            pictures=drawn,
            few_messages=few[0],
            few_seconds=few[1],
            few_untold=few[2],
            over_messages=over[0],
            over_seconds=over[1],
            over_untold=over[2],
        )


def _record(number: int, severity: str) -> dict[str, Any]:
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


async def _post(url: str, path: str, bodies: Sequence[Any]) -> int:
    """Send each body in a request of its own over 32 connections; how many were accepted."""
    host = url.removeprefix("http://")
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {INTAKE_TOKEN}\r\n"
    waiting = iter(bodies)
    accepted = 0

    async def drive(connection: Connection) -> None:
        nonlocal accepted
        for body in waiting:
            data = json.dumps(body).encode()
            sized = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
            status = await connection.send((head + sized).encode() + data)
            accepted += status in (200, 202)

    opened = [await Connection.open(url) for _ in range(_CONNECTIONS)]
    try:
        await asyncio.gather(*map(drive, opened))
    finally:
        for connection in opened:
            connection.close()
    return accepted


@dataclass(frozen=True)
class _Stage:
    slack: PracticeSlack
    redis: Store
    bot: Running

    async def threads(self) -> list[tuple[str, str, str]]:
        """Alerts to acknowledge, each with its thread: channel, ts, the alert's id."""
        numbers = range(ALERTS * 2, ALERTS * 2 + _ACKS * len(_ACK_CHANNELS))
        severities = sorted(_ACK_CHANNELS)
        records = [_record(number, severities[number % 2]) for number in numbers]
        await _post(self.bot.url, "/alerts/run-record", records)
        await _soon(lambda: len(self._roots()) == len(records), "the threads to acknowledge in")
        return self._roots()

    def _roots(self) -> list[tuple[str, str, str]]:
        return [
            (channel, str(one["ts"]), one["metadata"]["event_payload"]["slot"].removeprefix("alert/"))
            for channel in _ACK_CHANNELS.values()
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
            await _soon(partial(self._acknowledged, alert), "an acknowledgement")
            took.append(1000 * (time.perf_counter() - began))
            await said
            await asyncio.sleep(_ACK_EVERY)
        return took

    def _acknowledged(self, alert: str) -> bool:
        document = str(self.redis.client.hget(_KEYS.object(Key("alert", alert)), "doc"))
        return '"state":"acknowledged"' in document

    def firing(self) -> Counter[str]:
        """How often each alert of the storm began, by what it is about, as the record has it."""
        found: Counter[str] = Counter()
        for _, fields in self.redis.client.xrange(_KEYS.audit) or ():
            entry = json.loads(next(iter((fields or {}).values())))
            about = str(entry["detail"].get("about", ""))
            if entry["event"] == "alert-firing" and about.startswith("RUN-20261121-N00"):
                found[about] += 1
        return found

    async def told(self, status: str) -> tuple[int, float, int]:
        """Sixty alerts fire, or are over, one a body: messages, seconds, and how many were never told."""
        seen, began = self.slack.workspace.log.seq, time.perf_counter()
        await _post(self.bot.url, "/alerts/alertmanager", [_notice(n, status) for n in range(FEW)])
        all_told = await _soon(lambda: self._untold(status) == 0, "the sixty to be told", strict=False)
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
        names = (_STORM, *_ACK_CHANNELS.values())
        said = [one.get("blocks") or [] for name in names for one in self.slack.messages(name)]
        return sum(any(block["type"] == "image" for block in blocks) for blocks in said)

    def most_in_a_second(self, channel: str) -> int:
        """The most messages that came to a channel within any one second."""
        at = sorted(float(one["ts"]) for one in self.slack.messages(channel))
        return max((sum(first <= one < first + 1 for one in at) for first in at), default=0)


@asynccontextmanager
async def _stage(cores: Cores, folder: Path, *, pictures: bool) -> AsyncIterator[_Stage]:
    rules = _policies(folder)
    slack = PracticeSlack(bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET, rate_factor=None)
    slack.app.adopt_manifest(manifest(read_book(rules), "http://localhost:3000", socket_mode=False))
    names = {"C0ACKS": "acks", "C0ACKSTOO": "acks-too", _STORM: "storm", _FEW: "few"}
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
            yield _Stage(slack, redis, running)


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


async def _alertmanager(cores: Cores, folder: Path) -> float:
    """Seconds in which Debian's Alertmanager accepts as many alerts, one a request; nan without it."""
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        return float("nan")
    config = _configured(folder)
    command = [program, f"--config.file={config}", f"--storage.path={folder}/data"]
    with ExitStack() as stack:
        port = stack.enter_context(kept_port())
        command += [
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=error",
        ]
        process = stack.enter_context(child(command, cores.server, folder / "am.log"))
        await asyncio.to_thread(until, lambda: _listens(port), process, folder / "am.log")
        bodies = [
            [{"labels": {"alertname": f"job {number % 10}", "instance": str(number), "severity": "warning"}}]
            for number in range(ALERTS)
        ]
        began = time.perf_counter()
        accepted = await _post(f"http://127.0.0.1:{port}", "/api/v2/alerts", bodies)
        took = time.perf_counter() - began
    return took if accepted == ALERTS else float("nan")


def _configured(folder: Path) -> Path:
    """A configuration of Alertmanager that tells nobody, in a new folder."""
    folder.mkdir(parents=True)
    config = folder / "alertmanager.yml"
    config.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    return config


def _listens(port: int) -> bool:
    return answers(port, "/-/ready")


def _peak_mb(pid: int) -> float:
    """The most memory that a process had, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")


async def _soon(look: Any, what: str, *, strict: bool = True) -> Any:
    """Wait for something to be truthy and return it. Raises TimeoutError, unless it is not `strict`."""
    deadline = time.monotonic() + _PATIENCE
    while not (found := look()):
        if time.monotonic() > deadline:
            if strict:
                raise TimeoutError(f"in vain waited for {what}")
            return found
        await asyncio.sleep(0.005)
    return found
