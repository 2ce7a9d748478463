"""One namespace of a Kubernetes cluster as the handlers see it. Its adapter is `bot.systems.kubernetes`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol

from handlers.actions.kubernetes.backups_ports import Backups
from handlers.actions.kubernetes.config_maps_ports import ConfigMaps
from handlers.actions.kubernetes.evidence_ports import EvidenceRoom
from handlers.actions.kubernetes.isolation_ports import Isolations
from handlers.actions.kubernetes.jobs_ports import Jobs
from handlers.actions.kubernetes.logs_ports import PodLogs
from handlers.actions.kubernetes.manifests_ports import Manifests
from handlers.actions.kubernetes.node_ports import Nodes
from handlers.actions.kubernetes.objects import (
    Autoscaler,
    Change,
    Deployment,
    News,
    Pod,
    Revision,
    Stamp,
    Surroundings,
)
from handlers.actions.kubernetes.secrets_ports import Secrets
from handlers.actions.kubernetes.view_ports import View
from policies.cluster import ClusterRules


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
    def place(self) -> str:
        """Which namespace of which cluster this is, as policy names them: what is not there has no uid."""
        ...

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
