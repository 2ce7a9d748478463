"""One namespace of a Kubernetes cluster as the handlers see it. Its adapter is `bot.systems.kubernetes`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from handlers.actions.kubernetes.evidence_ports import EvidenceRoom
from handlers.actions.kubernetes.logs_ports import PodLogs
from policies.cluster import ClusterRules

if TYPE_CHECKING:
    from handlers.actions.kubernetes.backups_ports import Backups
    from handlers.actions.kubernetes.config_maps_ports import ConfigMaps
    from handlers.actions.kubernetes.isolation_ports import Isolations
    from handlers.actions.kubernetes.jobs_ports import Jobs
    from handlers.actions.kubernetes.manifests_ports import Manifests
    from handlers.actions.kubernetes.node_ports import Nodes
    from handlers.actions.kubernetes.secrets_ports import Secrets
    from handlers.actions.kubernetes.view_ports import View


@dataclass(frozen=True)
class Template:
    """A pod template: a digest of all of it (hex, without the cluster's own hash label) and its images.

    `containers` are their names, in the same order.
    """

    sha256: str
    images: tuple[str, ...]
    containers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rollout:
    """How far the cluster has come with what its deployment asks for; counts of pods.

    `seen` is whether the controller has read the newest specification at all: before that the counts are old.
    `stuck` is the controller's own word for why it does not go on (`ProgressDeadlineExceeded`), else empty.
    """

    seen: bool
    updated: int
    ready: int
    available: int
    total: int
    stuck: str = ""


@dataclass(frozen=True)
class Deployment:
    """A deployment as it stands. `requests` are the stamps that it carries, newest first.

    `selector` finds its pods, as `kubectl -l` takes it; `labels` are those that its pods get.
    """

    name: str
    uid: str
    resource_version: str
    replicas: int
    paused: bool
    revision: int
    template: Template
    rollout: Rollout
    requests: tuple[str, ...] = ()
    selector: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether every pod is there, of the newest template, and available, as `kubectl rollout status`
        judges it."""
        now = self.rollout
        return now.seen and self.replicas == now.updated == now.total == now.available


@dataclass(frozen=True)
class Revision:
    """An earlier or the present pod template of a deployment. `pod_hash` is the cluster's name for it."""

    number: int
    template: Template
    pod_hash: str
    cause: str
    pods: int
    age: timedelta


@dataclass(frozen=True)
class Autoscaler:
    """The bounds that a HorizontalPodAutoscaler keeps a deployment in.

    `wants` is the number that it last decided on, None while it decides nothing. `idle` is its own word for
    why it does not act (`FailedGetResourceMetric`), empty when it acts or does not tell.
    """

    name: str
    least: int
    most: int
    wants: int | None = None
    idle: str = ""


@dataclass(frozen=True)
class Pod:
    """One pod. `state` is its phase, or what keeps it from being ready (`CrashLoopBackOff`)."""

    name: str
    ready: int
    containers: int
    state: str
    restarts: int
    age: timedelta
    node: str

    @property
    def well(self) -> bool:
        """Whether nobody need look at it."""
        return self.state == "Completed" or (self.state == "Running" and self.ready == self.containers)


@dataclass(frozen=True)
class Budget:
    """A PodDisruptionBudget: `keeps` is its rule in words, `spare` how many pods it would let go now."""

    name: str
    keeps: str
    spare: int


@dataclass(frozen=True)
class Surroundings:
    """What a change of a deployment touches: its pods, the budgets that select them, what resizes it."""

    pods: tuple[Pod, ...]
    budgets: tuple[Budget, ...]
    autoscaler: Autoscaler | None


@dataclass(frozen=True)
class Stamp:
    """What a write leaves on the object: for which request it was made, who approved that and who asked."""

    request_id: str
    approvers: Sequence[str]
    at: datetime
    requesters: Sequence[str] = ()


News = Callable[[Deployment], Awaitable[None]]
"""Hears how far a rollout is."""

REHEARSAL = Stamp("(this request)", ("(who approves it)",), datetime(1970, 1, 1, tzinfo=UTC))
"""The stamp of a write that is only rehearsed."""


@dataclass(frozen=True)
class Change:
    """What a write would do to one object, in the server's own words.

    `before` and `after` are YAML without noise and without secrets, empty where there is no object. `sha256`
    is over exactly the fields that differ (hex).
    """

    what: str
    before: str
    after: str
    sha256: str


class Stamped(Protocol):
    """An object that carries stamps, as it was read."""

    @property
    def uid(self) -> str: ...
    @property
    def resource_version(self) -> str: ...
    @property
    def requests(self) -> tuple[str, ...]: ...


class KubernetesNamespace(Protocol):
    """A system of kind `kubernetes`.

    Every method raises DoNotRetry (code: the HTTP status) for a deployment that is not there or not listed
    in policy and for a permission that is missing, TryAgainLater when the cluster is away and nothing
    happened. Writes are made only if the deployment still is the very object that was read: else they raise
    TargetChanged and changed nothing. They raise OutcomeUnknown when the answer was lost, and return the
    deployment as the cluster stored it. `rules` are what policy lists of the namespace's other objects.
    """

    @property
    def evidence(self) -> EvidenceRoom:
        """What is saved before anything is repaired."""
        ...

    @property
    def logs(self) -> PodLogs:
        """The logs of its pods."""
        ...

    @property
    def rules(self) -> ClusterRules: ...
    def within(self, action: str, gate: str) -> timedelta | None:
        """How recent what a gate of an action asks for must be; None where policy has no such gate."""
        ...

    @property
    def config_maps(self) -> ConfigMaps: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def nodes(self) -> Nodes: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def backups(self) -> Backups: ...
    @property
    def manifests(self) -> Manifests: ...
    @property
    def isolation(self) -> Isolations: ...

    async def pods(self) -> Sequence[Pod]:
        """Every pod of the namespace."""
        ...

    @property
    def view(self) -> View:
        """What can be looked at from here."""
        ...

    async def deployment(self, name: str) -> Deployment:
        """A deployment as it stands."""
        ...

    async def autoscaler(self, name: str) -> Autoscaler | None:
        """The autoscaler that a deployment has, if any."""
        ...

    async def surroundings(self, of: Deployment) -> Surroundings:
        """What a change of it touches."""
        ...

    async def revisions(self, of: Deployment) -> Sequence[Revision]:
        """The templates that the cluster still knows, newest first."""
        ...

    async def scale(self, seen: Deployment, stamp: Stamp, replicas: int) -> Deployment:
        """Set spec.replicas."""
        ...

    async def restart(self, seen: Deployment, stamp: Stamp) -> Deployment:
        """Have every pod replaced, as `kubectl rollout restart` does."""
        ...

    async def roll_back(self, seen: Deployment, stamp: Stamp, to: Revision) -> Deployment:
        """Put an earlier template back, as `kubectl rollout undo` does."""
        ...

    async def set_image(self, seen: Deployment, stamp: Stamp, container: str, image: str) -> Deployment:
        """Give one container another image, as `kubectl set image` does."""
        ...

    async def pause(self, seen: Deployment, stamp: Stamp, paused: bool) -> Deployment:
        """Stop the rollout where it is, or let it go on, as `kubectl rollout pause` and `resume` do."""
        ...

    async def troubles(self, of: Deployment) -> Sequence[str]:
        """Why pods of a deployment do not come up, in the cluster's words, one for each such pod."""
        ...

    async def rehearse(self, write: Callable[[Any], Awaitable[object]]) -> Sequence[Change]:
        """What the server says that a write would do; nothing is stored (`dryRun=All`).

        `write` gets this system with every write of it a dry run, and may make as many as it likes. What
        would be refused is refused: DoNotRetry for a permission, a fault or an admission rule.
        """
        ...

    async def settling(self, written: Deployment, news: News = ...) -> Deployment:
        """Wait a bounded time for the rollout to end; the deployment as it was last read.

        `news` gets the deployment each time that it was read.
        """
        ...
