"""Runs every part, one after the other, and reports."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.commands import BOLT, COUNTERSIGN, HANDLER, SUBJECTS, Figures, measure
from benchmarks.cores import Cores, machine, plan
from benchmarks.processes import REPOSITORY
from benchmarks.report import aims_table, commands_aims, commands_table

RESULT = REPOSITORY / "build" / "bench.json"


async def main(argv: Sequence[str] | None = None) -> int:
    """Measure everything; the exit status is 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--passes", type=int, default=3, help="passes over all servers (default: 3)")
    options = parser.parse_args(argv)
    cores = plan()
    os.sched_setaffinity(0, {cores.load})
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    print(f"{when}, {machine()}\n{cores.describe()}\n", flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    # Beside the result and not in /tmp, which may live in memory: every write waits for a real disk.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=RESULT.parent) as folder:
        results = await _commands(cores, Path(folder), options.passes)
    aims = commands_aims(results[BOLT.name], results[HANDLER.name], results[COUNTERSIGN.name])
    print(f"{commands_table(results)}\n\n{aims_table(aims)}\n")
    told = {
        "when": when,
        "machine": machine(),
        "cores": cores.describe(),
        "commands": {name: [one.as_json() for one in passes] for name, passes in results.items()},
        "aims": [aim.as_json() for aim in aims],
    }
    RESULT.write_text(json.dumps(told, indent=2))
    print(f"written to {RESULT.relative_to(REPOSITORY)}")
    return 0


async def _commands(cores: Cores, folder: Path, passes: int) -> dict[str, list[Figures]]:
    """Every server once a pass, so that what disturbs the machine for a while disturbs them all."""
    results: dict[str, list[Figures]] = {subject.name: [] for subject in SUBJECTS}
    for number in range(passes):
        for place, subject in enumerate(SUBJECTS):
            print(f"· pass {number + 1}: {subject.name}", flush=True)
            results[subject.name].append(await measure(subject, cores, folder / f"{number}-{place}"))
    return results
