"""The three patch types: RFC 7386 merge patch, RFC 6902 JSON patch, Kubernetes' strategic merge patch.

Each takes the object as it is and answers with the object as it would be; neither argument is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.cluster.shapes import Json, duplicate
from sandbox.cluster.status import ApiError, bad_request, too_large, unprocessable

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
OPERATIONS_MOST = 10_000

# The lists that are merged element by element, by field name, as the API's types declare them.
MERGE_KEYS: Mapping[str, str] = {
    "conditions": "type",
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "ports": "containerPort",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "imagePullSecrets": "name",
    "ownerReferences": "uid",
}
MERGED_PRIMITIVES = frozenset({"finalizers"})


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
    if not isinstance(patch, list) or not all(_is_operation(each) for each in patch):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal into Go value of type []handlers.jsonPatchOp"
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


def _is_operation(candidate: Any) -> bool:
    return isinstance(candidate, dict) and all(
        isinstance(candidate.get(key, ""), str) for key in ("op", "path", "from")
    )


def _steps(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise ValueError(pointer)
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")]


def _index(step: str, most: int) -> int:
    """RFC 6901: digits without a leading zero."""
    if not (step.isascii() and step.isdigit() and (step == "0" or step[0] != "0")) or int(step) > most:
        raise IndexError(step)
    return int(step)


def _child(node: Any, step: str) -> Any:
    return node[_index(step, len(node) - 1)] if isinstance(node, list) else node[step]


def _value_at(document: Json, pointer: str) -> Any:
    node: Any = document
    for step in _steps(pointer):
        node = _child(node, step)
    return node


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
    _put(document, operation["path"], operation["value"])


def _remove(document: Json, operation: Json) -> None:
    _take(document, operation["path"])


def _replace(document: Json, operation: Json) -> None:
    value = operation["value"]
    _take(document, operation["path"])
    _put(document, operation["path"], value)


def _move(document: Json, operation: Json) -> None:
    _put(document, operation["path"], _take(document, operation["from"]))


def _copy(document: Json, operation: Json) -> None:
    _put(document, operation["path"], duplicate(_value_at(document, operation["from"])))


def _test(document: Json, operation: Json) -> None:
    if _value_at(document, operation["path"]) != operation["value"]:
        raise ValueError(operation["path"])


_OPERATIONS: Mapping[str, Callable[[Json, Json], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


# -- strategic merge


def strategic_patch(current: Json, patch: Json) -> Json:
    """Kubernetes' own: as a merge patch, but lists with a merge key are merged element by element.

    Knows the directives `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…`.
    Raises ApiError 500 for an element without its merge key, as the original does.
    """
    if patch.get("$patch") == "replace":
        return {key: duplicate(value) for key, value in patch.items() if key != "$patch"}
    if patch.get("$patch") == "delete":
        return {}
    result = duplicate(current)
    if "$retainKeys" in patch:
        result = {key: value for key, value in result.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        if not key.startswith("$"):
            _merge_field(result, key, value, patch)
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.partition("/")[2]
            result[name] = [each for each in result.get(name, []) if each not in value]
    return result


def _merge_field(result: Json, key: str, value: Any, patch: Json) -> None:
    if value is None:
        result.pop(key, None)
    elif isinstance(value, dict):
        result[key] = strategic_patch(_dict(result.get(key)), value)
    elif isinstance(value, list) and key in MERGE_KEYS:
        order = patch.get(f"$setElementOrder/{key}")
        result[key] = _merge_list(result.get(key) or [], value, MERGE_KEYS[key], order)
    elif isinstance(value, list) and key in MERGED_PRIMITIVES:
        held = result.get(key) or []
        result[key] = held + [each for each in value if each not in held]
    else:
        result[key] = duplicate(value)


def _merge_list(current: list[Json], patch: list[Any], by: str, order: list[Json] | None) -> list[Json]:
    if any(isinstance(each, dict) and each.get("$patch") == "replace" for each in patch):
        return [duplicate(each) for each in patch if "$patch" not in each]
    merged = duplicate(current)
    for element in patch:
        if not isinstance(element, dict) or by not in element:
            raise ApiError(
                500, "InternalError", f"map: {go_text(element)} does not contain declared merge key: {by}"
            )
        at = next((n for n, each in enumerate(merged) if each.get(by) == element[by]), None)
        if element.get("$patch") == "delete":
            merged = [each for each in merged if each.get(by) != element[by]]
        elif at is None:
            merged.append(strategic_patch({}, element))
        else:
            merged[at] = strategic_patch(merged[at], element)
    if order:
        wanted = {each[by]: place for place, each in enumerate(order)}
        merged.sort(key=lambda each: wanted.get(each.get(by), len(wanted)))
    return merged


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def go_text(value: Any) -> str:
    """A JSON value as Go's `%+v` prints it, for error messages that quote the patch."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<nil>" if value is None else str(value)
