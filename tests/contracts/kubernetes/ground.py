"""The ground on which the contract is tried: a namespace, and the accounts that know it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.systems.kubernetes.access import Account, permissions_of
from bot.systems.kubernetes.permissions import Permission
from sandbox.cluster import PracticeCluster
from tests.contracts.kubernetes.role import NOBODY_ASKS, READS, everything, written

Asking = Mapping[str, frozenset[Permission]]


class Admit(Protocol):
    async def __call__(
        self, name: str, permissions: Collection[Permission], asking: Asking = NOBODY_ASKS
    ) -> Path:
        """Makes a service account of that name, which has just these permissions; its kubeconfig.

        In whose name it acts gets what `asking` gives to each of their roles.
        """
        ...


@dataclass(frozen=True)
class Ground:
    """A namespace with the workloads of `sandbox.cluster.seed`, and a kubeconfig for each account."""

    namespace: str
    bot: Path
    """May do what every action and reading together declare, and nothing else."""
    reader: Path
    """May read what the bot reads, and change nothing."""
    admin: Path
    admit: Admit


async def ground_of(namespace: str, admin: Path, admit: Admit) -> Ground:
    """With the accounts that every test finds."""
    wanted = permissions_of([everything(namespace=namespace, node_labels="tests=yes")])
    reading = {one for one in wanted if one.verb in READS}
    bot, reader = await admit("bot", wanted), await admit("reader", reading)
    return Ground(namespace, bot=bot, reader=reader, admin=admin, admit=admit)


@asynccontextmanager
async def practice_ground(folder: Path) -> AsyncIterator[Ground]:
    """In the practice cluster, whose rollouts take a tenth of a second a step."""
    async with PracticeCluster(step_seconds=0.1) as cluster:

        async def admit(name: str, permissions: Collection[Permission], asking: Asking = NOBODY_ASKS) -> Path:
            cluster.admit(name, written(Account("auditron", name), permissions, asking))
            return cluster.write_kubeconfig(folder / name, name)

        yield await ground_of("auditron", cluster.write_kubeconfig(folder / "admin", "admin"), admit)
