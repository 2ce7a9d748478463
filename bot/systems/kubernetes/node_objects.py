"""What is read of nodes, of the pods on them, and of disruption budgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from bot.systems.kubernetes.calls import Json
from bot.systems.kubernetes.marks import POD_HASH
from bot.systems.kubernetes.quantities import quantity
from bot.systems.kubernetes.selectors import matches
from bot.systems.kubernetes.wire import Condition, Lists, Meta, Or, Read, Texts, read, requests_of
from handlers.actions.kubernetes.node_ports import BARE_PODS, EMPTY_DIRS, Amounts, Node, PodHere

MIRROR = "kubernetes.io/config.mirror"
"""The annotation of a pod that a kubelet runs from a file: the API can only show it."""
KEEPS_AWAY = ("NoSchedule", "NoExecute")


class _Taint(Read):
    effect: str = ""


class _NodeSpec(Read):
    unschedulable: bool = False
    taints: Annotated[tuple[_Taint, ...], Lists] = ()


class _NodeStatus(Read):
    allocatable: Texts = Field(default_factory=dict)
    conditions: Annotated[tuple[Condition, ...], Lists] = ()


class _Node(Read):
    metadata: Meta
    spec: Annotated[_NodeSpec, Or] = _NodeSpec()
    status: Annotated[_NodeStatus, Or] = _NodeStatus()


class _Controller(Read):
    kind: str
    name: str
    controller: bool = False


class _NamespacedMeta(Meta):
    namespace: str = ""


class _PodMeta(_NamespacedMeta):
    controllers: Annotated[tuple[_Controller, ...], Lists] = Field(default=(), alias="ownerReferences")


class _Resources(Read):
    requests: Texts = Field(default_factory=dict)


class _Container(Read):
    resources: Annotated[_Resources, Or] = _Resources()


class _Volume(Read):
    empty_dir: Json | None = None


class _PodSpec(Read):
    node_name: str = ""
    containers: Annotated[tuple[_Container, ...], Lists] = ()
    volumes: Annotated[tuple[_Volume, ...], Lists] = ()


class _PodStatus(Read):
    phase: str = ""


class _Pod(Read):
    metadata: _PodMeta
    spec: _PodSpec
    status: Annotated[_PodStatus, Or] = _PodStatus()


class _BudgetSpec(Read):
    selector: Json | None = None


class _BudgetStatus(Read):
    disruptions_allowed: int = 0


class BudgetRead(Read):
    """A PodDisruptionBudget."""

    metadata: _NamespacedMeta
    spec: _BudgetSpec
    status: Annotated[_BudgetStatus, Or] = _BudgetStatus()

    def covers(self, namespace: str, labels: Mapping[str, str]) -> bool:
        return self.metadata.namespace == namespace and matches(self.spec.selector, labels)


def _amounts(told: Mapping[str, str]) -> Amounts:
    return Amounts(
        pods=int(quantity(told.get("pods", "0"))),
        cpu=int(quantity(told.get("cpu", "0")) * 1000),
        memory=int(quantity(told.get("memory", "0"))),
    )


def node(found: Json) -> Node:
    it = read(_Node, found)
    return Node(
        name=it.metadata.name,
        uid=it.metadata.uid,
        resource_version=it.metadata.resource_version,
        cordoned=it.spec.unschedulable,
        ready=_ready(it),
        requests=requests_of(it.metadata),
    )


def _ready(it: _Node) -> bool:
    return any((one.type, one.status) == ("Ready", "True") for one in it.status.conditions)


def node_labels(found: Json) -> Mapping[str, str]:
    return read(_Node, found).metadata.labels


def room_of(found: Json) -> Amounts | None:
    """What pods can have of a node in all; None when it takes none."""
    it = read(_Node, found)
    if it.spec.unschedulable or not _ready(it) or any(one.effect in KEEPS_AWAY for one in it.spec.taints):
        return None
    return _amounts(it.status.allocatable)


def node_of(found: Json) -> str:
    """The name of the node that a pod is on."""
    return read(_Pod, found).spec.node_name


def name_of(found: Json) -> str:
    return read(_Node, found).metadata.name


def budget(found: Json) -> BudgetRead:
    return read(BudgetRead, found)


def pod_here(found: Json) -> PodHere:
    it = read(_Pod, found)
    kind, owner = _controller(it)
    loses = {BARE_PODS} if not kind else set()
    if any(one.empty_dir is not None for one in it.spec.volumes):
        loses.add(EMPTY_DIRS)
    return PodHere(
        namespace=it.metadata.namespace,
        name=it.metadata.name,
        uid=it.metadata.uid,
        kind=kind,
        owner=owner,
        stays=_stays(it, kind),
        ending=it.metadata.deletion_timestamp is not None,
        loses=frozenset(loses),
        needs=_needs(it),
        labels=tuple(sorted(it.metadata.labels.items())),
    )


def _controller(it: _Pod) -> tuple[str, str]:
    """The kind and name of what makes the pod anew: of a ReplicaSet with the pods' hash, its Deployment."""
    found = next((one for one in it.metadata.controllers if one.controller), None)
    if found is None:
        return "", ""
    end = f"-{it.metadata.labels.get(POD_HASH, '')}"
    if found.kind == "ReplicaSet" and len(end) > 1 and found.name.endswith(end):
        return "Deployment", found.name.removesuffix(end)
    return found.kind, found.name


def _stays(it: _Pod, kind: str) -> str:
    if MIRROR in it.metadata.annotations:
        return "mirror"
    if kind == "DaemonSet":
        return "DaemonSet"
    return "finished" if it.status.phase in ("Succeeded", "Failed") else ""


def _needs(it: _Pod) -> Amounts:
    asked = (_amounts(one.resources.requests) for one in it.spec.containers)
    return sum(asked, start=Amounts(pods=1))
