"""What is read of the cluster's objects. Everything else passes unread, and a template stays whole."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bot.systems.kubernetes import selectors
from bot.systems.kubernetes.calls import Json
from handlers.actions.kubernetes.config_maps_ports import ConfigMap
from handlers.actions.kubernetes.manifests_ports import Applied
from handlers.actions.kubernetes.ports import Autoscaler, Deployment, Pod, Revision, Rollout, Template
from handlers.actions.kubernetes.secrets_ports import Secret
from handlers.errors import DoNotRetry

REVISION = "deployment.kubernetes.io/revision"
CHANGE_CAUSE = "kubernetes.io/change-cause"
POD_HASH = "pod-template-hash"
REQUEST = "countersign.dev/request"
EARLIER_REQUESTS = "countersign.dev/earlier-requests"
APPROVED_BY = "countersign.dev/approved-by"
REQUESTED_BY = "countersign.dev/requested-by"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"

NOT_AS_PROMISED = "The cluster's answer is not what its API promises ({where})."

_T = TypeVar("_T")
Or = BeforeValidator(lambda value: {} if value is None else value)
"""Go writes an empty map as null now and then."""
Texts = Annotated[dict[str, str], Or]
Lists = BeforeValidator(lambda value: [] if value is None else value)


class _Read(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )


class _Owner(_Read):
    uid: str
    controller: bool = False


class _Manager(_Read):
    manager: str = ""
    subresource: str = ""


class _Meta(_Read):
    name: str
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    annotations: Texts = {}
    labels: Texts = {}
    owner_references: Annotated[tuple[_Owner, ...], Lists] = ()


class _Owned(_Read):
    metadata: _Meta


class _Condition(_Read):
    type: str
    status: str
    reason: str = ""


class _DeploymentSpec(_Read):
    replicas: int = 1
    paused: bool = False
    selector: Annotated[Json, Or] = {}
    template: Json


class _DeploymentStatus(_Read):
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    conditions: Annotated[tuple[_Condition, ...], Lists] = ()


class _Deployment(_Read):
    metadata: _Meta
    spec: _DeploymentSpec
    status: Annotated[_DeploymentStatus, Or] = _DeploymentStatus()


class _ReplicaSet(_Read):
    metadata: _Meta
    spec: _DeploymentSpec
    status: Annotated[_DeploymentStatus, Or] = _DeploymentStatus()


class _ScaleTarget(_Read):
    kind: str
    name: str


class _AutoscalerSpec(_Read):
    scale_target_ref: _ScaleTarget
    min_replicas: int = 1
    max_replicas: int


class _AutoscalerStatus(_Read):
    desired_replicas: int = 0
    conditions: Annotated[tuple[_Condition, ...], Lists] = ()


class _Autoscaler(_Read):
    metadata: _Meta
    spec: _AutoscalerSpec
    status: Annotated[_AutoscalerStatus, Or] = _AutoscalerStatus()


class _Reason(_Read):
    reason: str = ""
    exit_code: int = 0


class _ContainerState(_Read):
    waiting: _Reason | None = None
    terminated: _Reason | None = None


class _Container(_Read):
    ready: bool = False
    restart_count: int = 0
    state: Annotated[_ContainerState, Or] = _ContainerState()


class _PodSpec(_Read):
    node_name: str = ""
    containers: Annotated[tuple[Json, ...], Lists] = ()


class _PodStatus(_Read):
    phase: str = ""
    reason: str = ""
    conditions: Annotated[tuple[_Condition, ...], Lists] = ()
    container_statuses: Annotated[tuple[_Container, ...], Lists] = ()
    init_container_statuses: Annotated[tuple[_Container, ...], Lists] = ()


class _Pod(_Read):
    metadata: _Meta
    spec: _PodSpec
    status: Annotated[_PodStatus, Or] = _PodStatus()


class _ConfigMap(_Read):
    metadata: _Meta
    data: Texts = {}
    immutable: bool = False


class _Secret(_Read):
    metadata: _Meta
    data: Texts = {}
    type: str = "Opaque"
    immutable: bool = False


class _WrittenMeta(_Meta):
    managed_fields: Annotated[tuple[_Manager, ...], Lists] = ()


class _Object(_Read):
    metadata: _WrittenMeta


class _JobStatus(_Read):
    completion_time: datetime | None = None
    conditions: Annotated[tuple[_Condition, ...], Lists] = ()


class _Job(_Read):
    metadata: _Meta
    status: Annotated[_JobStatus, Or] = _JobStatus()


class _Items(_Read):
    items: Annotated[tuple[Json, ...], Lists] = Field(default=())


_Model = TypeVar("_Model", bound=_Read)


def _read(model: type[_Model], found: Json) -> _Model:
    """Raises DoNotRetry when the object lacks what every such object has."""
    try:
        return model.model_validate(found)
    except ValidationError as faulty:
        where = ".".join(str(part) for part in faulty.errors()[0]["loc"])
        raise DoNotRetry(NOT_AS_PROMISED.format(where=where), "not-as-promised") from faulty


def time_text(at: datetime) -> str:
    """A time as the cluster writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def deployment(found: Json) -> Deployment:
    it = _read(_Deployment, found)
    return Deployment(
        name=it.metadata.name,
        uid=it.metadata.uid,
        resource_version=it.metadata.resource_version,
        replicas=it.spec.replicas,
        paused=it.spec.paused,
        revision=_number(it.metadata),
        template=template(it.spec.template),
        rollout=_rollout(it),
        requests=_requests(it.metadata),
        selector=selectors.as_query(it.spec.selector),
        labels=_labels(it.spec.template),
    )


