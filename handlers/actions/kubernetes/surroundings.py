"""The blast radius of a change, as facts on the card: health, pods and nodes, budgets, autoscalers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from handlers.actions import Look, Observation
from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.objects import Budget, Deployment, Pod, Surroundings
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.writing import Seen

NEEDS = (
    "get deployments.apps",
    "list replicasets.apps",
    "list pods",
    "list horizontalpodautoscalers.autoscaling",
    "list poddisruptionbudgets.policy",
)
"""The permissions that a look at a deployment and all around it takes."""
_MOST_NAMED = 6
"""Names in one fact; what more there is, is counted."""


See = Callable[[Any, Any], Awaitable[Seen]]
"""Looks at a deployment, given the adapter and the parameters."""


def look(see: See) -> Look:
    """An action's look: what was seen, with what the change touches."""

    async def looked(system: Any, params: Any) -> Observation:
        seen = await see(system, params)
        return await with_surroundings(system, seen.deployment, seen.observation)

    return looked


def again(see: See) -> Look:
    """The same look for spending an approval: what is around it is for people, who have read it."""

    async def looked(system: Any, params: Any) -> Observation:
        seen = await see(system, params)
        return replace(seen.observation, seen=seen)

    return looked


async def with_surroundings(
    system: KubernetesNamespace, deployment: Deployment, observation: Observation
) -> Observation:
    """The observation with what the change touches; none of it is sealed, for it moves by itself."""
    around = await system.surroundings(deployment)
    told = {label for label, _ in observation.shown}
    more = tuple(fact for fact in facts(deployment, around) if fact[0] not in told)
    return replace(observation, shown=(*observation.shown, *more))


def facts(deployment: Deployment, around: Surroundings) -> tuple[tuple[str, str], ...]:
    """Each as a label and a short text."""
    scaler = around.autoscaler
    return (
        (wording.HEALTH, wording.health(deployment)),
        (wording.TOUCHES, _pods(around.pods)),
        (wording.BUDGETS, "; ".join(_budget(one) for one in around.budgets) or wording.NONE),
        (wording.AUTOSCALER, wording.autoscaled(scaler, deployment.replicas) if scaler else wording.NONE),
    )


def _pods(pods: Sequence[Pod]) -> str:
    nodes = sorted({pod.node for pod in pods if pod.node})
    counted = wording.counted(len(pods), "pod")
    return f"{counted} on {wording.listed(nodes, _MOST_NAMED)}" if nodes else counted


def _budget(budget: Budget) -> str:
    return wording.BUDGET.format(name=budget.name, keeps=budget.keeps, spare=budget.spare)
