"""Child processes of the benchmark: pinned, awaited, and ended with it."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cores import pinned

REPOSITORY = Path(__file__).parent.parent
START_SECONDS = 180.0
GRACE_SECONDS = 10.0
_OURS = ("SLACK_", "COUNTERSIGN_", "REDIS_URL", "CREDIT_MONITORING_", "KUBECONFIG")
"""Variables of a real installation, which a benchmark must never touch."""


class DidNotStart(Exception):
    """A child ended, or stayed silent, before it could serve; the message has its last words."""


@dataclass(frozen=True)
class Running:
    """A server that listens."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """What it has used of its core so far; unlike its speed, it does not depend on who else is here."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kept_waiting_seconds(self) -> float:
        """How long its first thread wanted to run and others had its core; nan where the kernel does not say.

        https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
        """
        try:
            return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9
        except (OSError, IndexError):
            return float("nan")


@contextmanager
def child(
    command: Sequence[str], core: int, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a program on one core; its stdout can be read, its stderr goes to `log`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    with log.open("ab") as errors, pinned(core):
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=inherited | dict(environment or {}), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def server(module: str, core: int, log: Path, *arguments: str) -> Iterator[Running]:
    """One of the benchmark's own servers, `python -m benchmarks.<module>`, which prints its URL.

    Raises DidNotStart.
    """
    with child([sys.executable, "-m", f"benchmarks.{module}", *arguments], core, log) as process:
        if process.stdout is None or not (url := process.stdout.readline().strip()):
            raise DidNotStart(f"{module} printed no address; see {log}: {log.read_text()[-2000:]}")
        yield Running(url, process.pid)


def until(holds: Callable[[], bool], process: subprocess.Popen[str], log: Path) -> None:
    """Wait until a child serves. Raises DidNotStart."""
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(f"{process.args!r} does not serve; {log} ends: {log.read_text()[-2000:]}")
        time.sleep(0.02)


def answers(port: int, path: str) -> bool:
    """Whether a GET on this machine answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
