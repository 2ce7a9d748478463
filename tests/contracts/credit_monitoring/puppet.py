"""A process that runs the adapter and can be killed, stopped or refused at any of its system calls.

As a program it forks a child for every line of orders, so a kill costs milliseconds. The child watches its
own calls through Python's profiling hook, which sees each call of `posix` and `fcntl` before it is made: the
adapter under test is not touched. As a module it is the test's handle on that program.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.actions.credit_monitoring.ports import (
    CaseState,
    Move,
    RerunApproval,
    RerunWithdrawal,
    RunState,
)
from handlers.errors import CountersignError, DoNotRetry

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
KILL, STOP = "kill", "stop"
NEVER_FAILS = "close"
"""Not refused: everything is on disk before it is closed, so its failure means nothing."""


@dataclass(frozen=True)
class Order:
    """One call of the adapter: `how` (kill, stop or an errno's name) befalls system call number `at`."""

    root: str
    method: str
    arguments: Mapping[str, Any]
    at: int = 0
    how: str = KILL
    lock_wait: float = 10.0
    file_size_limit: int = -1
    memory_limit: int = -1


@dataclass(frozen=True)
class Report:
    """What became of it. `error` is the class of what it raised, empty when it returned.

    `found` says where the files were that it returned: names in the dated folder, names in quarantine.
    """

    ended: str
    error: str = ""
    code: str = ""
    calls: tuple[str, ...] = ()
    found: tuple[tuple[str, ...], ...] = ()


class Puppet:
    """The program, started. Use it in a `with` statement."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Puppet:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def begin(self, order: Order) -> None:
        """Give an order and do not wait."""
        self._say(json.dumps(asdict(order)))

    def report(self) -> Report:
        """Wait until the child has ended, was killed or has stopped."""
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        found = tuple(tuple(names) for names in said["found"])
        return Report(said["ended"], said["error"], said["code"], tuple(said["calls"]), found)

    def run(self, order: Order) -> Report:
        """Give an order and wait."""
        self.begin(order)
        return self.report()

    def resume(self) -> Report:
        """Let a stopped child go on, and wait."""
        self._say("{}")
        return self.report()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


class _Strings:
    """Counts the system calls of the adapter's threads and pulls at the one that was ordered."""

    def __init__(self, at: int, how: str) -> None:
        self.calls: list[str] = []
        self._at = at
        self._how = how

    def __call__(self, _frame: FrameType, event: str, called: Any) -> None:
        if event != "c_call" or getattr(called, "__module__", "") not in ("posix", "fcntl"):
            return
        if self._how not in (KILL, STOP) and called.__name__ == NEVER_FAILS:
            return
        self.calls.append(called.__name__)
        if len(self.calls) != self._at:
            return
        if self._how == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self._how == STOP:
            # To this thread: when sent to the process, the thread goes on until the others have stopped.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        else:
            raise OSError(getattr(errno, self._how), f"ordered {self._how}")


def _obey(order: Order) -> Report:
    for limit, value in (
        (resource.RLIMIT_FSIZE, order.file_size_limit),
        (resource.RLIMIT_DATA, order.memory_limit),
    ):
        if value >= 0:
            resource.setrlimit(limit, (value, value))
    strings = _Strings(order.at, order.how)
    threading.setprofile(strings)
    monitor = CreditMonitorOnDisk(Path(order.root), lambda: AT, lock_wait=order.lock_wait)
    try:
        state = asyncio.run(_call(monitor, order))
    except CountersignError as error:
        code = error.code if isinstance(error, DoNotRetry) else ""
        return Report("raised", type(error).__name__, code, tuple(strings.calls))
    places = (state.in_home, state.in_quarantine) if isinstance(state, RunState) else ()
    found = tuple(tuple(file.name for file in files) for files in places)
    return Report("returned", calls=tuple(strings.calls), found=found)


async def _call(monitor: CreditMonitorOnDisk, order: Order) -> RunState | CaseState | None:
    match order.method:
        case "look":
            return await monitor.files.look(**order.arguments)
        case "quarantine":
            return await monitor.files.quarantine(Move(**order.arguments))
        case "release":
            return await monitor.files.release(Move(**order.arguments))
        case "open":
            return await monitor.cases.open(**order.arguments)
        case "amend":
            return await monitor.cases.amend(**order.arguments)
        case "approve":
            await monitor.reruns.approve(RerunApproval(**order.arguments, at=AT))
        case "withdraw":
            await monitor.reruns.withdraw(RerunWithdrawal(**order.arguments, at=AT))
        case other:
            raise ValueError(other)
    return None


def _fork(order: Order) -> tuple[int, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    report = _obey(order)
    os.write(writing, json.dumps(asdict(report)).encode())
    os._exit(0)


def _wait(child: int, reading: int) -> dict[str, Any]:
    _, status = os.waitpid(child, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return asdict(Report("stopped"))
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    ended: dict[str, Any] = json.loads(said) if said else asdict(Report("killed"))
    return ended


def main() -> None:
    """Obey orders, one line each, until the input ends."""
    child = reading = 0
    stopped = False
    for line in sys.stdin:
        words = json.loads(line)
        if stopped:
            os.kill(child, signal.SIGKILL if words else signal.SIGCONT)
        if words:
            child, reading = _fork(Order(**words))
        report = _wait(child, reading)
        stopped = report["ended"] == "stopped"
        print(json.dumps(report), flush=True)
    if stopped:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
