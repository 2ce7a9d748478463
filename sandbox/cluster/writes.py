"""Writes to a Deployment and its Scale: decode, default, check the version, validate, store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.cluster.decoding import Decoder, Mismatch, converter, json_decoder, parse_json
from sandbox.cluster.patches import JSON_PATCH, MERGE_PATCH, json_patch, json_word, merge_patch
from sandbox.cluster.resources import DEPLOYMENTS
from sandbox.cluster.shapes import Json, duplicate
from sandbox.cluster.status import (
    FieldFault,
    bad_request,
    conflict,
    invalid,
    not_practised,
    unreadable,
    unsupported_media_type,
)
from sandbox.cluster.store import Store
from sandbox.cluster.strategic import STRATEGIC_PATCH, go_text, strategic_patch
from sandbox.cluster.types import DEPLOYMENT, SCALE
from sandbox.cluster.validation import deployment_faults, scale_faults

PATCH_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH)
APPLY_PATCH = "application/apply-patch+yaml"
STRICT = "Strict"


@dataclass
class WriteOptions:
    """The query of a write; `warnings` comes back to the caller as `Warning` headers."""

    dry_run: bool = False
    field_manager: str = "unknown"
    field_validation: str = "Warn"
    warnings: list[str] = field(default_factory=list)


class Writes:
    """The write side of the API, without HTTP."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def replace_deployment(self, namespace: str, name: str, body: bytes, options: WriteOptions) -> Json:
        """PUT of a Deployment."""
        current = self._store.get(DEPLOYMENTS, namespace, name)
        new = _decoded_body(body, DEPLOYMENT, options)
        _check_identity(new, current)
        _check_uid(new, current)
        return self._save(new, current, options)

    def patch_deployment(
        self, namespace: str, name: str, media_type: str, body: bytes, options: WriteOptions
    ) -> Json:
        """PATCH of a Deployment."""
        apply = _patcher(media_type)
        current = self._store.get(DEPLOYMENTS, namespace, name)
        new = apply(current, body, DEPLOYMENT, options)
        _check_identity(new, current)
        return self._save(new, current, options)

    def scale(self, namespace: str, name: str) -> Json:
        """The Scale of a Deployment; raises ApiError NotFound for the deployment, as the original does."""
        return scale_of(self._store.get(DEPLOYMENTS, namespace, name))

    def replace_scale(self, namespace: str, name: str, body: bytes, options: WriteOptions) -> Json:
        """PUT of a Scale."""
        current = self._store.get(DEPLOYMENTS, namespace, name)
        return self._save_scale(_decoded_body(body, SCALE, options), current, options)

    def patch_scale(
        self, namespace: str, name: str, media_type: str, body: bytes, options: WriteOptions
    ) -> Json:
        """PATCH of a Scale. Only `spec.replicas` is kept: annotations on a Scale go nowhere."""
        apply = _patcher(media_type)
        current = self._store.get(DEPLOYMENTS, namespace, name)
        return self._save_scale(apply(scale_of(current), body, SCALE, options), current, options)

    def _save_scale(self, scale: Json, current: Json, options: WriteOptions) -> Json:
        _check_identity(scale, current)
        _check_uid(scale, current)
        if faults := scale_faults(scale):
            raise invalid("autoscaling", "Scale", current["metadata"]["name"], *faults)
        new = duplicate(current)
        new["spec"]["replicas"] = scale.get("spec", {}).get("replicas", 0)
        new["metadata"]["resourceVersion"] = scale["metadata"].get("resourceVersion", "")
        return scale_of(self._save(new, current, options, subresource="scale"))

    def _save(self, new: Json, current: Json, options: WriteOptions, subresource: str = "") -> Json:
        """Store the new Deployment; generation follows its spec and annotations, status stays."""
        meta, old = new["metadata"], current["metadata"]
        _default(new["spec"])
        version = meta.get("resourceVersion", "")
        if version and not version.isdigit():
            raise unreadable(f'strconv.ParseUint: parsing "{version}": invalid syntax')
        if version and version != old["resourceVersion"]:
            raise conflict(DEPLOYMENTS, old["name"])
        if faults := deployment_faults(new, current):
            raise invalid("apps", "Deployment", old["name"], *faults)
        for kept in ("uid", "creationTimestamp", "generation", "resourceVersion", "namespace"):
            meta[kept] = old[kept]
        new["status"] = duplicate(current.get("status", {}))
        if new["spec"] != current["spec"] or meta.get("annotations") != old.get("annotations"):
            meta["generation"] = old["generation"] + 1
        new |= {"apiVersion": DEPLOYMENTS.api_version, "kind": DEPLOYMENTS.kind}
        meta["managedFields"] = _managed(old, options.field_manager, subresource, self._store.now())
        return new if options.dry_run else self._store.save(DEPLOYMENTS, new)


def scale_of(deployment: Json) -> Json:
    """The autoscaling/v1 view; zero is left out, as Go's `omitempty` does."""
    meta, status = deployment["metadata"], deployment.get("status", {})
    replicas = deployment["spec"]["replicas"]
    labels = deployment["spec"]["selector"]["matchLabels"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: meta[key] for key in kept},
        "spec": {"replicas": replicas} if replicas else {},
        "status": {
            "replicas": status.get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in sorted(labels.items())),
        },
    }


