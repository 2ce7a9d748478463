"""What is known of the objects of a namespace, and the stamp that a change leaves on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


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

    `selector` finds its pods, as `kubectl -l` takes it; `labels` are those that its pods get. `told` is all
    that the cluster said of it, so that a rehearsal need not ask again.
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
    told: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

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
