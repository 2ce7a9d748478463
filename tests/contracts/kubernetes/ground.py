"""The ground on which the contract is tried: a namespace, and the accounts that know it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster import PracticeCluster


@dataclass(frozen=True)
class Ground:
    """A namespace with the workloads of `sandbox.cluster.seed`, and a kubeconfig for each account."""

    namespace: str
    bot: Path
    reader: Path
    """May read what the bot reads, and change nothing."""
    admin: Path


@asynccontextmanager
async def practice_ground(folder: Path) -> AsyncIterator[Ground]:
    """In the practice cluster, whose rollouts take a tenth of a second a step."""
    async with PracticeCluster(step_seconds=0.1) as cluster:
        accounts = {
            name: cluster.write_kubeconfig(folder / name, name) for name in ("bot", "reader", "admin")
        }
        yield Ground("auditron", **accounts)