# -- from bytes to a new object

Patcher = Callable[[Json, bytes, Any, WriteOptions], Json]


def _patcher(media_type: str) -> Patcher:
    if media_type == STRATEGIC_PATCH:
        return _strategically
    if media_type in (MERGE_PATCH, JSON_PATCH):
        patch = json_patch if media_type == JSON_PATCH else merge_patch
        return lambda current, body, kind, options: _by_json(current, body, kind, options, patch)
    if media_type == APPLY_PATCH:
        raise not_practised("server-side apply")
    raise unsupported_media_type(*PATCH_TYPES)


def _strategically(current: Json, body: bytes, kind: Any, options: WriteOptions) -> Json:
    patch = parse_json(body)
    if patch is None:
        patch = {}
    if not isinstance(patch, dict):
        word = json_word(patch)
        raise bad_request(f"json: cannot unmarshal {word} into Go value of type map[string]interface {{}}")
    return _decoded(strategic_patch(current, patch), kind, converter(), go_text(patch), options)


def _by_json(
    current: Json, body: bytes, kind: Any, options: WriteOptions, apply: Callable[[Json, Any], Any]
) -> Json:
    patch = parse_json(body)
    if apply is merge_patch and patch is None:
        raise bad_request("Invalid JSON Patch")
    if apply is merge_patch and not isinstance(patch, dict):
        raise bad_request(
            f"error decoding patch: json: cannot unmarshal {json_word(patch)} into Go value of type "
            "map[string]interface {}"
        )
    patched = apply(current, patch)
    shown = json.dumps(patched, separators=(",", ":"))
    _check_kind(patched, current, shown)
    return _decoded(patched, kind, json_decoder(), shown, options)


def _check_kind(patched: Any, current: Json, shown: str) -> None:
    """The original looks for the type that the patched object says it is."""
    if not isinstance(patched, dict):
        return
    kind, version = (patched.get(key, current[key]) for key in ("kind", "apiVersion"))
    if (kind, version) != (current["kind"], current["apiVersion"]):
        text = f'no kind "{kind}" is registered for version "{version}" in scheme "pkg/runtime/scheme.go:111"'
        raise invalid("", "", "", FieldFault.invalid("patch", shown, text))


def _decoded(patched: Any, kind: Any, decoder: Decoder, shown: str, options: WriteOptions) -> Json:
    try:
        new = decoder.decode(patched, kind)
    except Mismatch as wrong:
        raise invalid("", "", "", FieldFault.invalid("patch", shown, str(wrong))) from wrong
    if decoder.unknown and options.field_validation == STRICT:
        text = f"strict decoding error: {_unknown(decoder)}"
        raise invalid("", "", "", FieldFault.invalid("patch", shown, text))
    return _completed(new, decoder, options)


def _decoded_body(body: bytes, kind: Any, options: WriteOptions) -> Json:
    """A PUT's body; what cannot be decoded is 400 here, while a patch's result would be 422."""
    prefix = f'{kind.go} in version "v1" cannot be handled as a {kind.go}'
    decoder = json_decoder()
    try:
        new = decoder.decode(parse_json(body), kind)
    except Mismatch as wrong:
        raise bad_request(f"{prefix}: {wrong}") from wrong
    if decoder.unknown and options.field_validation == STRICT:
        raise bad_request(f"{prefix}: strict decoding error: {_unknown(decoder)}")
    return _completed(new, decoder, options)


def _completed(new: Any, decoder: Decoder, options: WriteOptions) -> Json:
    if options.field_validation != "Ignore":
        options.warnings += [f'unknown field "{path}"' for path in decoder.unknown]
    result: Json = new or {}
    result.setdefault("metadata", {})
    result.setdefault("spec", {})
    return result


def _unknown(decoder: Decoder) -> str:
    return ", ".join(f'unknown field "{path}"' for path in decoder.unknown)


# -- checks that come before validation


def _check_identity(new: Json, current: Json) -> None:
    meta, old = new["metadata"], current["metadata"]
    if meta.get("namespace", old["namespace"]) != old["namespace"]:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    name = old["name"]
    if not meta.get("name"):
        raise bad_request(
            f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )
    if meta["name"] != name:
        raise bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({name})"
        )


def _check_uid(new: Json, current: Json) -> None:
    """A uid in a PUT or a Scale is a precondition."""
    old = current["metadata"]
    given = new["metadata"].get("uid", old["uid"])
    if given != old["uid"]:
        because = f"Precondition failed: UID in precondition: {given}, UID in object meta: {old['uid']}"
        raise conflict(DEPLOYMENTS, old["name"], because)


def _default(spec: Json) -> None:
    """What apps/v1 fills in; replicas that a patch removed become 1."""
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", "25%")
        rolling.setdefault("maxUnavailable", "25%")


def _managed(old: Json, manager: str, subresource: str, now: str) -> list[Json]:
    """Who wrote last, a line for each manager; the fields themselves are not tracked."""
    entry = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "apps/v1",
        "time": now,
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {}},
    } | ({"subresource": subresource} if subresource else {})
    others = [
        each
        for each in old.get("managedFields", [])
        if (each["manager"], each.get("subresource", "")) != (manager, subresource)
    ]
    return [*others, entry]
