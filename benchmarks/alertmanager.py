"""Alertmanager taking in as many alerts as the bot, to set beside it."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.cores import Cores
from benchmarks.posting import post
from benchmarks.processes import answers, child, until
from sandbox.kept_port import kept_port


async def seconds_to_accept(count: int, cores: Cores, folder: Path) -> float:
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
            for number in range(count)
        ]
        began = time.perf_counter()
        accepted = await post(f"http://127.0.0.1:{port}", "/api/v2/alerts", bodies)
        took = time.perf_counter() - began
    return took if accepted == count else float("nan")


def _configured(folder: Path) -> Path:
    """A configuration of Alertmanager that tells nobody, in a new folder."""
    folder.mkdir(parents=True)
    config = folder / "alertmanager.yml"
    config.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    return config


def _listens(port: int) -> bool:
    return answers(port, "/-/ready")
