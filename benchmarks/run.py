"""Runs every part, one after the other, and reports."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import approvals, commands, noise, open_requests, report, storm
from benchmarks.commands import SUBJECTS
from benchmarks.cores import Cores, machine, plan
from benchmarks.processes import REPOSITORY
from benchmarks.results import Results
from benchmarks.storm_stage import ALERTS

PARTS = ("commands", "approvals", "open-requests", "storm", "storm-with-pictures")
RESULT = REPOSITORY / "build" / "bench.json"


async def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status is 0 whatever the figures are."""
    options = _options(argv)
    _end_children_when_told()
    cores = plan()
    os.sched_setaffinity(0, {cores.load})
    RESULT.parent.mkdir(exist_ok=True)
    about = {
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": machine(),
        "cores": cores.describe(),
        "data": f"data in {options.data}",
        "around": noise.probe(options.data).describe(),
    }
    print("\n".join(about.values()) + "\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.data) as folder:
        results = await _measure(cores, Path(folder), options.passes, options.parts)
    about["after"] = noise.probe(options.data).describe()
    print(f"\n{report.text(results)}\n\nafterwards: {about['after']}")
    told = about | results.as_json() | {"aims": [aim.as_json() for aim in report.aims(results)]}
    RESULT.write_text(json.dumps(told, indent=2))
    print(f"written to {RESULT.relative_to(REPOSITORY)}")
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--passes", type=int, default=2, help="passes over all servers (default: 2)")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part (default: all)")
    # Not below /tmp by default, which may live in memory: every write waits for a real disk.
    parser.add_argument("--data", type=Path, default=RESULT.parent, help="where stores write")
    options = parser.parse_args(argv)
    options.parts = options.only or PARTS
    return options


def _end_children_when_told() -> None:
    """SIGTERM ends this program as Ctrl-C does, and its children with it."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _measure(cores: Cores, folder: Path, passes: int, parts: Sequence[str]) -> Results:
    """Every server once a pass, so that what disturbs the machine for a while disturbs them all."""
    results = Results({}, [], [], [], [], [])
    for number in range(passes):
        here = folder / str(number)
        if "commands" in parts:
            for place, subject in enumerate(SUBJECTS):
                _say(number, subject.name)
                figures = await commands.measure(subject, cores, here / f"commands-{place}")
                results.commands.setdefault(subject.name, []).append(figures)
        if "approvals" in parts:
            _say(number, "approvals, naive bot")
            results.naive.append(await approvals.naive(cores, here / "naive"))
            _say(number, "approvals, a bot that looks first")
            results.careful.append(await approvals.careful(cores, here / "careful"))
            _say(number, "approvals, Countersign")
            results.ours.append(await approvals.ours(cores, here / "ours"))
    if "open-requests" in parts:
        _say(0, f"{open_requests.SIZES[-1]:,} open requests")
        results.grown.append(await open_requests.measure(cores, folder / "open"))
    if "storm" in parts:
        _say(0, f"a storm of {ALERTS:,} alerts")
        results.storms.append(await storm.measure(cores, folder / "storm"))
    if "storm-with-pictures" in parts:
        _say(0, f"a storm of {ALERTS:,} alerts, with pictures")
        results.storms.append(await storm.measure(cores, folder / "storm-pictures", pictures=True))
    return results


def _say(number: int, what: str) -> None:
    print(f"· pass {number + 1}: {what}", flush=True)
