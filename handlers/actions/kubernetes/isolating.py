"""`isolate <deployment>`: cut off the network, then scaled to nothing (rows PF-49, PF-50).

The policy comes first: pods that are on their way out, and any that come up again, are cut off already.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from handlers.actions import Observation, Order, Verified
from handlers.actions.kubernetes import isolation_wording as wording
from handlers.actions.kubernetes import surroundings
from handlers.actions.kubernetes.gates import EVIDENCE_KEPT, evidence_kept
from handlers.actions.kubernetes.isolation_ports import Isolation
from handlers.actions.kubernetes.objects import REHEARSAL, Deployment
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, IsolateParams
from handlers.actions.kubernetes.watching import news_for, verified, watch
from handlers.actions.kubernetes.writing import look_at_rest, patiently, read_back, stamp, write_as_sealed
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, OutcomeUnknown, StoppedMidway, TargetChanged

NEEDS = (
    "patch deployments.apps",
    "list networkpolicies.networking.k8s.io",
    *surroundings.NEEDS,
)


@dataclass(frozen=True)
class IsolationSeen:
    """A deployment with what is cut off of it, and what of that an approval covers."""

    found: Isolation
    observation: Observation


async def _see(system: KubernetesNamespace, params: IsolateParams) -> IsolationSeen:
    found, scaler = await asyncio.gather(
        system.isolation.of(params.deployment), system.autoscaler(params.deployment)
    )
    now = found.deployment
    if found.policy is not None and not found.policy.cuts:
        raise DoNotRetry(f"{_network_line(found)}{wording.MADE_ANEW.format(name=now.name)}", "policy-changed")
    shown = [(wording.REPLICAS, f"{now.replicas} → 0"), (wording.NETWORK, wording.network(found))]
    if scaler is not None:
        shown.append((wording.AUTOSCALER, wording.autoscaler_off(scaler, now.name)))
    shown.append((wording.EVIDENCE, wording.EVIDENCE_FIRST.format(name=now.name)))
    sealed = {"uid": now.uid, "replicas": now.replicas, "policy": found.policy.uid if found.policy else ""}
    seen = Observation(
        sealed,
        precondition=now.resource_version,
        shown=tuple(shown),
        covered=(wording.REPLICAS, wording.NETWORK),
    )

    async def write(dry: KubernetesNamespace) -> None:
        if found.policy is None:
            await dry.isolation.cut_off(found, REHEARSAL)
        await dry.isolation.stop(found, REHEARSAL)

    return IsolationSeen(found, await rehearsed(system, seen, write))


async def _look(system: KubernetesNamespace, params: IsolateParams) -> Observation:
    seen = await look_at_rest(params.target, lambda: _see(system, params))
    if seen.found.policy is not None and not seen.found.deployment.replicas:
        raise DoNotRetry(wording.ALREADY_ISOLATED.format(name=params.deployment), "already-so")
    criteria, why = await evidence_kept(system, "isolate", params.deployment)
    observation = replace(seen.observation, criteria=criteria, shown=_without_advice(seen.observation, why))
    return await surroundings.with_surroundings(system, seen.found.deployment, observation)


def _without_advice(seen: Observation, why: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """What is known of the evidence, in place of the advice to keep some."""
    said = {label for label, _ in why}
    return (*(fact for fact in seen.shown if fact[0] not in said), *why)


def _made(found: Isolation, order: Order) -> bool:
    """Whether the policy is there and this request may go on: its own, or the sealed one that still cuts."""
    policy = found.policy
    return policy is not None and (
        order.request_id in policy.requests or (policy.cuts and policy.uid == order.sealed["policy"])
    )


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    """Both parts carry the stamp: done. The policy alone: not done. Neither, and it looks done: unknown."""
    name = order.params.deployment
    found = await patiently(lambda: system.isolation.of(name))
    if order.request_id in found.deployment.requests:
        return await _isolated(system, order, found.deployment)
    if found.deployment.uid != order.sealed["uid"]:
        raise OutcomeUnknown(wording.IS_ANOTHER.format(name=name, now=found.deployment.replicas))
    if _made(found, order) or found.deployment.replicas == order.sealed["replicas"]:
        return None
    raise OutcomeUnknown(wording.NOT_STOPPED.format(name=name, now=found.deployment.replicas))


async def _isolated(system: KubernetesNamespace, order: Order, now: Deployment) -> Verified:
    found, scaler = await asyncio.gather(
        read_back(lambda: system.isolation.of(now.name)), read_back(lambda: system.autoscaler(now.name))
    )
    lines = [_network_line(found), wording.stopped(found.deployment, order.sealed["replicas"])]
    if found.allowing:
        lines.append(wording.network(found))
    if scaler is not None:
        lines.append(wording.autoscaler_off(scaler, now.name))
    leaves = {"uid": found.deployment.uid, "replicas": 0}
    return verified(found.deployment, tuple(lines), f"un-isolate {now.name}", leaves)


def _network_line(found: Isolation) -> str:
    name = found.deployment.name
    if found.policy is None:
        return wording.POLICY_GONE.format(name=name)
    told = wording.IS_CUT if found.policy.cuts else wording.POLICY_CHANGED
    return told.format(policy=found.policy.name, name=name)


@action(
    "isolate",
    kind=KIND,
    params=IsolateParams,
    look=_look,
    ask=_ask,
    sealed="deployment uid, replicas, whether its emergency policy is there",
    precondition="the policy's name is free; resourceVersion of the deployment",
    stamp="annotations on the network policy and on the deployment",
    question="do both carry the stamp, or the policy alone?",
    way_back="un-isolate",
    takes=("deployment",),
    watch=watch,
    timed=True,
    recent_gates=(EVIDENCE_KEPT,),
    listed_in=LISTED_IN,
    needs=("create networkpolicies.networking.k8s.io", *NEEDS),
)
async def isolate(system: KubernetesNamespace, order: Order) -> Verified:
    """Deny all traffic to and from a deployment's pods, then scale it to nothing."""
    name = order.params.deployment

    async def cut(seen: IsolationSeen) -> None:
        if seen.found.policy is None:
            await system.isolation.cut_off(seen.found, stamp(order))

    async def again() -> IsolationSeen:
        """The deployment as it was sealed; what this request itself has changed is no change."""
        found = await system.isolation.of(name)
        now = found.deployment
        return IsolationSeen(found, Observation({**order.sealed, "uid": now.uid, "replicas": now.replicas}))

    async def stop(seen: IsolationSeen) -> Deployment:
        return await system.isolation.stop(seen.found, stamp(order))

    if not _made(await patiently(lambda: system.isolation.of(name)), order):
        await write_as_sealed(order, lambda: _see(system, order.params), cut)
    try:
        stopped = await write_as_sealed(order, again, stop)
    except (TargetChanged, DoNotRetry) as no:
        found = await read_back(lambda: system.isolation.of(name))
        lines = (_network_line(found), wording.NOT_STOPPED.format(name=name, now=found.deployment.replicas))
        raise StoppedMidway(str(no), lines, f"un-isolate {name}") from no
    return await _isolated(system, order, await system.settling(stopped, news_for(system, order)))
