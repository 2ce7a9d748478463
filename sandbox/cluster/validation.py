"""What a Deployment and a Scale must be, in the words of the API server's validation."""

from __future__ import annotations

import re

from sandbox.cluster.selectors import fits, selector_faults
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import FieldFault

LABEL_MOST, NAME_MOST = 63, 253
ANNOTATIONS_MOST_BYTES = 262_144
NOT_NEGATIVE = "must be greater than or equal to 0"
IMMUTABLE = "field is immutable"
DNS_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
    "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
DNS_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used "
    "for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
QUALIFIED_NAME = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
FINALIZER = "name is neither a standard finalizer name nor is it fully qualified"
STANDARD_FINALIZERS = ("orphan", "foregroundDeletion", "kubernetes")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
ROLLING = "spec.strategy.rollingUpdate"
PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_PERCENT = re.compile(r"[0-9]+%")


def scale_faults(scale: Json) -> list[FieldFault]:
    """Faults of an autoscaling/v1 Scale."""
    return not_negative(scale.get("spec", {}), "spec", "replicas")


def deployment_faults(new: Json, old: Json | None) -> list[FieldFault]:
    """Faults of a Deployment, new or in place of another."""
    spec = new.get("spec", {})
    faults = meta_faults(new["metadata"], old and old["metadata"])
    faults += not_negative(
        spec, "spec", "replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"
    )
    deadline, ready = spec.get("progressDeadlineSeconds", 600), spec.get("minReadySeconds", 0)
    if 0 <= deadline <= ready:
        faults.append(
            FieldFault.invalid(
                "spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"
            )
        )
    if not spec.get("selector"):
        faults.append(FieldFault.required("spec.selector"))
    faults += selector_faults(spec.get("selector") or {}, "spec.selector")
    faults += _template_faults(spec) + _strategy_faults(spec.get("strategy", {}))
    if old and spec.get("selector") != old["spec"]["selector"]:
        faults.append(FieldFault.invalid("spec.selector", spec.get("selector"), IMMUTABLE))
    return faults


def not_negative(spec: Json, path: str, *fields: str) -> list[FieldFault]:
    """Numbers that may not be less than nothing."""
    return [
        FieldFault.invalid(f"{path}.{name}", spec[name], NOT_NEGATIVE)
        for name in fields
        if spec.get(name, 0) < 0
    ]


def meta_faults(meta: Json, old: Json | None) -> list[FieldFault]:
    """Faults of an object's metadata; `old` is that of the object that it replaces."""
    faults = [] if old else _name_faults(meta.get("name", ""))
    if old and meta.get("uid", old["uid"]) != old["uid"]:
        faults.append(FieldFault.invalid("metadata.uid", meta["uid"], IMMUTABLE))
    faults += [
        FieldFault.invalid(f"metadata.finalizers[{number}]", name, FINALIZER)
        for number, name in enumerate(meta.get("finalizers", []))
        if "/" not in name and name not in STANDARD_FINALIZERS
    ]
    return faults + _annotation_faults(meta) + label_faults(meta, "metadata.labels")


def _name_faults(name: str) -> list[FieldFault]:
    if not name:
        told = "Required value: name or generateName is required"
        return [FieldFault("metadata.name", "FieldValueRequired", told)]
    if len(name) > NAME_MOST or not all(_DNS_LABEL.fullmatch(part) for part in name.split(".")):
        return [FieldFault.invalid("metadata.name", name, DNS_SUBDOMAIN)]
    return []


def _annotation_faults(meta: Json) -> list[FieldFault]:
    annotations = meta.get("annotations", {})
    faults = [
        FieldFault.invalid("metadata.annotations", key, QUALIFIED_NAME)
        for key in annotations
        if not is_qualified(key.lower())
    ]
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > (
        ANNOTATIONS_MOST_BYTES
    ):
        text = f"Too long: may not be more than {ANNOTATIONS_MOST_BYTES} bytes"
        faults.append(FieldFault("metadata.annotations", "FieldValueTooLong", text))
    return faults


def label_faults(meta: Json, path: str) -> list[FieldFault]:
    """Labels whose key or value is none."""
    faults = []
    for key, value in meta.get("labels", {}).items():
        if not is_qualified(key):
            faults.append(FieldFault.invalid(path, key, QUALIFIED_NAME))
        if len(value) > LABEL_MOST or not _VALUE.fullmatch(value):
            faults.append(FieldFault.invalid(path, value, LABEL_VALUE))
    return faults


