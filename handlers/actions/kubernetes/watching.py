"""How far a rollout is, and how one ends that was not over when it was told about."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from handlers.actions import Order, Progress, Sighting, Verified
from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.objects import Deployment, News
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.vocabulary import DeploymentTarget
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater

_ASK_PODS = 1.0
"""Seconds between two looks at the pods of a rollout."""


def verified(
    now: Deployment, lines: tuple[str, ...], way_back: str = "", leaves: dict[str, Any] | None = None
) -> Verified:
    """What was read back; while pods are still to come, somebody goes on looking."""
    return Verified(lines=lines, way_back=way_back, over=now.settled, leaves=leaves or {})


def news_for(system: KubernetesNamespace, order: Order) -> News:
    """Tells the order's thread how far the rollout is; its pods are asked what holds them up now and then."""
    asked_at = -_ASK_PODS

    async def news(now: Deployment) -> None:
        nonlocal asked_at
        clock = asyncio.get_running_loop().time()
        if now.settled or clock - asked_at >= _ASK_PODS:
            asked_at = clock
            far = await how_far(system, now)
            if far is not None:
                await order.tell(far)

    return news


def news_of_all(system: KubernetesNamespace, order: Order, names: Sequence[str]) -> News:
    """As `news_for`, of several rollouts that go on at the same time: their pods are counted together."""
    newest: dict[str, Progress] = {}

    def told_as(name: str) -> Order:
        async def tell(far: Progress) -> None:
            newest[name] = far
            if len(newest) == len(names):
                await order.tell(together({one: newest[one] for one in names}))

        return replace(order, tell=tell)

    heard = {name: news_for(system, told_as(name)) for name in names}

    async def news(now: Deployment) -> None:
        await heard[now.name](now)

    return news


def together(newest: Mapping[str, Progress]) -> Progress:
    """Several rollouts by their deployments' names, as one."""
    held = [f"{name}: {far.note}" for name, far in newest.items() if far.note]
    done, total = (sum(far.done for far in newest.values()), sum(far.total for far in newest.values()))
    return Progress(done, total, wording.PODS_READY, "; ".join(held))


async def how_far(system: KubernetesNamespace, now: Deployment) -> Progress | None:
    """How many pods are as they should be, at least; None before the cluster has begun and if none is to be.

    Pods that are not available are counted as new ones, so a number is never too high.
    """
    rollout = now.rollout
    if not rollout.seen or not now.replicas:
        return None
    done = max(0, min(now.replicas, rollout.updated - (rollout.total - rollout.available)))
    note = "" if now.settled else await _held_up(system, now)
    return Progress(done, now.replicas, wording.PODS_READY, note)


async def _held_up(system: KubernetesNamespace, now: Deployment) -> str:
    """What keeps the pods from coming up, or how many must still go; empty when nothing does."""
    try:
        reasons = Counter(await system.troubles(now))
    except (TryAgainLater, DoNotRetry, OutcomeUnknown):
        reasons = Counter()  # who cannot be asked delays nothing
    told = [f"{reason} ({count})" if count > 1 else reason for reason, count in reasons.most_common(3)]
    if now.rollout.stuck:
        told.append(now.rollout.stuck)
    return ", ".join(told)


async def watch(
    system: KubernetesNamespace, params: DeploymentTarget, request_id: str
) -> Sighting | Progress | None:
    """Whether the rollout has ended; people are called when it is stuck. A later request tells its own."""
    now = await system.deployment(params.deployment)
    if now.requests[:1] != (request_id,):
        return Sighting()
    if not now.settled and not now.rollout.stuck:
        return await how_far(system, now)
    lines = [f"{now.name}: {wording.progress(now)}"]
    if not now.settled:
        lines.append(wording.LOOK_AT_PODS)
    return Sighting(tuple(lines), well=now.settled)
