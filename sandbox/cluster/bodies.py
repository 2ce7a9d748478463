"""From the bytes of a write to the object that it asks for: three patch types, or the whole object."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.cluster.decoding import Decoder, Mismatch, converter, json_decoder, parse_json
from sandbox.cluster.patches import JSON_PATCH, MERGE_PATCH, json_patch, json_word, merge_patch
from sandbox.cluster.resources import Resource
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import FieldFault, bad_request, invalid, unsupported_media_type
from sandbox.cluster.strategic import STRATEGIC_PATCH, go_text, strategic_patch

APPLY_PATCH = "application/apply-patch+yaml"
PATCH_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)
STRICT = "Strict"


@dataclass
class WriteOptions:
    """The query of a write; `warnings` comes back to the caller as `Warning` headers."""

    dry_run: bool = False
    field_manager: str = "unknown"
    field_validation: str = "Warn"
    force: bool = False
    warnings: list[str] = field(default_factory=list)


Patcher = Callable[[Json, bytes, Any, WriteOptions], Json]


def patcher(media_type: str) -> Patcher:
    if media_type == STRATEGIC_PATCH:
        return _strategically
    if media_type in (MERGE_PATCH, JSON_PATCH):
        patch = json_patch if media_type == JSON_PATCH else merge_patch
        return lambda current, body, kind, options: _by_json(current, body, kind, options, patch)
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


def decoded_body(body: bytes, kind: Any, options: WriteOptions, resource: Resource | None = None) -> Json:
    """A whole object; what cannot be decoded is 400 here, while a patch's result would be 422."""
    prefix = f'{kind.go} in version "v1" cannot be handled as a {kind.go}'
    decoder = json_decoder()
    sent = parse_json(body)
    if resource is not None and isinstance(sent, dict):
        said = (sent.get("kind") or resource.kind, sent.get("apiVersion") or resource.api_version)
        if said != (resource.kind, resource.api_version):
            raise bad_request(f'{said[0]} in version "{said[1]}" cannot be handled as a {resource.kind}')
    try:
        new = decoder.decode(sent, kind)
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
    return result


def _unknown(decoder: Decoder) -> str:
    return ", ".join(f'unknown field "{path}"' for path in decoder.unknown)