def is_qualified(key: str) -> bool:
    """Whether it can be a key of labels, annotations or taints."""
    prefix, slash, name = key.rpartition("/")
    if slash and not all(_DNS_LABEL.fullmatch(part) for part in prefix.split(".")):
        return False
    return len(name) <= LABEL_MOST and bool(_NAME.fullmatch(name))


def _template_faults(spec: Json) -> list[FieldFault]:
    template = spec.get("template", {})
    path = "spec.template"
    faults = label_faults(template.get("metadata", {}), f"{path}.metadata.labels")
    labels = template.get("metadata", {}).get("labels")
    wanted = spec.get("selector") or {}
    if not any(wanted.values()) or not fits(wanted, labels or {}):
        faults.append(
            FieldFault.invalid(
                f"{path}.metadata.labels", labels, "`selector` does not match template `labels`"
            )
        )
    pod = template.get("spec", {})
    restart = pod.get("restartPolicy", "Always")
    if restart != "Always":
        faults.append(FieldFault.unsupported(f"{path}.spec.restartPolicy", restart, "Always"))
    containers, first = pod.get("containers", []), pod.get("initContainers", [])
    if not containers:
        faults.append(FieldFault.required(f"{path}.spec.containers"))
    seen: set[str] = set()
    faults += container_faults(containers, f"{path}.spec.containers", seen)
    return faults + container_faults(first, f"{path}.spec.initContainers", seen)


def container_faults(containers: list[Json], path: str, seen: set[str]) -> list[FieldFault]:
    """`seen` are the names that others have, and gets theirs."""
    faults = []
    for number, container in enumerate(containers):
        at, name = f"{path}[{number}]", container.get("name", "")
        if not name:
            faults.append(FieldFault.required(f"{at}.name"))
        elif len(name) > LABEL_MOST or not _DNS_LABEL.fullmatch(name):
            faults.append(FieldFault.invalid(f"{at}.name", name, DNS_LABEL))
        elif name in seen:
            faults.append(FieldFault(f"{at}.name", "FieldValueDuplicate", f'Duplicate value: "{name}"'))
        seen.add(name)
        if not container.get("image"):
            faults.append(FieldFault.required(f"{at}.image"))
        pull = container.get("imagePullPolicy", "Always")
        if pull not in PULL_POLICIES:
            faults.append(FieldFault.unsupported(f"{at}.imagePullPolicy", pull, *PULL_POLICIES))
    return faults


def _strategy_faults(strategy: Json) -> list[FieldFault]:
    kind, rolling = strategy.get("type", "RollingUpdate"), strategy.get("rollingUpdate")
    if kind not in ("RollingUpdate", "Recreate"):
        shares = {key[:1].upper() + key[1:]: value for key, value in (rolling or {}).items()}
        told = {"Type": kind, "RollingUpdate": shares or None}
        return [FieldFault.unsupported("spec.strategy", told, "Recreate", "RollingUpdate")]
    if kind == "Recreate" and rolling is not None:
        detail = "Forbidden: may not be specified when strategy `type` is 'Recreate'"
        return [FieldFault("spec.strategy.rollingUpdate", "FieldValueForbidden", detail)]
    faults = [
        FieldFault.invalid(f"{ROLLING}.{name}", value, NOT_NEGATIVE if isinstance(value, int) else PERCENT)
        for name, value in (rolling or {}).items()
        if not _is_share(value)
    ]
    return faults or _room_faults(rolling or {})


def _room_faults(rolling: Json) -> list[FieldFault]:
    """A rollout needs room to go one way or the other."""
    gone, more = rolling.get("maxUnavailable", "25%"), rolling.get("maxSurge", "25%")
    faults = []
    if {_percent(gone), _percent(more)} == {0}:
        faults.append(
            FieldFault.invalid(f"{ROLLING}.maxUnavailable", gone, "may not be 0 when `maxSurge` is 0")
        )
    if isinstance(gone, str) and _percent(gone) > 100:
        faults.append(FieldFault.invalid(f"{ROLLING}.maxUnavailable", gone, "must not be greater than 100%"))
    return faults


def _percent(share: int | str) -> int:
    return share if isinstance(share, int) else int(share.removesuffix("%"))


def _is_share(value: object) -> bool:
    return (
        value >= 0 if isinstance(value, int) else isinstance(value, str) and bool(_PERCENT.fullmatch(value))
    )