def _requests(meta: _Meta) -> tuple[str, ...]:
    """The stamps that an object carries, newest first."""
    earlier = meta.annotations.get(EARLIER_REQUESTS, "").split()
    return (*meta.annotations.get(REQUEST, "").split(), *earlier)


def config_map(found: Json) -> ConfigMap:
    it = _read(_ConfigMap, found)
    return ConfigMap(
        name=it.metadata.name,
        uid=it.metadata.uid,
        resource_version=it.metadata.resource_version,
        data=it.data,
        immutable=it.immutable,
        requests=_requests(it.metadata),
    )


def secret(found: Json) -> Secret:
    """What may be known of a secret: the values stay where they are."""
    it = _read(_Secret, found)
    return Secret(
        name=it.metadata.name,
        uid=it.metadata.uid,
        resource_version=it.metadata.resource_version,
        type=it.type,
        keys=tuple(sorted(it.data)),
        immutable=it.immutable,
        requests=_requests(it.metadata),
    )


def _labels(found: Json) -> dict[str, str]:
    return (found.get("metadata") or {}).get("labels") or {}


def selector(found: Json) -> dict[str, str]:
    """The labels by which a deployment knows its pods."""
    return dict(_read(_Deployment, found).spec.selector.get("matchLabels") or {})


def newest_request(found: Json) -> str:
    """The newest stamp of an object; empty when it has none."""
    return next(iter(_requests(_read(_Object, found).metadata)), "")


def job_end(found: Json) -> tuple[bool, str]:
    """Whether a Job has ended, and the cluster's word for why it failed."""
    ends = [one for one in _read(_Job, found).status.conditions if one.status == "True"]
    failed = next((one.reason or one.type for one in ends if one.type == "Failed"), "")
    return bool(failed) or any(one.type == "Complete" for one in ends), failed


def completion(found: Json) -> datetime | None:
    """When a Job succeeded."""
    return _read(_Job, found).status.completion_time


def exit_code(found: Json) -> int | None:
    """That of a pod's container, once it has ended."""
    ended = (one.state.terminated for one in _read(_Pod, found).status.container_statuses)
    return next((one.exit_code for one in ended if one is not None), None)


def applied(found: Json) -> Applied:
    """Any object that a manifest can make: who it is, and who has written its fields."""
    it = _read(_Object, found)
    written = (one for one in it.metadata.managed_fields if not one.subresource)
    return Applied(
        name=it.metadata.name,
        uid=it.metadata.uid,
        resource_version=it.metadata.resource_version,
        managers=tuple(sorted({one.manager for one in written})),
        requests=_requests(it.metadata),
    )


def _number(meta: _Meta) -> int:
    number = meta.annotations.get(REVISION, "")
    return int(number) if number.isdecimal() else 0


