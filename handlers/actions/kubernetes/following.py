"""A change of an object, and then the restarts that make pods read it: two steps, each with its own stamp.

A replica that dies between them is found out by the stamps: who takes over goes on where it stopped. Nothing
is done twice, because a step whose stamp is there is not taken again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from handlers import texts
from handlers.actions import Observation, Order, Progress, Sighting
from handlers.actions.kubernetes import object_wording as w
from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.objects import Deployment
from handlers.actions.kubernetes.ports import KubernetesNamespace, Stamped
from handlers.actions.kubernetes.watching import how_far, news_of_all, together
from handlers.actions.kubernetes.writing import TRIES, patiently, pause_before, stamp
from handlers.actions.sealed_fields import what_differs
from handlers.errors import DoNotRetry, OutcomeUnknown, StoppedMidway, TargetChanged, TryAgainLater

RESTARTS = "restarts"
"""The sealed field: the deployments to restart, by name with their uid."""

_O = TypeVar("_O", bound=Stamped)


async def to_restart(system: KubernetesNamespace, names: Sequence[str]) -> dict[str, str]:
    """The deployments with their uids, to be sealed. Raises DoNotRetry for one that cannot be restarted."""
    found = await asyncio.gather(*(system.deployment(name) for name in names))
    for one in found:
        if one.paused:
            raise DoNotRetry(wording.PAUSED.format(name=one.name), "paused")
    return {one.name: one.uid for one in found}


def in_words(restarts: Mapping[str, str]) -> tuple[str, str]:
    """The restarts as a fact of the card."""
    told = w.FOLLOWED.format(names=", ".join(restarts)) if restarts else w.NOT_FOLLOWED
    return w.THEN, told


async def change_once(
    order: Order,
    read: Callable[[], Awaitable[_O]],
    look: Callable[[_O], Awaitable[Observation]],
    write: Callable[[_O], Awaitable[_O]],
) -> _O:
    """The object with this order's stamp: as it is there already, or written now as it was sealed.

    An answer that was lost is looked for: the next write names the version that was read, so it cannot be a
    second one. Raises TargetChanged, DoNotRetry (nothing was changed) or OutcomeUnknown.
    """
    unsure: OutcomeUnknown | None = None
    for tried in range(TRIES):
        await pause_before(tried)
        try:
            seen = await patiently(read)
            if order.request_id in seen.requests:
                return seen
            observed = await look(seen)
        except TargetChanged:
            continue
        except TryAgainLater as away:
            raise unsure or DoNotRetry(str(away), "away") from away
        differs = what_differs(order.sealed, observed.sealed)
        if differs:
            raise unsure or TargetChanged(texts.CHANGED_FIELDS.format(fields=differs))
        try:
            return await write(seen)
        except TargetChanged:
            continue
        except OutcomeUnknown as lost:
            unsure = lost
        except TryAgainLater as away:
            raise unsure or DoNotRetry(str(away), "away") from away
    raise unsure or DoNotRetry(wording.RESTLESS.format(name=order.params.target), "conflict")


async def restart_all(
    system: KubernetesNamespace, order: Order, changed: tuple[str, ...]
) -> tuple[Deployment, ...]:
    """Restart what was sealed, and wait a bounded time for the pods.

    `changed` says what the first step has done: a deployment that cannot be restarted stops it there. Raises
    StoppedMidway then, and TryAgainLater when the cluster is away.
    """
    restarted: list[Deployment] = []
    for name, uid in order.sealed[RESTARTS].items():
        try:
            restarted.append(await _restart(system, order, name, uid))
        except DoNotRetry as no:
            so_far = tuple(told(one) for one in restarted)
            left = tuple(
                w.NOT_RESTARTED.format(name=one) for one in [*order.sealed[RESTARTS]][len(restarted) :]
            )
            raise StoppedMidway(str(no), (*changed, *so_far, *left)) from no
    news = news_of_all(system, order, [one.name for one in restarted])
    return tuple(await asyncio.gather(*(system.settling(one, news) for one in restarted)))


async def _restart(system: KubernetesNamespace, order: Order, name: str, uid: str) -> Deployment:
    for tried in range(TRIES):
        await pause_before(tried)
        now = await system.deployment(name)
        if order.request_id in now.requests:
            return now
        if now.uid != uid:
            raise DoNotRetry(w.ANOTHER_ONE.format(name=name), "another")
        if now.paused:
            raise DoNotRetry(wording.PAUSED.format(name=name), "paused")
        try:
            return await system.restart(now, stamp(order))
        except (TargetChanged, OutcomeUnknown):
            continue
    raise DoNotRetry(wording.RESTLESS.format(name=name), "conflict")


async def all_restarted(system: KubernetesNamespace, order: Order) -> tuple[Deployment, ...] | None:
    """The restarted deployments when each carries the stamp; None when some are still to be restarted."""
    reads = (partial(system.deployment, name) for name in order.sealed[RESTARTS])
    found = await asyncio.gather(*map(patiently, reads))
    return tuple(found) if all(order.request_id in one.requests for one in found) else None


def told(now: Deployment) -> str:
    """A restarted deployment in a line."""
    return w.RESTARTED.format(name=now.name, revision=now.revision, progress=wording.progress(now))


async def watch_restarts(
    system: KubernetesNamespace, names: Sequence[str], request_id: str
) -> Sighting | Progress | None:
    """How far the rollouts are, or how they ended, of those that no later request has begun anew."""
    there = await asyncio.gather(*map(system.deployment, names))
    found = [one for one in there if one.requests[:1] == (request_id,)]
    if any(not one.settled and not one.rollout.stuck for one in found):
        far = {one.name: await how_far(system, one) for one in found}
        begun = {name: one for name, one in far.items() if one is not None}
        return together(begun) if len(begun) == len(far) else None
    lines = [f"{one.name}: {wording.progress(one)}" for one in found]
    well = all(one.settled for one in found)
    return Sighting(tuple(lines if well else [*lines, wording.LOOK_AT_PODS]), well=well)
