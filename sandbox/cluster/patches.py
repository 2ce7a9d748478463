"""The two patch types of the RFCs: 7386 (merge patch) and 6902 (JSON patch).

The original's JSON patch is more forgiving than its RFC, and so is this one: a path may begin with anything,
a field that is replaced need not be there, a value that is missing is null, and null stands for what is not
there in a test.

Each takes the object as it is and answers with the object as it would be; neither argument is changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.cluster.shapes import Json, duplicate
from sandbox.cluster.status import bad_request, too_large, unprocessable

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
OPERATIONS_MOST = 10_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)


def merge_patch(current: Any, patch: Any) -> Any:
    """RFC 7386: null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return duplicate(patch)
    result = duplicate(current) if isinstance(current, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


# -- RFC 6902


def json_patch(current: Json, patch: Any) -> Any:
    """RFC 6902; raises ApiError 400 for what is no patch, 422 for one that does not fit the object."""
    if patch is None:
        return duplicate(current)
    if not isinstance(patch, list) or not all(_is_operation(each) for each in patch):
        raise bad_request(
            f"error decoding patch: json: cannot unmarshal {json_word(patch)} into Go value of type "
            "[]handlers.jsonPatchOp"
        )
    if len(patch) > OPERATIONS_MOST:
        raise too_large(
            f"The allowed maximum operations in a JSON patch is {OPERATIONS_MOST}, got {len(patch)}"
        )
    document: Json = {"": duplicate(current)}
    for operation in patch:
        act = _OPERATIONS.get(operation.get("op", ""))
        if act is None:
            raise unprocessable()
        try:
            act(document, operation)
        except (KeyError, IndexError, ValueError, TypeError) as unfit:
            raise unprocessable() from unfit
    return document[""]


def json_word(value: Any) -> str:
    """What Go's encoding/json calls a value that is not what it wants."""
    words = {dict: "object", list: "array", str: "string", bool: "bool"}
    return words.get(type(value), "number")


def _is_operation(candidate: Any) -> bool:
    return isinstance(candidate, dict) and all(
        isinstance(candidate.get(key, ""), str) for key in ("op", "path", "from")
    )


def _steps(pointer: str) -> list[str]:
    _, *steps = pointer.split("/")
    if pointer and not steps:
        raise ValueError(pointer)
    return ["", *(step.replace("~1", "/").replace("~0", "~") for step in steps)]


def _index(step: str, most: int) -> int:
    """A number as Go reads one; a negative one counts from the end."""
    if not _NUMBER.fullmatch(step):
        raise IndexError(step)
    index = int(step)
    if index < 0:
        index += most + 1
    if not 0 <= index <= most:
        raise IndexError(step)
    return index


def _child(node: Any, step: str) -> Any:
    return node[_index(step, len(node) - 1)] if isinstance(node, list) else node[step]


def _found_at(document: Json, pointer: str) -> Any:
    """What is there; None for a field that its object does not have."""
    parent, last = _parent_of(document, pointer)
    return parent.get(last) if isinstance(parent, dict) else _child(parent, last)


def _parent_of(document: Json, pointer: str) -> tuple[Any, str]:
    *path, last = _steps(pointer)
    node: Any = document
    for step in path:
        node = _child(node, step)
    if not isinstance(node, dict | list):
        raise TypeError(pointer)
    return node, last


def _put(document: Json, pointer: str, value: Any) -> None:
    parent, last = _parent_of(document, pointer)
    if isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else _index(last, len(parent)), value)
    else:
        parent[last] = value


def _take(document: Json, pointer: str) -> Any:
    parent, last = _parent_of(document, pointer)
    return parent.pop(_index(last, len(parent) - 1)) if isinstance(parent, list) else parent.pop(last)


def _add(document: Json, operation: Json) -> None:
    _put(document, operation["path"], operation.get("value"))


def _remove(document: Json, operation: Json) -> None:
    _take(document, operation["path"])


def _replace(document: Json, operation: Json) -> None:
    parent, last = _parent_of(document, operation["path"])
    if isinstance(parent, list):
        parent[_index(last, len(parent) - 1)] = operation.get("value")
    else:
        parent[last] = operation.get("value")


def _move(document: Json, operation: Json) -> None:
    _put(document, operation["path"], _take(document, operation["from"]))


def _copy(document: Json, operation: Json) -> None:
    _put(document, operation["path"], duplicate(_found_at(document, operation["from"])))


def _test(document: Json, operation: Json) -> None:
    found = _found_at(document, operation["path"])
    if _text(found) != _text(operation.get("value")):
        raise ValueError(operation["path"])


def _text(value: Any) -> str:
    """What values are compared by: 3.0 is not 3."""
    return json.dumps(value, sort_keys=True)


_OPERATIONS: Mapping[str, Callable[[Json, Json], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
