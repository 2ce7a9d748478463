"""`restart <deployment>` (rows AU-08, PF-26, PF-39)."""

from __future__ import annotations

from handlers.actions import Observation, Order, Verified
from handlers.actions.kubernetes import surroundings, wording
from handlers.actions.kubernetes.objects import REHEARSAL, Deployment
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, DeploymentTarget
from handlers.actions.kubernetes.watching import news_for, verified, watch
from handlers.actions.kubernetes.writing import Seen, look_at_rest, stamp, stamped, write_as_sealed
from handlers.actions.registry import action
from handlers.errors import DoNotRetry


async def _see(system: KubernetesNamespace, params: DeploymentTarget) -> Seen:
    now = await system.deployment(params.deployment)
    if now.paused:
        raise DoNotRetry(wording.PAUSED.format(name=now.name), "paused")
    shown = (
        (wording.TEMPLATE, f"revision {now.revision}, {wording.images(now.template.images)}"),
        ("Pods", f"{now.replicas}; each is replaced"),
    )
    sealed = {"uid": now.uid, "template": now.template.sha256}
    covered = (wording.TEMPLATE,)
    seen = Observation(sealed, precondition=now.resource_version, shown=shown, covered=covered)

    async def write(dry: KubernetesNamespace) -> Deployment:
        return await dry.restart(now, REHEARSAL)

    return Seen(now, await rehearsed(system, seen, write))


async def _at_rest(system: KubernetesNamespace, params: DeploymentTarget) -> Seen:
    return await look_at_rest(params.target, lambda: _see(system, params))


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    now = await stamped(system, order, looks_done=lambda it: it.template.sha256 != order.sealed["template"])
    return _restarted(now) if now else None


def _restarted(now: Deployment) -> Verified:
    line = f"The pod template of {now.name} carries the restart, as revision {now.revision};"
    return verified(now, (f"{line} {wording.progress(now)}",))


@action(
    "restart",
    kind=KIND,
    params=DeploymentTarget,
    look=surroundings.look(_at_rest),
    again=surroundings.again(_at_rest),
    ask=_ask,
    sealed="deployment uid, template digest",
    precondition="resourceVersion",
    stamp="annotations on the deployment and its pod template",
    question="does the deployment carry the stamp?",
    way_back="none: pods that are gone do not come back",
    takes=("deployment",),
    watch=watch,
    listed_in=LISTED_IN,
    needs=("patch deployments.apps", *surroundings.NEEDS),
)
async def restart(system: KubernetesNamespace, order: Order) -> Verified:
    """Replace every pod, a few at a time, as `kubectl rollout restart` does."""

    async def write(seen: Seen) -> Deployment:
        return await system.restart(seen.deployment, stamp(order))

    written = await write_as_sealed(order, lambda: _see(system, order.params), write)
    return _restarted(await system.settling(written, news_for(system, order)))
