"""What is read of the objects that people look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from bot.systems.kubernetes import pod_objects
from bot.systems.kubernetes.calls import Json
from bot.systems.kubernetes.objects import DeploymentRead
from bot.systems.kubernetes.quantities import quantity, thousandths
from bot.systems.kubernetes.wire import Condition, Lists, Meta, Or, Read, Texts, age_of, read
from handlers.actions.kubernetes.view_ports import (
    Batch,
    Event,
    Ingress,
    NodeState,
    Placed,
    Scaler,
    Service,
    Usage,
    Workload,
)

_ROLE = "node-role.kubernetes.io/"
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_NOT_KNOWN = "?"
_Objects = Annotated[tuple[Json, ...], Lists]


class _Labelled(Read):
    metadata: Meta
    spec: Annotated[Json, Or] = Field(default_factory=dict)
    status: Annotated[Json, Or] = Field(default_factory=dict)


class _About(Read):
    kind: str = ""
    name: str = ""


class _Series(Read):
    count: int = 0
    last_observed_time: datetime | None = None


class _Event(Read):
    metadata: Meta
    involved_object: _About
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int | None = None
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None
    series: _Series | None = None


class _NodeStatus(Read):
    conditions: Annotated[tuple[Condition, ...], Lists] = ()
    node_info: Annotated[Json, Or] = Field(default_factory=dict)
    allocatable: Texts = Field(default_factory=dict)


class _Node(Read):
    metadata: Meta
    spec: Annotated[Json, Or] = Field(default_factory=dict)
    status: Annotated[_NodeStatus, Or] = _NodeStatus()


class _Measured(Read):
    metadata: Meta
    containers: _Objects = ()
    usage: Texts = Field(default_factory=dict)


def _namespace(found: Json) -> str:
    return str(found["metadata"].get("namespace", ""))


def placed(found: Json, now: datetime) -> Placed:
    pod = pod_objects.pod(found, now)
    return Placed(_namespace(found), pod)


def workload(found: Json, now: datetime) -> Workload:
    it = read(DeploymentRead, found)
    return Workload(
        namespace=_namespace(found),
        name=it.metadata.name,
        wanted=it.spec.replicas,
        ready=it.status.ready_replicas,
        updated=it.status.updated_replicas,
        available=it.status.available_replicas,
        age=age_of(it.metadata, now),
    )


def service(found: Json, now: datetime) -> Service:
    it = read(_Labelled, found)
    spec = it.spec
    outside = [*(spec.get("externalIPs") or ()), *_addresses(it.status)]
    return Service(
        name=it.metadata.name,
        kind=str(spec.get("type", "ClusterIP")),
        address=str(spec.get("clusterIP") or ""),
        external=", ".join(outside) or str(spec.get("externalName") or ""),
        ports=tuple(_port(one) for one in spec.get("ports") or ()),
        age=age_of(it.metadata, now),
    )


def _port(found: Json) -> str:
    outer = f":{found['nodePort']}" if found.get("nodePort") else ""
    return f"{found.get('port', _NOT_KNOWN)}{outer}/{found.get('protocol', 'TCP')}"


def _addresses(status: Json) -> list[str]:
    """Where a load balancer answers."""
    listed = (status.get("loadBalancer") or {}).get("ingress") or ()
    return [str(one.get("ip") or one.get("hostname") or _NOT_KNOWN) for one in listed]


def ingress(found: Json, now: datetime) -> Ingress:
    it = read(_Labelled, found)
    hosts = [str(one.get("host") or "*") for one in it.spec.get("rules") or ()]
    return Ingress(
        name=it.metadata.name,
        class_name=str(it.spec.get("ingressClassName") or ""),
        hosts=tuple(dict.fromkeys(hosts)) or ("*",),
        addresses=tuple(_addresses(it.status)),
        tls=bool(it.spec.get("tls")),
        age=age_of(it.metadata, now),
    )


def scaler(found: Json) -> Scaler:
    it = read(_Labelled, found)
    target = it.spec.get("scaleTargetRef") or {}
    now = {_measured(one): _value(one, "current") for one in it.status.get("currentMetrics") or ()}
    measures = [
        f"{_measured(one)} {now.get(_measured(one)) or _NOT_KNOWN} of {_value(one, 'target')}"
        for one in it.spec.get("metrics") or ()
    ]
    return Scaler(
        name=it.metadata.name,
        target=f"{target.get('kind', '')} {target.get('name', '')}".strip(),
        least=int(it.spec.get("minReplicas") or 1),
        most=int(it.spec.get("maxReplicas") or 0),
        current=int(it.status.get("currentReplicas") or 0),
        wanted=int(it.status.get("desiredReplicas") or 0),
        measures=tuple(measures),
    )


def _source(metric: Json) -> Json:
    """The part of a metric that its type names: `ContainerResource` is in `containerResource`."""
    kind = str(metric.get("type", ""))
    return metric.get(kind[:1].lower() + kind[1:]) or {}


def _measured(metric: Json) -> str:
    source = _source(metric)
    return str(source.get("name") or (source.get("metric") or {}).get("name") or metric.get("type", ""))


def _value(metric: Json, which: str) -> str:
    value = _source(metric).get(which) or {}
    if value.get("averageUtilization") is not None:
        return f"{value['averageUtilization']}%"
    return str(value.get("averageValue") or value.get("value") or "")


def batch(found: Json, now: datetime) -> Batch:
    it = read(_Labelled, found)
    return Batch(
        name=it.metadata.name,
        done=int(it.status.get("succeeded") or 0),
        wanted=int(it.spec.get("completions") or 1),
        failed=int(it.status.get("failed") or 0),
        age=age_of(it.metadata, now),
    )


def event(found: Json) -> Event:
    """Old events carry `count` and two times, new ones `eventTime` and a series."""
    it = read(_Event, found)
    series = it.series or _Series()
    times = (series.last_observed_time, it.last_timestamp, it.event_time, it.first_timestamp)
    return Event(
        at=next((one for one in times if one is not None), it.metadata.creation_timestamp or _EARLIEST),
        warning=it.type == "Warning",
        reason=it.reason,
        kind=it.involved_object.kind,
        name=it.involved_object.name,
        message=it.message,
        count=series.count or it.count or 1,
    )


def node(found: Json, now: datetime) -> NodeState:
    it = read(_Node, found)
    holds = {one.type for one in it.status.conditions if one.status == "True"}
    unknown = {one.type for one in it.status.conditions if one.status == "Unknown"}
    roles = sorted(key.removeprefix(_ROLE) for key in it.metadata.labels if key.startswith(_ROLE))
    return NodeState(
        name=it.metadata.name,
        ready="Ready" in holds,
        cordoned=bool(it.spec.get("unschedulable")),
        troubles=tuple(sorted((holds - {"Ready"}) | {f"{one} unknown" for one in unknown})),
        roles=tuple(roles),
        version=str(it.status.node_info.get("kubeletVersion", "")),
        age=age_of(it.metadata, now),
    )


def pod_usage(found: Json) -> Usage:
    it = read(_Measured, found)
    used = [one.get("usage") or {} for one in it.containers]
    return Usage(
        namespace=_namespace(found),
        name=it.metadata.name,
        cpu=sum(thousandths(str(one.get("cpu", "0"))) for one in used),
        memory=sum(int(quantity(str(one.get("memory", "0")))) for one in used),
    )


def allocatable(found: Json) -> tuple[str, dict[str, str]]:
    """A node's name, and what it can give to pods."""
    it = read(_Node, found)
    return it.metadata.name, it.status.allocatable


def node_usage(found: Json, given: Mapping[str, Mapping[str, str]]) -> Usage:
    """`given` is what each node can give, by its name."""
    it = read(_Measured, found)
    whole = given.get(it.metadata.name, {})
    cpu, memory = thousandths(it.usage.get("cpu", "0")), int(quantity(it.usage.get("memory", "0")))
    return Usage(
        namespace="",
        name=it.metadata.name,
        cpu=cpu,
        memory=memory,
        cpu_share=_share(cpu, thousandths(whole.get("cpu", "0"))),
        memory_share=_share(memory, int(quantity(whole.get("memory", "0")))),
    )


def _share(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def names(found: Any) -> Iterator[str]:
    """The names in a list of named things."""
    return (str(one.get("name", _NOT_KNOWN)) for one in found or ())
