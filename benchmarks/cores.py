"""Which process runs on which core, so that a server is measured and not its neighbours."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cores:
    """A core for each part. The server under test never shares its core; with few cores the others do."""

    server: int
    load: int
    store: int
    slack: int

    def describe(self) -> str:
        """One line for the report: who has which core, and who shares."""
        parts = f"server {self.server}, load {self.load}, store {self.store}, Slack {self.slack}"
        shared = len({self.server, self.load, self.store, self.slack}) < 4
        return f"cores: {parts}" + (
            " (shared: load, store and Slack take from one another)" if shared else ""
        )


def plan() -> Cores:
    """Spread the parts over the cores that this process may use.

    Raises RuntimeError on a single core, where a server would be measured together with its load.
    """
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise RuntimeError("the benchmark needs two cores: one for the server, one for everything else")
    server, *rest = usable
    return Cores(server, rest[0], rest[1 % len(rest)], rest[2 % len(rest)])


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Run on one core for a while: a process that is started meanwhile stays there for life."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def machine() -> str:
    """Size of the machine, for the report."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    model = models[0] if models else platform.machine()
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, Python {platform.python_version()}"
