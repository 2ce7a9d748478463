"""Ten thousand alerts in a minute at most, while people acknowledge; beside Alertmanager taking in the same.

Every alert is a body of its own, the hardest way for the bot. The clock of an acknowledgement starts when its
event leaves for the bot and stops when the store has it. Then sixty alerts, told at a message a second, and
then that each of them is over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.alertmanager import seconds_to_accept
from benchmarks.cores import Cores
from benchmarks.posting import post, soon
from benchmarks.storm_stage import ACK_CHANNELS, ALERTS, KEYS, STORM, record, stage_for
from handlers.work import Queue


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
    alertmanager = await seconds_to_accept(ALERTS, cores, folder / "alertmanager")
    async with stage_for(cores, folder / "storm", pictures=pictures) as it:
        threads = await it.threads()
        answering = asyncio.create_task(it.answer(threads))
        began, cpu, kept = time.perf_counter(), it.bot.cpu_seconds(), it.bot.kept_waiting_seconds()
        accepted = await post(it.bot.url, "/alerts/run-record", [record(n, "SEV3") for n in range(ALERTS)])
        accept_seconds = time.perf_counter() - began
        await soon(lambda: not it.redis.waiting(KEYS.queue(Queue.ALERTS).bodies), "the backlog to go")
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
            posts={name: len(it.slack.messages(name)) for name in (STORM, *ACK_CHANNELS.values())},
            most_in_a_second=it.most_in_a_second(STORM),
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


def _peak_mb(pid: int) -> float:
    """The most memory that a process had, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")
