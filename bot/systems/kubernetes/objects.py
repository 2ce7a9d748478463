"""What is read of the cluster's objects. Everything else passes unread, and a template stays whole."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Annotated

from pydantic import Field

from bot.systems.kubernetes import selectors
from bot.systems.kubernetes.calls import Json
from bot.systems.kubernetes.marks import APPLIED, BEFORE, CHANGE_CAUSE, POD_HASH, REVISION
from bot.systems.kubernetes.wire import Condition, Lists, Meta, Or, Read, Texts, age_of, read, requests_of
from handlers.actions.kubernetes.config_maps_ports import ConfigMap
from handlers.actions.kubernetes.manifests_ports import Applied
from handlers.actions.kubernetes.objects import Autoscaler, Deployment, Revision, Rollout, Template
from handlers.actions.kubernetes.secrets_ports import Secret


class _Owned(Read):
    metadata: Meta


class _DeploymentSpec(Read):
    replicas: int = 1
    paused: bool = False
    selector: Annotated[Json, Or] = Field(default_factory=dict)
    template: Json


class _DeploymentStatus(Read):
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    conditions: Annotated[tuple[Condition, ...], Lists] = ()


class DeploymentRead(Read):
    """A Deployment as the cluster writes it."""

    metadata: Meta
    spec: _DeploymentSpec
    status: Annotated[_DeploymentStatus, Or] = _DeploymentStatus()


class _ReplicaSet(Read):
    metadata: Meta
    spec: _DeploymentSpec
    status: Annotated[_DeploymentStatus, Or] = _DeploymentStatus()


class _ScaleTarget(Read):
    kind: str
    name: str


class _AutoscalerSpec(Read):
    scale_target_ref: _ScaleTarget
    min_replicas: int = 1
    max_replicas: int


class _AutoscalerStatus(Read):
    desired_replicas: int = 0
    conditions: Annotated[tuple[Condition, ...], Lists] = ()


class _Autoscaler(Read):
    metadata: Meta
    spec: _AutoscalerSpec
    status: Annotated[_AutoscalerStatus, Or] = _AutoscalerStatus()


class _ConfigMap(Read):
    metadata: Meta
    data: Texts = Field(default_factory=dict)
    immutable: bool = False


class _Secret(Read):
    metadata: Meta
    data: Texts = Field(default_factory=dict)
    type: str = "Opaque"
    immutable: bool = False


class _Manager(Read):
    manager: str = ""
    subresource: str = ""


class _WrittenMeta(Meta):
    managed_fields: Annotated[tuple[_Manager, ...], Lists] = ()


class _Object(Read):
    metadata: _WrittenMeta


class _JobStatus(Read):
    completion_time: datetime | None = None
    conditions: Annotated[tuple[Condition, ...], Lists] = ()


class _Job(Read):
    metadata: Meta
    status: Annotated[_JobStatus, Or] = _JobStatus()


def deployment(found: Json) -> Deployment:
    it = read(DeploymentRead, found)
    return Deployment(
        name=it.metadata.name,
        uid=it.metadata.uid,
        resource_version=it.metadata.resource_version,
        replicas=it.spec.replicas,
        paused=it.spec.paused,
        revision=_number(it.metadata),
        template=template(it.spec.template),
        rollout=_rollout(it),
        requests=requests_of(it.metadata),
        selector=selectors.as_query(it.spec.selector),
        labels=_labels(it.spec.template),
        told=found,
    )


def config_map(found: Json) -> ConfigMap:
    it = read(_ConfigMap, found)
    return ConfigMap(
        name=it.metadata.name,
        uid=it.metadata.uid,
        resource_version=it.metadata.resource_version,
        data=it.data,
        immutable=it.immutable,
        requests=requests_of(it.metadata),
    )


def secret(found: Json) -> Secret:
    """What may be known of a secret: the values stay where they are."""
    it = read(_Secret, found)
    return Secret(
        name=it.metadata.name,
        uid=it.metadata.uid,
        resource_version=it.metadata.resource_version,
        type=it.type,
        keys=tuple(sorted(it.data)),
        immutable=it.immutable,
        requests=requests_of(it.metadata),
    )


def _labels(found: Json) -> dict[str, str]:
    return (found.get("metadata") or {}).get("labels") or {}


def selector(found: Json) -> Json:
    """What selects a deployment's pods."""
    return read(DeploymentRead, found).spec.selector


def newest_request(found: Json) -> str:
    """The newest stamp of an object; empty when it has none."""
    return next(iter(requests_of(read(_Object, found).metadata)), "")


def job_end(found: Json) -> tuple[bool, str]:
    """Whether a Job has ended, and the cluster's word for why it failed."""
    ends = [one for one in read(_Job, found).status.conditions if one.status == "True"]
    failed = next((one.reason or one.type for one in ends if one.type == "Failed"), "")
    return bool(failed) or any(one.type == "Complete" for one in ends), failed


def completion(found: Json) -> datetime | None:
    """When a Job succeeded."""
    return read(_Job, found).status.completion_time


_NAMING = frozenset({"name", "labels", "annotations"})
_OURS = "countersign.dev/"
_APPLICABLE = frozenset({"metadata", "spec", "data", "type", "immutable"})
"""What a manifest may say of an object beside its kind."""


def applied(found: Json) -> Applied:
    """Any object that a manifest can make: who it is, and who has written its fields."""
    it = read(_Object, found)
    written = (one for one in it.metadata.managed_fields if not one.subresource)
    return Applied(
        name=it.metadata.name,
        uid=it.metadata.uid,
        resource_version=it.metadata.resource_version,
        managers=tuple(sorted({one.manager for one in written})),
        requests=requests_of(it.metadata),
        applied=_own(found, it.metadata, APPLIED),
        before=_own(found, it.metadata, BEFORE),
    )


def _own(of: Json, meta: Meta, mark: str) -> Json | None:
    """What an annotation says that the bot applied; None for none, and for what no manifest may say."""
    try:
        found = json.loads(meta.annotations.get(mark, ""))
    except (ValueError, RecursionError):
        return None
    allowed = _APPLICABLE - {"data"} if of.get("kind") == "Secret" else _APPLICABLE
    if not isinstance(found, dict) or not found.keys() <= allowed:
        return None
    said = found.get("metadata") or {}
    named = said.get("annotations") or {} if isinstance(said, dict) and said.keys() <= _NAMING else None
    return found if isinstance(named, dict) and not any(key.startswith(_OURS) for key in named) else None


def _number(meta: Meta) -> int:
    number = meta.annotations.get(REVISION, "")
    return int(number) if number.isdecimal() else 0


def _rollout(it: DeploymentRead) -> Rollout:
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


def owned_by(found: Json, uid: str) -> bool:
    """Whether an object is controlled by the one with this uid."""
    return any(
        owner.uid == uid and owner.controller for owner in read(_Owned, found).metadata.owner_references
    )


def revision(found: Json, now: datetime) -> Revision:
    it = read(_ReplicaSet, found)
    return Revision(
        number=_number(it.metadata),
        template=template(it.spec.template),
        pod_hash=it.metadata.labels.get(POD_HASH, ""),
        cause=it.metadata.annotations.get(CHANGE_CAUSE, ""),
        pods=it.status.replicas,
        age=age_of(it.metadata, now),
    )


def autoscaler_of(found: Json, name: str) -> Autoscaler | None:
    """The bounds, when this autoscaler is the deployment's."""
    it = read(_Autoscaler, found)
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
