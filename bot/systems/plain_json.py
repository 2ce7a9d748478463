"""JSON that others wrote, read with suspicion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MAX_BYTES = 5_000_000
MAX_DEPTH = 32


def parse_object(data: bytes) -> Mapping[str, Any] | None:
    """The JSON object in `data`, or None for anything else.

    Also None for NaN and Infinity (RFC 8259 has neither), for unpaired surrogates, which no UTF-8 text can
    carry on, and for nesting deeper than `MAX_DEPTH`.
    """
    try:
        value = json.loads(data, parse_constant=_refuse)
        if not isinstance(value, dict) or _deeper_than(value, MAX_DEPTH):
            return None
        dump(value)
    except (ValueError, RecursionError):
        return None
    return value


def dump(value: Mapping[str, Any]) -> bytes:
    """JSON text for people and programs. Raises ValueError or TypeError for what JSON cannot say."""
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode()


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _deeper_than(value: object, levels: int) -> bool:
    layer = [value]
    for _ in range(levels + 1):
        layer = [child for node in layer if isinstance(node, dict | list) for child in _children(node)]
        if not layer:
            return False
    return True


def _children(node: dict[str, Any] | list[Any]) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node
