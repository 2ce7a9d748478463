"""What a ConfigMap, Secret, Node, Job, NetworkPolicy or budget must be, in the API server's words."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from sandbox.cluster.selectors import selector_faults
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import FieldFault
from sandbox.cluster.validation import (
    IMMUTABLE,
    QUALIFIED_NAME,
    container_faults,
    is_qualified,
    label_faults,
    meta_faults,
    not_negative,
)

CONFIG_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
    "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
DATA_MOST_BYTES = 1024 * 1024
LOCKED = "Forbidden: field is immutable when `immutable` is set"
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
PROTOCOLS = ("TCP", "UDP", "SCTP")
DIRECTIONS = ("Ingress", "Egress")
UNHEALTHY = ("IfHealthyBudget", "AlwaysAllow")
_KEY = re.compile(r"[-._a-zA-Z0-9]+")


def config_map_faults(new: Json, old: Json | None) -> list[FieldFault]:
    """Faults of a ConfigMap, new or in place of another."""
    faults = meta_faults(new["metadata"], old and old["metadata"])
    faults += _data_faults(new, "data", "binaryData")
    return faults + _locked(new, old, "data", "binaryData")


def secret_faults(new: Json, old: Json | None) -> list[FieldFault]:
    """Faults of a Secret, new or in place of another; its type stays as it is."""
    faults = meta_faults(new["metadata"], old and old["metadata"])
    faults += _data_faults(new, "data")
    if old and new.get("type") != old.get("type"):
        faults.append(FieldFault.invalid("type", new.get("type"), IMMUTABLE))
    return faults + _locked(new, old, "data")


def _data_faults(new: Json, *fields: str) -> list[FieldFault]:
    faults = [
        FieldFault.invalid(f"{field}[{key}]", key, CONFIG_KEY)
        for field in fields
        for key in new.get(field, {})
        if not _KEY.fullmatch(key) or key in (".", "..") or len(key) > 253
    ]
    if sum(len(value.encode()) for field in fields for value in new.get(field, {}).values()) > (
        DATA_MOST_BYTES
    ):
        text = f"Too long: may not be more than {DATA_MOST_BYTES} bytes"
        faults.append(FieldFault("data", "FieldValueTooLong", text))
    return faults


def _locked(new: Json, old: Json | None, *fields: str) -> list[FieldFault]:
    """An immutable one stays so, and keeps its data."""
    if not old or not old.get("immutable"):
        return []
    return [
        FieldFault(field, "FieldValueForbidden", LOCKED)
        for field in ("immutable", *fields)
        if (new.get(field) or None) != (old.get(field) or None)
    ]


def node_faults(new: Json, old: Json | None) -> list[FieldFault]:
    """Faults of a Node in place of another."""
    faults = meta_faults(new["metadata"], old and old["metadata"])
    for number, taint in enumerate(new.get("spec", {}).get("taints", [])):
        at = f"metadata.taints[{number}]"
        if not is_qualified(taint.get("key", "")):
            faults.append(FieldFault.invalid(f"{at}.key", taint.get("key", ""), QUALIFIED_NAME))
        if taint.get("effect", "") not in EFFECTS:
            faults.append(FieldFault.unsupported(f"{at}.effect", taint.get("effect", ""), *EFFECTS))
    return faults


def job_faults(new: Json, old: Json | None) -> list[FieldFault]:
    """Faults of a Job: its pods may not be restarted for ever, and its template never changes."""
    faults = meta_faults(new["metadata"], old and old["metadata"])
    spec = new["spec"]
    fields = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit")
    faults += not_negative(spec, "spec", *fields, "ttlSecondsAfterFinished")
    template = spec.get("template", {})
    faults += label_faults(template.get("metadata", {}), "spec.template.metadata.labels")
    pod, at = template.get("spec", {}), "spec.template.spec"
    if not pod.get("containers"):
        faults.append(FieldFault.required(f"{at}.containers"))
    faults += container_faults(pod.get("containers", []), f"{at}.containers", set())
    restart = pod.get("restartPolicy", "")
    if not restart:
        told = 'Required value: valid values: "OnFailure", "Never"'
        faults.append(FieldFault(f"{at}.restartPolicy", "FieldValueRequired", told))
    elif restart not in ("OnFailure", "Never"):
        faults.append(FieldFault.unsupported(f"{at}.restartPolicy", restart, "OnFailure", "Never"))
    if old:
        faults += [
            FieldFault.invalid(f"spec.{field}", spec.get(field), IMMUTABLE)
            for field in ("completions", "selector", "template", "completionMode")
            if spec.get(field) != old["spec"].get(field)
        ]
    return faults


def network_policy_faults(new: Json, old: Json | None) -> list[FieldFault]:
    """Faults of a NetworkPolicy."""
    spec = new["spec"]
    faults = meta_faults(new["metadata"], old and old["metadata"])
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for number, rule in enumerate(spec.get(way, [])):
            at = f"spec.{way}[{number}]"
            for index, port in enumerate(rule.get("ports", [])):
                faults += _port_faults(port, f"{at}.ports[{index}]")
            for index, peer in enumerate(rule.get(peers, [])):
                faults += _peer_faults(peer, f"{at}.{peers}[{index}]")
    if len(spec["policyTypes"]) > len(DIRECTIONS):
        told = "must specify no more than two policyTypes"
        return [*faults, FieldFault.invalid("spec.policyTypes", spec["policyTypes"], told)]
    return faults + [
        FieldFault.unsupported(f"spec.policyTypes[{number}]", each, *DIRECTIONS)
        for number, each in enumerate(spec["policyTypes"])
        if each not in DIRECTIONS
    ]


def _port_faults(port: Json, at: str) -> list[FieldFault]:
    faults = []
    if port["protocol"] not in PROTOCOLS:
        faults.append(FieldFault.unsupported(f"{at}.protocol", port["protocol"], *PROTOCOLS))
    number = port.get("port")
    if isinstance(number, int) and not 1 <= number <= 65535:
        told = "must be between 1 and 65535, inclusive"
        faults.append(FieldFault.invalid(f"{at}.port", number, told))
    return faults


def _peer_faults(peer: Json, at: str) -> list[FieldFault]:
    if not any(peer.get(each) is not None for each in ("podSelector", "namespaceSelector", "ipBlock")):
        return [FieldFault(at, "FieldValueRequired", "Required value: must specify a peer")]
    if "ipBlock" not in peer:
        return []
    if len(peer) > 1:
        told = "Forbidden: may not specify both ipBlock and another peer"
        return [FieldFault(at, "FieldValueForbidden", told)]
    cidr = peer["ipBlock"].get("cidr", "")
    try:
        ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        told = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
        return [FieldFault.invalid(f"{at}.ipBlock.cidr", cidr, told)]
    return []


def disruption_budget_faults(new: Json, old: Json | None) -> list[FieldFault]:
    """Faults of a PodDisruptionBudget: one of its two bounds, a number or a share."""
    faults = meta_faults(new["metadata"], old and old["metadata"])
    spec = new.get("spec", {})
    bounds = {field: spec[field] for field in ("minAvailable", "maxUnavailable") if field in spec}
    if len(bounds) > 1:
        told = "minAvailable and maxUnavailable cannot be both set"
        faults.append(FieldFault.invalid("spec", spec, told))
    faults += [
        FieldFault.invalid(f"spec.{field}", value, "must be greater than or equal to 0")
        for field, value in bounds.items()
        if not _is_bound(value)
    ]
    unhealthy = spec.get("unhealthyPodEvictionPolicy")
    if unhealthy is not None and unhealthy not in UNHEALTHY:
        faults.append(FieldFault.unsupported("spec.unhealthyPodEvictionPolicy", unhealthy, *UNHEALTHY))
    return faults + selector_faults(spec.get("selector") or {}, "spec.selector")


def _is_bound(value: Any) -> bool:
    if isinstance(value, int):
        return value >= 0
    return isinstance(value, str) and bool(re.fullmatch(r"(100|[0-9]{1,2})%", value))
