"""`un-isolate <deployment>`: the recorded replicas come back, and the bot's own network policy goes.

The deployment is written first: it carries the stamp. Its new pods are cut off until the policy is gone.
"""

from __future__ import annotations

import asyncio

from handlers.actions import Observation, Order, Verified
from handlers.actions.kubernetes import isolation_wording as wording
from handlers.actions.kubernetes import surroundings
from handlers.actions.kubernetes.isolating import NEEDS, IsolationSeen
from handlers.actions.kubernetes.isolation_ports import Isolation
from handlers.actions.kubernetes.objects import REHEARSAL, Deployment
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, DeploymentTarget
from handlers.actions.kubernetes.watching import news_for, verified, watch
from handlers.actions.kubernetes.writing import (
    look_at_rest,
    patiently,
    read_back,
    stamp,
    stamped,
    write_as_sealed,
)
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, StoppedMidway


async def _see(system: KubernetesNamespace, params: DeploymentTarget) -> IsolationSeen:
    found, scaler = await asyncio.gather(
        system.isolation.of(params.deployment), system.autoscaler(params.deployment)
    )
    now = found.deployment
    policy = wording.LET_BACK if found.policy else wording.NO_POLICY
    shown = [(wording.REPLICAS, f"{now.replicas} → {found.before}"), (wording.NETWORK, policy)]
    if scaler is not None:
        bounds = {"scaler": scaler.name, "least": scaler.least, "most": scaler.most}
        shown.append((wording.AUTOSCALER, wording.AUTOSCALER_ON.format(**bounds)))
    shown.append((wording.EVIDENCE, wording.BEFORE_REPAIR))
    sealed = {
        "uid": now.uid,
        "replicas": now.replicas,
        "before": found.before,
        "policy": found.policy.uid if found.policy else "",
    }
    seen = Observation(
        sealed,
        precondition=now.resource_version,
        shown=tuple(shown),
        covered=(wording.REPLICAS, wording.NETWORK),
    )

    async def write(dry: KubernetesNamespace) -> None:
        await dry.isolation.start(found, REHEARSAL)
        if found.policy is not None:
            await dry.isolation.reconnect(found.policy)

    return IsolationSeen(found, await rehearsed(system, seen, write))


async def _look(system: KubernetesNamespace, params: DeploymentTarget) -> Observation:
    found = await system.isolation.of(params.deployment)
    if not found.begun:
        raise DoNotRetry(wording.NOT_ISOLATED.format(name=params.deployment), "already-so")
    seen = await look_at_rest(params.target, lambda: _see(system, params))
    return await surroundings.with_surroundings(system, seen.found.deployment, seen.observation)


def _still_cut(found: Isolation, order: Order) -> bool:
    """Whether the policy that was sealed is still there."""
    return found.policy is not None and found.policy.uid == order.sealed["policy"]


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    """Done when the deployment carries the stamp and the policy is gone."""
    now = await stamped(system, order, looks_done=lambda it: it.replicas != order.sealed["replicas"])
    if now is None:
        return None
    found = await patiently(lambda: system.isolation.of(now.name))
    return None if _still_cut(found, order) else _back(found.deployment, found, order)


def _back(now: Deployment, found: Isolation, order: Order) -> Verified:
    """Another policy may stand under that name by now: what is said of the network was read back."""
    still = wording.STILL_CUT.format(name=now.name, policy=found.policy.name) if found.policy else ""
    lines = (wording.back(now, order.sealed["before"]), still or wording.IS_CONNECTED)
    leaves = {"uid": now.uid, "replicas": order.sealed["before"]}
    return verified(now, lines, f"isolate {now.name}", leaves)


@action(
    "un-isolate",
    kind=KIND,
    params=DeploymentTarget,
    look=_look,
    ask=_ask,
    sealed="deployment uid, replicas, those before, uid of the emergency policy",
    precondition="resourceVersion of the deployment, uid of the policy",
    stamp="annotations on the deployment",
    question="does it carry the stamp, and is the policy gone?",
    way_back="isolate",
    takes=("deployment",),
    watch=watch,
    listed_in=LISTED_IN,
    needs=("delete networkpolicies.networking.k8s.io", "get networkpolicies.networking.k8s.io", *NEEDS),
)
async def un_isolate(system: KubernetesNamespace, order: Order) -> Verified:
    """Bring the recorded replicas back and take away the policy that the bot made."""
    name = order.params.deployment

    async def start(seen: IsolationSeen) -> Deployment:
        return await system.isolation.start(seen.found, stamp(order))

    now = await patiently(lambda: system.deployment(name))
    if order.request_id not in now.requests:
        now = await write_as_sealed(order, lambda: _see(system, order.params), start)
    found = await read_back(lambda: system.isolation.of(name))
    if found.policy is not None and _still_cut(found, order):
        try:
            await system.isolation.reconnect(found.policy)
        except DoNotRetry as no:
            lines = (
                wording.back(found.deployment, order.sealed["before"]),
                wording.STILL_CUT.format(name=name, policy=found.policy.name),
            )
            raise StoppedMidway(str(no), lines, f"isolate {name}") from no
    settled = await system.settling(now, news_for(system, order))
    return _back(settled, await read_back(lambda: system.isolation.of(name)), order)
