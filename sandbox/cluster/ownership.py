"""Who wrote which field: `metadata.managedFields`, as the original keeps them.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sandbox.cluster.shapes import Json

Path: TypeAlias = tuple[str, ...]
"""Steps as `fieldsV1` writes them: `f:spec`, `k:{"name":"api"}`."""
Leaves: TypeAlias = dict[Path, Any]

KEYED: Mapping[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "ports": ("containerPort", "protocol"),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "imagePullSecrets": ("name",),
    "ownerReferences": ("uid",),
    "conditions": ("type",),
}
"""Lists whose elements are owned one by one, and the fields that tell them apart."""
KEY_DEFAULTS = {"protocol": "TCP"}
WHOLE = frozenset({"selector", "podSelector", "namespaceSelector", "nodeSelector", "labelSelector"})
"""Objects that are owned as one."""
BOOKKEEPING = frozenset(
    {
        *("name", "namespace", "uid", "selfLink", "resourceVersion", "generation", "managedFields"),
        *("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"),
    }
)
THERE = "."
APPLY, UPDATE = "Apply", "Update"
BEFORE_APPLY = "before-first-apply"


@dataclass(frozen=True)
class Owner:
    """One entry of `managedFields`."""

    manager: str
    operation: str
    version: str
    time: str
    paths: frozenset[Path]
    subresource: str = ""

    def is_same(self, other: Owner) -> bool:
        mine, its = ((one.manager, one.operation, one.subresource) for one in (self, other))
        return mine == its

    @property
    def shown(self) -> str:
        """As the message of a conflict names it."""
        part = f' with subresource "{self.subresource}"' if self.subresource else ""
        return f'"{self.manager}"{part}' + (f" using {self.version}" if self.operation == UPDATE else "")


def leaves_of(thing: Json) -> Leaves:
    """Every field of an object that somebody can own, with its value."""
    meta = {key: value for key, value in thing.get("metadata", {}).items() if key not in BOOKKEEPING}
    bare = {key: value for key, value in thing.items() if key not in ("apiVersion", "kind", "status")}
    bare |= {"metadata": meta}
    return {path: value for key in bare for path, value in _leaves(bare[key], (f"f:{key}",), key) if value}


def _leaves(value: Any, path: Path, name: str) -> Iterable[tuple[Path, Any]]:
    if isinstance(value, dict) and value and name not in WHOLE:
        for key, each in value.items():
            yield from _leaves(each, (*path, f"f:{key}"), key)
    elif name in KEYED and value and are_keyed(value):
        for each in value:
            inner = (*path, key_of(name, each))
            yield inner, THERE
            for key, held in each.items():
                yield from _leaves(held, (*inner, f"f:{key}"), key)
    elif isinstance(value, list) and name == "finalizers":
        for each in value:
            yield (*path, f"v:{json.dumps(each)}"), THERE
    elif path != ("f:metadata",):
        yield path, json.dumps(value, sort_keys=True)


def are_keyed(value: Any) -> bool:
    """Whether it is a list whose elements can be told apart."""
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def key_of(name: str, element: Json) -> str:
    """The step to an element of a keyed list."""
    fields = {key: element.get(key, KEY_DEFAULTS.get(key, "")) for key in KEYED[name]}
    return "k:" + json.dumps(fields, separators=(",", ":"))


def written_path(path: Path) -> str:
    """As messages write it: `.spec.containers[name="c"].image`."""
    text = ""
    for step in path:
        kind, _, rest = step.partition(":")
        if kind == "k":
            fields = json.loads(rest)
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in fields.items()) + "]"
        else:
            text += f"[={rest}]" if kind == "v" else f".{rest}"
    return text


# -- between entries and owners


def owners_of(meta: Json) -> list[Owner]:
    return [
        Owner(
            each["manager"],
            each["operation"],
            each["apiVersion"],
            each["time"],
            frozenset(_paths(each["fieldsV1"])),
            each.get("subresource", ""),
        )
        for each in meta.get("managedFields", [])
    ]


def entries_of(owners: Iterable[Owner]) -> list[Json]:
    """`managedFields`: those that apply come first; one that owns nothing any more is left out."""
    kept = [each for each in owners if each.paths]
    kept.sort(key=lambda each: (each.operation != APPLY, bool(each.subresource)))
    return [
        {
            "manager": each.manager,
            "operation": each.operation,
            "apiVersion": each.version,
            "time": each.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": _nested(each.paths),
        }
        | ({"subresource": each.subresource} if each.subresource else {})
        for each in kept
    ]


def _paths(node: Json, path: Path = ()) -> Iterable[Path]:
    if not node:
        yield path
    for step, inner in node.items():
        if step == THERE:
            yield path
        else:
            yield from _paths(inner, (*path, step))


def _nested(paths: frozenset[Path]) -> Json:
    whole: Json = {}
    for path in sorted(paths):
        node = whole
        for step in path:
            node = node.setdefault(step, {})
    for path in paths:
        node = whole
        for step in path:
            node = node[step]
        if node:
            node[THERE] = {}
    return whole


def after_update(current: Json, new: Json, by: Owner) -> list[Json]:
    """The entries once `by` has written an object in place of another: what it changed is its own."""
    before, after = leaves_of(current), leaves_of(new)
    changed = {path for path in after if before.get(path) != after[path]}
    gone = before.keys() - after.keys()
    owners = owners_of(current.get("metadata", {}))
    mine = next((each for each in owners if each.is_same(by)), None)
    others = [replace(each, paths=each.paths - changed - gone) for each in owners if each is not mine]
    if mine is None:
        return entries_of([*others, replace(by, paths=frozenset(changed))])
    time = by.time if changed or gone & mine.paths else mine.time
    return entries_of([*others, replace(mine, time=time, paths=(mine.paths - gone) | changed)])
