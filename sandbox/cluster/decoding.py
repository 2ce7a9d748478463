"""From any JSON to a typed object: wrong types refused, unknown fields dropped, as the original does it.

There are two decoders, with different messages and one different result: the JSON decoder (PUT, merge
patch, JSON patch) refuses a number beyond int32; the converter of strategic merge patches wraps it around,
so that 4294967301 becomes 5. Both are kept, since a bot has to survive both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.cluster.status import bad_request


class Mismatch(Exception):
    """A value of the wrong type; the text is the decoder's."""


@dataclass(frozen=True)
class Scalar:
    """A Go type that holds no others."""

    go: str


@dataclass(frozen=True)
class Struct:
    """A Go struct: its name and the type of each field it knows."""

    go: str
    fields: dict[str, Type]


@dataclass(frozen=True)
class ListOf:
    element: Type


@dataclass(frozen=True)
class MapOf:
    value: Type


Type = Scalar | Struct | ListOf | MapOf

INT32, INT64, BOOL, STRING = Scalar("int32"), Scalar("int64"), Scalar("bool"), Scalar("string")
ANY, BYTES, COUNT_OR_SHARE = Scalar("any"), Scalar("[]uint8"), Scalar("intstr")
"""Bytes are base64 on the wire, and stay so here. The last is `intstr.IntOrString`: text, or an int32."""
_SPAN = {"int32": 2**31, "int64": 2**63}


def parse_json(text: bytes) -> Any:
    """JSON as the API server reads it; raises ApiError BadRequest for anything else."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as unreadable:
        raise bad_request(f"error decoding patch: {unreadable}") from unreadable


def _no_constant(name: str) -> Any:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


@dataclass
class Decoder:
    """Decodes one value; `unknown` then names the fields that were dropped."""

    scalar: Callable[[Any, Scalar, str, str], Any]
    not_a: Callable[[Any, str, str, str], str]
    unknown: list[str] = field(default_factory=list)

    def decode(self, value: Any, as_type: Type, path: str = "", owner: str = "") -> Any:
        """`value` as that type; raises Mismatch. `owner` is the struct that holds the field."""
        if value is None or as_type is ANY:
            return value
        match as_type:
            case Scalar():
                return self.scalar(value, as_type, path, owner)
            case Struct():
                if not isinstance(value, dict):
                    raise Mismatch(self.not_a(value, f"v1.{as_type.go}", path, owner))
                return self._struct(value, as_type, path)
            case MapOf(kind):
                if not isinstance(value, dict):
                    raise Mismatch(self.not_a(value, "map[string]string", path, owner))
                return {key: self._held(each, kind, path, owner) for key, each in value.items()}
            case ListOf(kind):
                if not isinstance(value, list):
                    raise Mismatch(self.not_a(value, "[]struct", path, owner))
                return [self._held(each, kind, path, owner) for each in value]

    def _held(self, value: Any, kind: Type, path: str, owner: str) -> Any:
        """An element of a map or list, where null stands for Go's zero value."""
        return _zero(kind) if value is None else self.decode(value, kind, path, owner)

    def _struct(self, value: dict[str, Any], struct: Struct, path: str) -> dict[str, Any]:
        result = {}
        for key, each in value.items():
            inner = f"{path}.{key}" if path else key
            if key not in struct.fields:
                self.unknown.append(inner)
            elif each is not None:
                result[key] = self.decode(each, struct.fields[key], inner, struct.go)
        return result


def _zero(kind: Type) -> Any:
    match kind:
        case Scalar(go):
            return {"string": "", "bool": False, "any": None, "[]uint8": ""}.get(go, 0)
        case ListOf():
            return []
        case _:
            return {}


def json_decoder() -> Decoder:
    """Go's encoding/json into the API's types."""
    return Decoder(_json_scalar, _json_mismatch)


def converter() -> Decoder:
    """apimachinery's unstructured converter, which strategic merge patches pass through."""
    return Decoder(_converted_scalar, _converter_mismatch)


def _fits(value: Any, go: str) -> bool:
    match go:
        case "int32" | "int64":
            return isinstance(value, int) and not isinstance(value, bool) and -_SPAN[go] <= value < _SPAN[go]
        case "bool":
            return isinstance(value, bool)
        case "intstr":
            return isinstance(value, str) or _fits(value, "int32")
        case "[]uint8":
            return isinstance(value, str) and not _no_base64(value)
        case _:
            return isinstance(value, str)


def _no_base64(text: str) -> str:
    """What Go says of text that is not base64; nothing when it is."""
    bare = text.replace("\r", "").replace("\n", "")
    good = re.match(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", bare)
    end = good.end() if good else 0
    if end == len(bare):
        return ""
    stray = re.search(r"[^A-Za-z0-9+/]", bare[end:])
    return f"illegal base64 data at input byte {end + (stray.start() if stray else len(bare) - end)}"


def _json_scalar(value: Any, scalar: Scalar, path: str, owner: str) -> Any:
    if scalar is BYTES and isinstance(value, str) and (illegal := _no_base64(value)):
        raise Mismatch(illegal)
    if not _fits(value, scalar.go):
        if scalar is COUNT_OR_SHARE:  # it decodes itself, and does not know what it is a part of
            raise Mismatch(_json_mismatch(value, "int32", "", ""))
        raise Mismatch(_json_mismatch(value, scalar.go, path, owner))
    return value


def _json_mismatch(value: Any, go: str, path: str, owner: str) -> str:
    word = {dict: "object", list: "array", str: "string", bool: "bool"}.get(type(value), f"number {value}")
    if isinstance(value, int | float) and not isinstance(value, bool) and go not in _SPAN:
        word = "number"
    where = f"Go struct field {owner}.{path}" if owner else "Go value"
    return f"json: cannot unmarshal {word} into {where} of type {go}"


def _converted_scalar(value: Any, scalar: Scalar, path: str, owner: str) -> Any:
    if scalar is COUNT_OR_SHARE:
        return _json_scalar(value, scalar, path, owner)
    if _fits(value, scalar.go):
        return value
    if scalar.go in _SPAN and isinstance(value, float) and value.is_integer() and abs(value) < _SPAN["int64"]:
        value = int(value)
    if scalar.go in _SPAN and isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= _SPAN["int64"]:
            value = -_SPAN["int64"]  # A float by then, and what a processor makes of one that is too large.
        span = _SPAN[scalar.go]
        return (value + span) % (2 * span) - span
    raise Mismatch(_converter_mismatch(value, scalar.go, path, owner))


def _converter_mismatch(value: Any, go: str, path: str, owner: str) -> str:
    kind = {dict: "map", list: "slice", str: "string", bool: "bool", int: "int64", float: "float64"}[
        type(value)
    ]
    if go.startswith("v1."):
        return f"cannot restore struct from: {kind}"
    if go.startswith("map"):
        return f"cannot restore map from {kind}"
    if go.startswith("[]"):
        return f"cannot restore slice from {kind}"
    convertible = (kind in ("int64", "float64") and go in _SPAN) or (kind == "int64" and go == "string")
    return f"cannot convert {kind} to {go}" if convertible else f"unrecognized type: {go}"
