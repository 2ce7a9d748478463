"""How a rollout that was not over when it was told about ends."""

from __future__ import annotations

from handlers.actions import Sighting
from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.ports import Deployment, KubernetesNamespace
from handlers.actions.kubernetes.vocabulary import DeploymentTarget
from handlers.requests import Verified


def verified(now: Deployment, lines: tuple[str, ...], way_back: str = "") -> Verified:
    """What was read back; while pods are still to come, somebody goes on looking."""
    return Verified(lines=lines, way_back=way_back, over=now.settled)


async def watch(system: KubernetesNamespace, params: DeploymentTarget, request_id: str) -> Sighting | None:
    """Whether the rollout has ended; people are called when it is stuck. A later request tells its own."""
    now = await system.deployment(params.deployment)
    if now.requests[:1] != (request_id,):
        return Sighting()
    if not now.settled and not now.rollout.stuck:
        return None
    lines = [f"{now.name}: {wording.progress(now)}"]
    if not now.settled:
        lines.append(wording.LOOK_AT_PODS)
    return Sighting(tuple(lines), well=now.settled)
