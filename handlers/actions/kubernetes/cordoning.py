"""`cordon <node>` and `uncordon <node>` (row CC-55)."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.actions import Observation, Order, Verified
from handlers.actions.kubernetes import node_wording as wording
from handlers.actions.kubernetes.node_ports import Node
from handlers.actions.kubernetes.objects import REHEARSAL
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, NODES_LISTED_IN, NodeTarget
from handlers.actions.kubernetes.writing import find_stamp, look_at_rest, stamp, write_as_sealed
from handlers.actions.registry import action
from handlers.errors import DoNotRetry

NEEDS = ("get nodes everywhere", "patch nodes everywhere")


@dataclass(frozen=True)
class NodeSeen:
    """A node, and what of it an approval covers."""

    node: Node
    observation: Observation


async def see_node(
    system: KubernetesNamespace, now: Node, observation: Observation, *, cordoned: bool
) -> NodeSeen:
    """A node with what the server says would change when it is cordoned or let take pods again."""

    async def write(dry: KubernetesNamespace) -> Node:
        return await dry.nodes.cordon(now, REHEARSAL, cordoned=cordoned)

    return NodeSeen(now, await rehearsed(system, observation, write))


async def _see(system: KubernetesNamespace, params: NodeTarget, *, cordoned: bool) -> NodeSeen:
    now = await system.nodes.node(params.node)
    seen = Observation(
        {"uid": now.uid, "cordoned": now.cordoned},
        precondition=now.resource_version,
        shown=((wording.NODE, wording.node_state(now)),),
        covered=(wording.NODE,),
    )
    return await see_node(system, now, seen, cordoned=cordoned)


async def _look_to_cordon(system: KubernetesNamespace, params: NodeTarget) -> Observation:
    seen = await look_at_rest(params.node, lambda: _see(system, params, cordoned=True))
    if seen.node.cordoned:
        raise DoNotRetry(wording.ALREADY_CORDONED.format(name=params.node), "already-so")
    return seen.observation


async def _look_to_uncordon(system: KubernetesNamespace, params: NodeTarget) -> Observation:
    seen = await look_at_rest(params.node, lambda: _see(system, params, cordoned=False))
    if not seen.node.cordoned:
        raise DoNotRetry(wording.NOT_CORDONED.format(name=params.node), "already-so")
    return seen.observation


async def _ask_cordon(system: KubernetesNamespace, order: Order) -> Verified | None:
    now = await _stamped(system, order)
    return _cordoned(now) if now else None


async def _ask_uncordon(system: KubernetesNamespace, order: Order) -> Verified | None:
    now = await _stamped(system, order)
    return _uncordoned(now) if now else None


async def _stamped(system: KubernetesNamespace, order: Order) -> Node | None:
    return await find_stamp(
        order,
        lambda: system.nodes.node(order.params.node),
        looks_done=lambda it: it.cordoned != order.sealed["cordoned"],
    )


def _left(now: Node) -> dict[str, object]:
    return {"uid": now.uid, "cordoned": now.cordoned}


def _cordoned(now: Node) -> Verified:
    changed = wording.CHANGED_SINCE.format(name=now.name, done="cordoned")
    line = wording.CORDONED.format(name=now.name) if now.cordoned else changed
    return Verified(lines=(line,), way_back=f"uncordon {now.name}", over=True, leaves=_left(now))


def _uncordoned(now: Node) -> Verified:
    changed = wording.CHANGED_SINCE.format(name=now.name, done="uncordoned")
    line = changed if now.cordoned else wording.UNCORDONED.format(name=now.name)
    return Verified(lines=(line,), way_back=f"cordon {now.name}", over=True, leaves=_left(now))


async def _write(system: KubernetesNamespace, order: Order, *, cordoned: bool) -> Node:
    async def write(seen: NodeSeen) -> Node:
        return await system.nodes.cordon(seen.node, stamp(order), cordoned=cordoned)

    return await write_as_sealed(order, lambda: _see(system, order.params, cordoned=cordoned), write)


@action(
    "cordon",
    kind=KIND,
    params=NodeTarget,
    look=_look_to_cordon,
    ask=_ask_cordon,
    sealed="node uid, whether it takes pods",
    precondition="resourceVersion",
    stamp="annotation on the node",
    question="does the node carry the stamp, and does it take pods?",
    way_back="uncordon",
    takes=("node",),
    timed=True,
    listed_in=NODES_LISTED_IN,
    needs=NEEDS,
)
async def cordon(system: KubernetesNamespace, order: Order) -> Verified:
    """Let no new pods be placed on a node; those that run there stay."""
    return _cordoned(await _write(system, order, cordoned=True))


@action(
    "uncordon",
    kind=KIND,
    params=NodeTarget,
    look=_look_to_uncordon,
    ask=_ask_uncordon,
    sealed="node uid, whether it takes pods",
    precondition="resourceVersion",
    stamp="annotation on the node",
    question="does the node carry the stamp, and does it take pods?",
    way_back="cordon",
    takes=("node",),
    listed_in=NODES_LISTED_IN,
    needs=NEEDS,
)
async def uncordon(system: KubernetesNamespace, order: Order) -> Verified:
    """Let new pods be placed on a node again."""
    return _uncordoned(await _write(system, order, cordoned=False))
