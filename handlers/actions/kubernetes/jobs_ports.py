"""Jobs made from templates, as the handlers see them. Their adapter is `bot.systems.kubernetes.jobs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from handlers.actions.kubernetes.objects import Stamp
from policies.cluster import SecretReference


@dataclass(frozen=True)
class Plan:
    """What a Job is made of: every value is in its place, and no shell reads any of it."""

    template: str
    image: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    env: Mapping[str, str]
    secrets: Mapping[str, SecretReference]
    service_account: str
    deadline: timedelta
    keep: timedelta


@dataclass(frozen=True)
class Job:
    """A Job as it stands. `failed` is the cluster's word for why, `exit_code` that of its container."""

    name: str
    request_id: str
    finished: bool = False
    failed: str = ""
    exit_code: int | None = None


class Jobs(Protocol):
    """Raises as `KubernetesNamespace` does. A Job is named by its template and request: one of each."""

    async def of_request(self, template: str, request_id: str) -> Job | None:
        """The Job that a request has begun; None when there is none (any more)."""
        ...

    async def start(self, plan: Plan, stamp: Stamp) -> None:
        """Make the Job. Raises TargetChanged when one of its name is there."""
        ...

    async def succeeded_ago(self, template: str) -> timedelta | None:
        """How long ago a Job of the template last succeeded, as far as they are still there."""
        ...

    async def tail(self, job: Job) -> tuple[str, ...]:
        """The end of its log, redacted; what is counted of it where policy keeps the lines back."""
        ...
