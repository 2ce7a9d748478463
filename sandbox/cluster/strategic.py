"""Kubernetes' own patch type: as a merge patch, but some lists are merged element by element.

https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.cluster.shapes import Json, duplicate
from sandbox.cluster.status import ApiError, bad_request

STRATEGIC_PATCH = "application/strategic-merge-patch+json"
DELETE_PRIMITIVES = "$deleteFromPrimitiveList/"

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


def strategic_patch(current: Json, patch: Json) -> Json:
    """Kubernetes' own: as a merge patch, but lists with a merge key are merged element by element.

    Knows the directives `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…`.
    Raises ApiError 400 for a malformed directive, 500 for an element without its merge key, as the
    original does.
    """
    if patch.get("$patch") == "replace":
        return {key: duplicate(value) for key, value in patch.items() if key != "$patch"}
    if patch.get("$patch") == "delete":
        return {}
    result = duplicate(current)
    if "$retainKeys" in patch:
        kept = _directive(patch, "$retainKeys")
        result = {key: value for key, value in result.items() if key in kept}
    for key, value in patch.items():
        if not key.startswith("$"):
            _merge_field(result, key, value, patch)
    for key in patch:
        if key.startswith(DELETE_PRIMITIVES):
            name, gone = key.removeprefix(DELETE_PRIMITIVES), _directive(patch, key)
            result[name] = [each for each in _list(result.get(name)) if each not in gone]
    return result


def _directive(patch: Json, key: str) -> list[Any]:
    value = patch.get(key, [])
    if not isinstance(value, list):
        raise bad_request(f"invalid patch format of {key}")
    return value


def _merge_field(result: Json, key: str, value: Any, patch: Json) -> None:
    if value is None:
        result.pop(key, None)
    elif isinstance(value, dict):
        result[key] = strategic_patch(_dict(result.get(key)), value)
    elif isinstance(value, list) and key in MERGE_KEYS:
        order = _directive(patch, f"$setElementOrder/{key}")
        result[key] = _merge_list(_list(result.get(key)), value, MERGE_KEYS[key], order)
    elif isinstance(value, list) and key in MERGED_PRIMITIVES:
        held = _list(result.get(key))
        result[key] = held + [each for each in value if each not in held]
    else:
        result[key] = duplicate(value)


def _merge_list(current: list[Any], patch: list[Any], by: str, order: list[Any]) -> list[Any]:
    for element in [*patch, *order]:
        if not isinstance(element, dict) or (by not in element and element.get("$patch") != "replace"):
            text = f"map: {go_text(element)} does not contain declared merge key: {by}"
            raise ApiError(500, "InternalError", text)
    if any(element.get("$patch") == "replace" for element in patch):
        return [duplicate(each) for each in patch if "$patch" not in each]
    merged = duplicate(current)
    for element in patch:
        at = next((n for n, each in enumerate(merged) if each.get(by) == element[by]), None)
        if element.get("$patch") == "delete":
            merged = [each for each in merged if each.get(by) != element[by]]
        elif at is None:
            merged.append(strategic_patch({}, element))
        else:
            merged[at] = strategic_patch(merged[at], element)
    wanted = [element.get(by) for element in order or patch]
    named = [each for each in merged if each.get(by) in wanted]
    named.sort(key=lambda each: wanted.index(each.get(by)))
    left = [each for each in merged if each.get(by) not in wanted]
    return _woven(left, named, by, [each.get(by) for each in current])


def _woven(left: list[Any], named: list[Any], by: str, before: list[Any]) -> list[Any]:
    """What the patch names, in its order; what it leaves alone goes before it only where it stood before."""
    woven, left = [], [*left]
    for element in named:
        key = element.get(by)
        while left and key in before and before.index(left[0].get(by)) < before.index(key):
            woven.append(left.pop(0))
        woven.append(element)
    return woven + left


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


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
