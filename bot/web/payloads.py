"""Request bodies into payloads: JSON events, and forms of commands and interactions."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from yarl import URL

MAX_BODY = 1_000_000
"""Bytes. Slack's largest payloads (a full modal's state) stay well below."""
MAX_DEPTH = 60
"""Levels of nesting. Block Kit needs about twenty."""
_MAX_FIELDS = 200
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_WHOLE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
"""Half of a character in UTF-16, and both halves of one."""


class BadBody(Exception):
    """The body is not what the route takes; the message says why, for its sender."""


def slack_payload(content_type: str, body: bytes) -> dict[str, Any]:
    """One of Slack's three shapes as a payload. Raises BadBody."""
    if content_type == "application/json":
        return read_json(body)
    if content_type != "application/x-www-form-urlencoded":
        raise BadBody("send application/json or application/x-www-form-urlencoded")
    try:
        form = _form(body.decode())
    except (UnicodeDecodeError, ValueError) as error:
        raise BadBody("the form cannot be read") from error
    return read_json(form["payload"].encode()) if "payload" in form else form


def _form(text: str) -> dict[str, Any]:
    """The fields of a form; of one that comes twice the last. yarl reads them in half of urllib's time.

    Raises ValueError for too many.
    """
    if text.count("&") >= _MAX_FIELDS:
        raise ValueError("too many fields")
    return dict(URL.build(query_string=text, encoded=True).query.items())


def read_json(body: bytes) -> dict[str, Any]:
    """A JSON object of bounded depth without duplicate or non-finite surprises. Raises BadBody."""
    try:
        value = _DECODER.decode(body.decode())
    except _Twice as error:
        raise BadBody("the body names one field twice") from error
    except (ValueError, RecursionError) as error:
        raise BadBody("the body is no JSON that can be read") from error
    if not isinstance(value, dict):
        raise BadBody("the body must be a JSON object")
    if _HALF.search(body) and _may_have_halves(body) and not _encodable(value):
        raise BadBody("the body has half a character in it (an unpaired surrogate)")
    if _depth_over(value, MAX_DEPTH):
        raise BadBody(f"the body is nested more than {MAX_DEPTH} levels deep")
    return value


def _may_have_halves(body: bytes) -> bool:
    """Whether a half is left when whole characters are taken out; a backslash that is escaped begins none."""
    return bool(_HALF.search(_WHOLE.sub(b".", body.replace(b"\\\\", b"."))))


def _encodable(value: Any) -> bool:
    """Whether every text can be stored; the store writes many payloads at once, and one must not stop all."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class _Twice(Exception):
    """Two readers could take another one of the two."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is out of range")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once_each, parse_float=_finite, parse_constant=_no_constant)


def _depth_over(value: Any, limit: int) -> bool:
    """Whether a value is nested deeper than `limit`, level by level, without recursion."""
    level = [value]
    for _ in range(limit):
        inner = [one for each in level for one in _inside(each)]
        if not inner:
            return False
        level = inner
    return True


def _inside(value: Any) -> list[Any]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in children if isinstance(child, dict | list)]
