"""What pods and nodes use, as `kubectl top` tells it, and the nodes (AU-20, AU-21, CC-37, PF-47)."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.actions import Report
from handlers.actions.kubernetes import view_wording as wording
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.view_ports import NodeState, Usage
from handlers.actions.kubernetes.view_vocabulary import (
    NodesParams,
    NodeUsageParams,
    SortedParams,
    own,
    within,
)
from handlers.actions.kubernetes.vocabulary import KIND
from handlers.actions.kubernetes.wording import age
from handlers.actions.registry import reading

_USES = ("CPU", "Memory")
NOTHING_MEASURED = "Nothing is measured here yet: what has just begun is measured within a minute."


def _greatest_first(found: Sequence[Usage], by: str) -> list[Usage]:
    return sorted(found, key=lambda one: (-(one.cpu if by == "cpu" else one.memory), one.name))


def _uses(one: Usage) -> tuple[str, str]:
    return wording.cores(one.cpu), wording.mebibytes(one.memory)


def _headline(found: Sequence[Usage], what: str, by: str) -> str:
    if not found:
        return NOTHING_MEASURED
    cpu, memory = sum(one.cpu for one in found), sum(one.memory for one in found)
    used = f"{wording.cores(cpu)} of CPU and {wording.mebibytes(memory)} of memory"
    return f"{wording.counted(len(found), what)} {'uses' if len(found) == 1 else 'use'} {used}; by {by}."


@reading(
    "top-pods",
    kind=KIND,
    title="What pods use, by cpu or memory",
    params=SortedParams,
    takes=("by", "namespace"),
    needs=("list pods.metrics.k8s.io",),
)
async def top_pods(system: KubernetesNamespace, params: SortedParams) -> Report:
    """What the pods of the namespace use (AU-20, AU-21, CC-37)."""
    own(system.view, params, everywhere="top-pods-everywhere")
    found = _greatest_first(await system.view.pod_usage(), params.by)
    rows = tuple((one.name, *_uses(one)) for one in found)
    return Report(_headline(found, "pod", params.by), columns=("Pod", *_USES), rows=rows)


@reading(
    "top-pods-everywhere",
    kind=KIND,
    title="What pods of all namespaces use, by cpu or memory",
    params=SortedParams,
    takes=("by", "namespace"),
    needs=("list pods.metrics.k8s.io everywhere",),
)
async def top_pods_everywhere(system: KubernetesNamespace, params: SortedParams) -> Report:
    """What the pods of all namespaces use, or of one of them (PF-47)."""
    measured = await system.view.pod_usage(everywhere=True)
    found = _greatest_first([one for one in measured if within(one.namespace, params)], params.by)
    rows = tuple((one.namespace, one.name, *_uses(one)) for one in found)
    return Report(_headline(found, "pod", params.by), columns=("Namespace", "Pod", *_USES), rows=rows)


@reading(
    "top-nodes",
    kind=KIND,
    title="What nodes use, by cpu or memory",
    params=NodeUsageParams,
    takes=("by",),
    needs=("list nodes.metrics.k8s.io everywhere", "list nodes everywhere"),
)
async def top_nodes(system: KubernetesNamespace, params: NodeUsageParams) -> Report:
    """What the nodes use, and how much of what they can give that is (AU-20)."""
    found = _greatest_first(await system.view.node_usage(), params.by)
    rows = tuple(
        (one.name, used[0], wording.share(one.cpu_share), used[1], wording.share(one.memory_share))
        for one in found
        for used in (_uses(one),)
    )
    columns = ("Node", "CPU", "of its own", "Memory", "of its own")
    return Report(_headline(found, "node", params.by), columns=columns, rows=rows)


@reading(
    "nodes", kind=KIND, title="The nodes of the cluster", params=NodesParams, needs=("list nodes everywhere",)
)
async def nodes(system: KubernetesNamespace, params: NodesParams) -> Report:
    """The nodes, those with trouble first."""
    found = sorted(await system.view.nodes(), key=lambda one: (_well(one), one.name))
    rows = tuple(
        (one.name, _state(one), ", ".join(one.roles) or "-", age(one.age), one.version) for one in found
    )
    unwell = sum(not _well(one) for one in found)
    how = f"{unwell} with trouble or cordoned" if unwell else "all ready"
    headline = f"{wording.counted(len(found), 'node')}, {how}."
    return Report(headline, columns=("Node", "State", "Roles", "Age", "Version"), rows=rows)


def _well(one: NodeState) -> bool:
    return one.ready and not one.cordoned and not one.troubles


def _state(one: NodeState) -> str:
    """As kubectl writes it, with the conditions that should not hold."""
    told = ["Ready" if one.ready else "NotReady", *(["SchedulingDisabled"] if one.cordoned else [])]
    return ", ".join((*told, *one.troubles))