def _rollout(it: _Deployment) -> Rollout:
    status = it.status
    stuck = [one.reason for one in status.conditions if (one.type, one.status) == ("Progressing", "False")]
    return Rollout(
        seen=status.observed_generation >= it.metadata.generation,
        updated=status.updated_replicas,
        ready=status.ready_replicas,
        available=status.available_replicas,
        total=status.replicas,
        stuck=stuck[0] if stuck else "",
    )


def bare_template(found: Json) -> Json:
    """A pod template without the label that the controller adds for itself, and without empty metadata."""
    meta = {key: value for key, value in (found.get("metadata") or {}).items() if value is not None}
    if "labels" in meta:
        meta["labels"] = {key: value for key, value in meta["labels"].items() if key != POD_HASH}
    return {**found, "metadata": meta}


def template(found: Json) -> Template:
    bare = bare_template(found)
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"))
    containers = (bare.get("spec") or {}).get("containers") or ()
    return Template(
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        images=tuple(str(one.get("image", "")) for one in containers),
        containers=tuple(str(one.get("name", "")) for one in containers),
    )


def items(found: Json) -> tuple[Json, ...]:
    return _read(_Items, found).items


def owned_by(found: Json, uid: str) -> bool:
    """Whether an object is controlled by the one with this uid."""
    return any(
        owner.uid == uid and owner.controller for owner in _read(_Owned, found).metadata.owner_references
    )


def revision(found: Json, now: datetime) -> Revision:
    it = _read(_ReplicaSet, found)
    return Revision(
        number=_number(it.metadata),
        template=template(it.spec.template),
        pod_hash=it.metadata.labels.get(POD_HASH, ""),
        cause=it.metadata.annotations.get(CHANGE_CAUSE, ""),
        pods=it.status.replicas,
        age=_age(it.metadata, now),
    )


def autoscaler_of(found: Json, name: str) -> Autoscaler | None:
    """The bounds, when this autoscaler is the deployment's."""
    it = _read(_Autoscaler, found)
    target = it.spec.scale_target_ref
    if (target.kind, target.name) != ("Deployment", name):
        return None
    return Autoscaler(
        it.metadata.name,
        it.spec.min_replicas,
        it.spec.max_replicas,
        wants=it.status.desired_replicas if _acts(it) else None,
        idle=_idle(it),
    )


def _acts(it: _Autoscaler) -> bool:
    return any((one.type, one.status) == ("ScalingActive", "True") for one in it.status.conditions)


def _idle(it: _Autoscaler) -> str:
    reasons = [
        one.reason for one in it.status.conditions if (one.type, one.status) == ("ScalingActive", "False")
    ]
    return reasons[0] if reasons else ""


def pod(found: Json, now: datetime) -> Pod:
    it = _read(_Pod, found)
    running = it.status.container_statuses
    return Pod(
        name=it.metadata.name,
        ready=sum(one.ready for one in running),
        containers=max(len(it.spec.containers), len(running)),
        state=_state(it),
        restarts=sum(one.restart_count for one in running),
        age=_age(it.metadata, now),
        node=it.spec.node_name,
    )


_ON_ITS_WAY = frozenset(
    {"Running", "Pending", "ContainerCreating", "PodInitializing", "Terminating", "Completed"}
)
"""States of a pod that will most likely pass by themselves."""


def trouble(found: Json) -> str:
    """Why a pod does not come up, in the cluster's word (`ImagePullBackOff`); empty when nothing is wrong."""
    it = _read(_Pod, found)
    refused = [one.reason for one in it.status.conditions if (one.type, one.status) == _NOT_SCHEDULED]
    state = refused[0] if refused else _state(it)
    return "" if state in _ON_ITS_WAY else state


_NOT_SCHEDULED = ("PodScheduled", "False")


def _state(it: _Pod) -> str:
    """What `kubectl get pods` calls the status: the reason of what keeps it from running, else the phase."""
    if it.metadata.deletion_timestamp is not None:
        return "Terminating"
    for one in (*it.status.init_container_statuses, *it.status.container_statuses):
        for held in (one.state.waiting, one.state.terminated):
            if held is not None and held.reason and held.reason != "Completed":
                return held.reason
    return "Completed" if it.status.phase == "Succeeded" else it.status.reason or it.status.phase or "Unknown"


def _age(meta: _Meta, now: datetime) -> timedelta:
    return now - meta.creation_timestamp if meta.creation_timestamp else timedelta(0)
