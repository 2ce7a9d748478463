"""The nodes under a namespace as the handlers see them. Their adapter is `bot.systems.kubernetes.nodes`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from handlers.actions.kubernetes.objects import Stamp

EMPTY_DIRS, BARE_PODS = "empty-dirs", "bare-pods"
"""What a drain may lose where policy says so: files that live as long as their pod, and pods that nothing
makes anew."""


@dataclass(frozen=True)
class Amounts:
    """What pods ask for, or a node has: places for pods, CPU in thousandths of a core, memory in bytes."""

    pods: int = 0
    cpu: int = 0
    memory: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.pods + other.pods, self.cpu + other.cpu, self.memory + other.memory)

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(self.pods - other.pods, self.cpu - other.cpu, self.memory - other.memory)

    def holds(self, needed: Amounts) -> bool:
        """Whether this is enough, summed up."""
        return self.pods >= needed.pods and self.cpu >= needed.cpu and self.memory >= needed.memory


@dataclass(frozen=True)
class Node:
    """A node as it stands. `requests` are the stamps that it carries, newest first."""

    name: str
    uid: str
    resource_version: str
    cordoned: bool
    ready: bool
    requests: tuple[str, ...] = ()


@dataclass(frozen=True)
class PodHere:
    """A pod on a node. `kind` and `owner` are its controller's, empty when it has none.

    `stays` is why a drain leaves it alone, empty when it goes; `ending` that it is going already. `loses` is
    what would be lost with it, of `EMPTY_DIRS` and `BARE_PODS`.
    """

    namespace: str
    name: str
    uid: str
    kind: str = ""
    owner: str = ""
    stays: str = ""
    ending: bool = False
    loses: frozenset[str] = frozenset()
    needs: Amounts = field(default=Amounts(pods=1))
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def workload(self) -> str:
        """What makes it anew: `Deployment auditron/auditron-api`; the pod itself when nothing does."""
        return f"{self.kind or 'Pod'} {self.namespace}/{self.owner or self.name}"

    @property
    def address(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class BudgetHere:
    """A PodDisruptionBudget: how many of its pods may go now, and how many of those in question it covers."""

    namespace: str
    name: str
    allowed: int
    covered: int


@dataclass(frozen=True)
class Elsewhere:
    """The other nodes that take pods, and what they have left, summed up."""

    nodes: int
    left: Amounts


class Nodes(Protocol):
    """The nodes of the cluster, of which policy lists those that may be touched.

    Methods raise as those of `KubernetesNamespace` do; DoNotRetry (`not-listed`) for a node that policy does
    not list.
    """

    @property
    def may_lose(self) -> frozenset[str]:
        """What policy lets a drain lose."""
        ...

    async def node(self, name: str) -> Node:
        """A node as it stands."""
        ...

    async def pods_on(self, name: str) -> Sequence[PodHere]:
        """Every pod on it, in all namespaces, by address."""
        ...

    async def budgets(self, of: Sequence[PodHere]) -> Sequence[BudgetHere]:
        """The disruption budgets that cover any of these pods, as they are now."""
        ...

    async def elsewhere(self, name: str) -> Elsewhere:
        """Whether the others have room: ready, not cordoned, without a taint that keeps pods away."""
        ...

    async def without_node(self) -> int:
        """How many pods of the whole cluster wait for a node."""
        ...

    async def cordon(self, seen: Node, stamp: Stamp, *, cordoned: bool) -> Node:
        """Let the scheduler place no new pods there, or let it again."""
        ...

    async def evict(self, pod: PodHere) -> str:
        """Ask the very pod to go. Returns why it may not now, in the server's words; empty when it does.

        It ends in its own time. A pod that is gone already is no fault.
        """
        ...
