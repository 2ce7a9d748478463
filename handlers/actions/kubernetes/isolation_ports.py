"""A deployment that is cut off, as the handlers see it. The adapter is `bot.systems.kubernetes.isolation`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from handlers.actions.kubernetes.objects import Deployment, Stamp


@dataclass(frozen=True)
class EmergencyPolicy:
    """The NetworkPolicy that this bot made for a deployment. `replicas` is how many it had then.

    `cuts`: it still denies all traffic to and from the deployment's pods. Somebody may have changed it.
    """

    name: str
    uid: str
    replicas: int
    requests: tuple[str, ...]
    cuts: bool


@dataclass(frozen=True)
class Isolation:
    """How far a deployment is cut off.

    `replicas` is how many it had before it was isolated, None when it is not recorded there. `allowing` are
    other policies that let traffic through to the same pods: policies only add up.
    """

    deployment: Deployment
    replicas: int | None
    policy: EmergencyPolicy | None
    allowing: tuple[str, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether any part of an isolation is there."""
        return self.policy is not None or self.replicas is not None

    @property
    def before(self) -> int:
        """How many replicas it goes back to."""
        if self.replicas is not None:
            return self.replicas
        recorded = self.policy.replicas if self.policy is not None else 0
        return self.deployment.replicas or recorded


class Isolations(Protocol):
    """Methods raise as those of `KubernetesNamespace` do."""

    async def of(self, name: str) -> Isolation:
        """How far a deployment is cut off. Raises DoNotRetry (`name-taken`)."""
        ...

    async def cut_off(self, seen: Isolation, stamp: Stamp) -> None:
        """Make the policy that lets no traffic through to or from the deployment's pods."""
        ...

    async def stop(self, seen: Isolation, stamp: Stamp) -> Deployment:
        """Set spec.replicas to 0 and record how many there were."""
        ...

    async def start(self, seen: Isolation, stamp: Stamp) -> Deployment:
        """Set spec.replicas to what it was before, and forget the record."""
        ...

    async def reconnect(self, policy: EmergencyPolicy) -> None:
        """Take away that very policy; one that is gone already is no fault."""
        ...
