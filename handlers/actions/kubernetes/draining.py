"""`drain <node>`, as `kubectl drain --ignore-daemonsets` does it (row CC-55)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from handlers.actions import Observation, Order, Verified
from handlers.actions.kubernetes import node_wording as wording
from handlers.actions.kubernetes.cordoning import NEEDS, NodeSeen, see_node
from handlers.actions.kubernetes.evicting import JOB, Eviction, going, known_workloads
from handlers.actions.kubernetes.node_ports import Amounts, Node, PodHere
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.vocabulary import KIND, NODES_LISTED_IN, NodeTarget
from handlers.actions.kubernetes.writing import find_stamp, look_at_rest, patiently, stamp, write_as_sealed
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, OutcomeUnknown


async def _see(system: KubernetesNamespace, params: NodeTarget) -> tuple[NodeSeen, tuple[PodHere, ...]]:
    """The node and its pods. Raises DoNotRetry where more would be lost than policy allows."""
    now = await system.nodes.node(params.node)
    here = await system.nodes.pods_on(params.node)
    lost = _lost(going(here))
    refused = {kind: found for kind, found in lost.items() if kind not in system.nodes.may_lose}
    if refused:
        raise DoNotRetry(wording.would_lose(now.name, refused), "would-lose")
    sealed = {
        "uid": now.uid,
        "cordoned": now.cordoned,
        "workloads": known_workloads(going(here)),
        "lost": lost,
    }
    shown = [(wording.NODE, wording.node_state(now)), (wording.GOES, wording.workloads(going(here)))]
    if stayed := wording.stayed(here):
        shown.append((wording.STAYS, stayed))
    if lost:
        shown.append((wording.LOST, wording.lost(lost)))
    seen = Observation(
        sealed,
        precondition=now.resource_version,
        shown=tuple(shown),
        covered=(wording.NODE, wording.GOES, wording.LOST),
    )
    return await see_node(system, now, seen, cordoned=True), tuple(here)


def _lost(found: Iterable[PodHere]) -> dict[str, list[str]]:
    """What goes for good with the pods: by kind, the workloads that lose it. A Job's files are its own."""
    lost: dict[str, set[str]] = {}
    for pod in (one for one in found if one.kind != JOB):
        for kind in pod.loses:
            lost.setdefault(kind, set()).add(pod.workload)
    return {kind: sorted(names) for kind, names in sorted(lost.items())}


async def _look(system: KubernetesNamespace, params: NodeTarget) -> Observation:
    seen, here = await _at_rest(system, params)
    leaving = going(here)
    if seen.node.cordoned and not leaving:
        raise DoNotRetry(wording.ALREADY_DRAINED.format(name=params.node), "already-so")
    budgets, elsewhere = await asyncio.gather(
        system.nodes.budgets(leaving), system.nodes.elsewhere(params.node)
    )
    needed = sum((pod.needs for pod in leaving), start=Amounts())
    shown = [*seen.observation.shown, (wording.ROOM, wording.room(elsewhere, needed))]
    if budgets:
        shown.append((wording.BUDGETS, wording.budgets(budgets)))
    return replace(seen.observation, shown=tuple(shown))


async def _at_rest(system: KubernetesNamespace, params: NodeTarget) -> tuple[NodeSeen, tuple[PodHere, ...]]:
    here: tuple[PodHere, ...] = ()

    async def see() -> NodeSeen:
        nonlocal here
        seen, here = await _see(system, params)
        return seen

    return await look_at_rest(params.node, see), here


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    """Done when nothing is left to go. Where somebody has let the node take pods again nobody can tell."""
    name = order.params.node
    now = await find_stamp(
        order,
        lambda: system.nodes.node(name),
        looks_done=lambda it: it.cordoned != order.sealed["cordoned"],
    )
    if now is None:
        return None
    here = await patiently(lambda: system.nodes.pods_on(name))
    if not now.cordoned:
        raise OutcomeUnknown(wording.SOMEBODY_UNCORDONED.format(name=name))
    return None if going(here) else await _drained(system, order, here)


async def _drained(
    system: KubernetesNamespace, order: Order, here: Iterable[PodHere], gone: Iterable[PodHere] = ()
) -> Verified:
    """What was read back. `gone` is what this run saw going: a run that took over did not see all of it."""
    name = order.params.node
    lines = [wording.DRAINED.format(name=name)]
    if went := tuple(gone):
        told = wording.WENT.format(gone=wording.pods(len(went)), workloads=wording.workloads(went))
        lines.append(told)
    if stayed := wording.stayed(here):
        lines.append(wording.STAYED.format(stayed=stayed))
    if waiting := await patiently(system.nodes.without_node):
        lines.append(wording.WAIT_FOR_NODE.format(count=waiting))
    leaves = {"uid": order.sealed["uid"], "cordoned": True}
    return Verified(lines=tuple(lines), way_back=way_back(order), over=True, leaves=leaves)


def way_back(order: Order) -> str:
    """Pods that went do not come back; whether new ones come is what the node was before."""
    return "" if order.sealed["cordoned"] else f"uncordon {order.params.node}"


@action(
    "drain",
    kind=KIND,
    params=NodeTarget,
    look=_look,
    ask=_ask,
    sealed="node uid, whether it takes pods, the workloads whose pods go, what would be lost",
    precondition="resourceVersion; each eviction names its pod's uid and obeys its disruption budget",
    stamp="annotation on the node",
    question="does the node carry the stamp, is it cordoned, and which pods are left?",
    way_back="uncordon",
    takes=("node",),
    listed_in=NODES_LISTED_IN,
    needs=(
        *NEEDS,
        "list nodes everywhere",
        "list pods everywhere",
        "list poddisruptionbudgets.policy everywhere",
        "create pods/eviction everywhere",
    ),
)
async def drain(system: KubernetesNamespace, order: Order) -> Verified:
    """Cordon a node and evict its pods, as fast as their disruption budgets let them go."""

    async def see() -> NodeSeen:
        now = await system.nodes.node(order.params.node)
        if order.request_id in now.requests:  # begun before: what is left of it is no change
            return NodeSeen(now, Observation(dict(order.sealed)))
        return (await _see(system, order.params))[0]

    async def write(seen: NodeSeen) -> Node:
        if order.request_id in seen.node.requests:
            return seen.node
        return await system.nodes.cordon(seen.node, stamp(order), cordoned=True)

    before = await patiently(lambda: system.nodes.node(order.params.node))
    again = order.request_id in before.requests
    await write_as_sealed(order, see, write)
    eviction = Eviction(system.nodes, order, way_back(order), again=again)
    here = await eviction.of_all()
    return await _drained(system, order, here, eviction.gone)
