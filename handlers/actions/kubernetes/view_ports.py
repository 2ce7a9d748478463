"""A namespace and its cluster as people look at them. The adapter is `bot.systems.kubernetes.view`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from handlers.actions.kubernetes.objects import Pod


@dataclass(frozen=True)
class Placed:
    """A pod, and the namespace it is in."""

    namespace: str
    pod: Pod


@dataclass(frozen=True)
class Workload:
    """A deployment with the counts that `kubectl get deployments` shows (PF-18)."""

    namespace: str
    name: str
    wanted: int
    ready: int
    updated: int
    available: int
    age: timedelta

    @property
    def well(self) -> bool:
        """Whether every pod is of the newest template and available."""
        return self.wanted == self.ready == self.updated == self.available


@dataclass(frozen=True)
class Service:
    """A service. `ports` are as `kubectl` writes them: `80:30080/TCP`."""

    name: str
    kind: str
    address: str
    external: str
    ports: tuple[str, ...]
    age: timedelta


@dataclass(frozen=True)
class Ingress:
    """What leads in from outside: hosts, and the addresses that answer for them, if any does yet."""

    name: str
    class_name: str
    hosts: tuple[str, ...]
    addresses: tuple[str, ...]
    tls: bool
    age: timedelta


@dataclass(frozen=True)
class Scaler:
    """An autoscaler as it works now. `measures` pair what it looks at with `now of wanted` (AU-07)."""

    name: str
    target: str
    least: int
    most: int
    current: int
    wanted: int
    measures: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """Something that the cluster says happened to an object, and how often; `at` is the last time."""

    at: datetime
    warning: bool
    reason: str
    kind: str
    name: str
    message: str
    count: int


@dataclass(frozen=True)
class NodeState:
    """A node. `troubles` are the conditions that should not hold (`MemoryPressure`)."""

    name: str
    ready: bool
    cordoned: bool
    troubles: tuple[str, ...]
    roles: tuple[str, ...]
    version: str
    age: timedelta


@dataclass(frozen=True)
class Usage:
    """What a pod or node uses now: CPU in thousandths of a core, memory in bytes.

    Shares are of what the node can give to pods, in percent; None for pods.
    """

    namespace: str
    name: str
    cpu: int
    memory: int
    cpu_share: int | None = None
    memory_share: int | None = None


@dataclass(frozen=True)
class Batch:
    """A Job: how many of its pods have succeeded of how many that must."""

    name: str
    done: int
    wanted: int
    failed: int
    age: timedelta


@dataclass(frozen=True)
class Condition:
    """A condition as the cluster's controllers report it."""

    name: str
    holds: str
    reason: str
    message: str


@dataclass(frozen=True)
class Container:
    """A container as it should be and, in a pod, as it is. Of its environment only the names.

    `state` and `last_state` are sentences' ends: `Running`, `Terminated: OOMKilled, exit code 137`.
    """

    name: str
    image: str
    requests: str
    limits: str
    probes: tuple[str, ...]
    environment: tuple[str, ...]
    ports: tuple[str, ...] = ()
    state: str = ""
    last_state: str = ""
    restarts: int = 0


@dataclass(frozen=True)
class Description:
    """What people look for in `kubectl describe`: facts in order, containers, conditions (CC-24, AU-50)."""

    kind: str
    name: str
    facts: tuple[tuple[str, str], ...]
    containers: tuple[Container, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Settings:
    """A config map. `lines` are key and value, a value of several lines below its key; nothing of it hidden
    is in them. `hidden` is the sentence about what is, `binary` names values that are no text, with sizes.
    """

    name: str
    keys: tuple[str, ...]
    lines: tuple[str, ...]
    hidden: str
    binary: tuple[tuple[str, int], ...]
    age: timedelta


@dataclass(frozen=True)
class SecretKeys:
    """What may be known of a secret: the names of its keys with the sizes of their values, in bytes.

    `changed` is how long ago somebody last wrote it; None where the cluster does not tell.
    """

    name: str
    kind: str
    keys: tuple[tuple[str, int], ...]
    age: timedelta
    changed: timedelta | None


class View(Protocol):
    """What can be seen from a namespace. `everywhere` means all namespaces, as far as the bot's account may.

    Methods raise DoNotRetry (code: the HTTP status) where a permission or the object is missing, and
    TryAgainLater when the cluster is away.
    """

    @property
    def namespace(self) -> str:
        """The namespace that policy gives the system."""
        ...

    async def pods(
        self, *, deployment: str = "", label: str = "", everywhere: bool = False
    ) -> Sequence[Placed]:
        """Pods: all, those of a deployment, those with a label (a selector as `kubectl -l` takes it)."""
        ...

    async def workloads(self, *, everywhere: bool = False) -> Sequence[Workload]:
        """The deployments with their counts."""
        ...

    async def services(self) -> Sequence[Service]:
        """The services."""
        ...

    async def ingresses(self) -> Sequence[Ingress]:
        """The ingresses."""
        ...

    async def scalers(self) -> Sequence[Scaler]:
        """The autoscalers as they work now."""
        ...

    async def batches(self) -> Sequence[Batch]:
        """The Jobs."""
        ...

    async def events(self) -> Sequence[Event]:
        """What happened of late, the newest last; a cluster forgets it after an hour."""
        ...

    async def nodes(self) -> Sequence[NodeState]:
        """The nodes of the cluster."""
        ...

    async def pod_usage(self, *, everywhere: bool = False) -> Sequence[Usage]:
        """What pods use. Raises DoNotRetry (`no-metrics`) where nothing measures."""
        ...

    async def node_usage(self) -> Sequence[Usage]:
        """What nodes use. Raises DoNotRetry like `pod_usage`."""
        ...

    async def describe_deployment(self, name: str) -> Description:
        """A deployment that policy lists."""
        ...

    async def describe_pod(self, name: str) -> Description:
        """A pod."""
        ...

    async def settings(self, name: str) -> Settings:
        """A config map, redacted."""
        ...

    async def secret_keys(self, name: str) -> SecretKeys:
        """A secret without its values: they are forgotten where they are read."""
        ...
