"""`scale <deployment> <replicas>` (rows AU-06, CC-28, CC-37, PF-49)."""

from __future__ import annotations

import asyncio

from handlers.actions import Observation, Order, Verified
from handlers.actions.kubernetes import surroundings, wording
from handlers.actions.kubernetes.objects import REHEARSAL, Deployment
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, ScaleParams
from handlers.actions.kubernetes.watching import news_for, verified, watch
from handlers.actions.kubernetes.writing import Seen, look_at_rest, stamp, stamped, write_as_sealed
from handlers.actions.registry import action
from handlers.errors import DoNotRetry


async def _see(system: KubernetesNamespace, params: ScaleParams) -> Seen:
    """The deployment with its autoscaler, whose bounds refuse what it would undo at once (AU-06).

    Zero is never out of them: it switches the autoscaler off, and what must stop, must stop (PF-49).
    """
    now, scaler = await asyncio.gather(
        system.deployment(params.deployment), system.autoscaler(params.deployment)
    )
    shown = [(wording.REPLICAS, f"{now.replicas} → {params.replicas}")]
    if scaler is not None:
        if params.replicas and not scaler.least <= params.replicas <= scaler.most:
            bounds = wording.OUT_OF_BOUNDS.format(
                scaler=scaler.name,
                name=now.name,
                least=scaler.least,
                most=scaler.most,
                wanted=params.replicas,
            )
            raise DoNotRetry(bounds, "out-of-bounds")
        shown.append((wording.AUTOSCALER, wording.autoscaled(scaler, params.replicas)))
    sealed = {
        "uid": now.uid,
        "replicas": now.replicas,
        "wanted": params.replicas,
        "autoscaler": [scaler.least, scaler.most] if scaler else None,
    }
    covered = (wording.REPLICAS, wording.AUTOSCALER)
    seen = Observation(sealed, precondition=now.resource_version, shown=tuple(shown), covered=covered)

    async def write(dry: KubernetesNamespace) -> Deployment:
        return await dry.scale(now, REHEARSAL, params.replicas)

    return Seen(now, await rehearsed(system, seen, write))


async def _at_rest(system: KubernetesNamespace, params: ScaleParams) -> Seen:
    seen = await look_at_rest(params.target, lambda: _see(system, params))
    if seen.deployment.replicas == params.replicas:
        raise DoNotRetry(
            wording.ALREADY.format(name=params.deployment, replicas=params.replicas), "already-so"
        )
    return seen


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    now = await stamped(system, order, looks_done=lambda it: it.replicas == order.params.replicas)
    return _scaled(now, order) if now else None


def _scaled(now: Deployment, order: Order) -> Verified:
    wanted, before = order.params.replicas, order.sealed["replicas"]
    if now.replicas == wanted:
        lines = [f"spec.replicas of {now.name} is {wanted} (it was {before}); {wording.progress(now)}"]
    else:
        lines = [
            f"spec.replicas of {now.name} was set to {wanted} and is {now.replicas} now:"
            f" something else has changed it since; {wording.progress(now)}"
        ]
    if order.sealed["autoscaler"]:
        least, most = order.sealed["autoscaler"]
        does = wording.AUTOSCALED if now.replicas else wording.AUTOSCALED_OFF
        lines.append(f"Its autoscaler {does.format(least=least, most=most)}.")
    leaves = {"uid": order.sealed["uid"], "replicas": wanted}
    return verified(now, tuple(lines), f"scale {now.name} {before}", leaves)


@action(
    "scale",
    kind=KIND,
    params=ScaleParams,
    look=surroundings.look(_at_rest),
    again=surroundings.again(_at_rest),
    ask=_ask,
    sealed="deployment uid, current and wanted replicas, the autoscaler's bounds",
    precondition="resourceVersion",
    stamp="annotation on the deployment",
    question="does the deployment carry the stamp, and what is spec.replicas?",
    way_back="scale to the former value",
    takes=("deployment", "replicas"),
    watch=watch,
    timed=True,
    listed_in=LISTED_IN,
    needs=("patch deployments.apps", *surroundings.NEEDS),
)
async def scale(system: KubernetesNamespace, order: Order) -> Verified:
    """Set spec.replicas and tell how far the pods have come."""
    params: ScaleParams = order.params

    async def write(seen: Seen) -> Deployment:
        return await system.scale(seen.deployment, stamp(order), params.replicas)

    written = await write_as_sealed(order, lambda: _see(system, params), write)
    return _scaled(await system.settling(written, news_for(system, order)), order)
