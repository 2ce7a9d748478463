"""Server-side apply: the fields that somebody means to own, merged, refused, or taken by force.

https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import yaml

from sandbox.cluster.bodies import WriteOptions
from sandbox.cluster.decoding import Mismatch, json_decoder
from sandbox.cluster.ownership import (
    APPLY,
    BEFORE_APPLY,
    KEYED,
    UPDATE,
    Owner,
    Path,
    are_keyed,
    entries_of,
    key_of,
    leaves_of,
    owners_of,
    written_path,
)
from sandbox.cluster.patches import json_word
from sandbox.cluster.resources import Resource
from sandbox.cluster.rules import RULES
from sandbox.cluster.shapes import Json, duplicate
from sandbox.cluster.status import ApiError, bad_request, unreadable


class _Loader(yaml.SafeLoader):
    """Times stay text, as they do in JSON."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def applied_body(resource: Resource, namespace: str, name: str, body: bytes) -> Json:
    """What is to be owned; raises ApiError for what is no object of that kind and name."""
    try:
        told = yaml.load(body, _Loader)  # noqa: S506  a safe loader that knows one type less
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as unreadable_text:
        raise bad_request(f"error decoding YAML: {unreadable_text}") from unreadable_text
    told = _as_json({} if told is None else told)
    if not isinstance(told, dict):
        raise bad_request(
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
            f"{json_word(told)} into Go value of type map[string]interface {{}}"
        )
    kind, version = told.get("kind", ""), told.get("apiVersion", "")
    if (kind, version) != (resource.kind, resource.api_version):
        raise bad_request(f"invalid object type: {_type(version, kind)}")
    meta = told.get("metadata") or {}
    if not isinstance(meta, dict):
        raise bad_request("metadata must be an object")
    if meta.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    where = f"({meta.get('namespace', '')}/{name}; {_type(version, kind)})"
    if meta.get("name", name) != name:
        raise bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({name})"
        )
    if meta.get("namespace", namespace) != namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    config = _typed(resource, told, where)
    config["metadata"] = config.get("metadata", {}) | {"name": name}
    config.pop("status", None)
    return config


def _typed(resource: Resource, told: Json, where: str) -> Json:
    decoder = json_decoder()
    try:
        config: Json = decoder.decode(told, RULES[resource].type)
    except Mismatch as wrong:
        raise unreadable(f"failed to create typed patch object {where}: {wrong}") from wrong
    if decoder.unknown:
        told_of = f".{decoder.unknown[0]}: field not declared in schema"
        raise unreadable(f"failed to create typed patch object {where}: {told_of}")
    if twice := _twice(config):
        raise unreadable(f"failed to create typed patch object {where}: {twice}")
    return config


def merged(current: Json, config: Json, options: WriteOptions, now: str) -> tuple[Json, list[Json]]:
    """(The object with what is applied, its new `managedFields`); raises ApiError Conflict."""
    wanted, before = leaves_of(config), leaves_of(current)
    mine = Owner(options.field_manager, APPLY, config["apiVersion"], now, frozenset(wanted))
    owners = owners_of(current["metadata"])
    if not owners:
        owners = [Owner(BEFORE_APPLY, UPDATE, config["apiVersion"], now, frozenset(before))]
    others = [each for each in owners if not each.is_same(mine)]
    differing = {path for path in wanted if before.get(path, wanted[path]) != wanted[path]}
    conflicts = [(each, sorted(each.paths & differing)) for each in others if each.paths & differing]
    if conflicts and not options.force:
        raise _conflict(conflicts)
    others = [replace(each, paths=each.paths - differing) for each in others]
    result = _merge(current, config, "")
    last = next((each for each in owners if each.is_same(mine)), None)
    if last is not None:
        held = frozenset().union(*(each.paths for each in others))
        for path in sorted(last.paths - mine.paths - held, key=len, reverse=True):
            _drop(result, path)
        if last.paths == mine.paths:
            mine = last
    return result, entries_of([*others, mine])


def owned_by(config: Json, options: WriteOptions, now: str) -> list[Json]:
    """`managedFields` of an object that is made by being applied."""
    paths = frozenset(leaves_of(config))
    return entries_of([Owner(options.field_manager, APPLY, config["apiVersion"], now, paths)])


def _conflict(conflicts: list[tuple[Owner, list[Path]]]) -> ApiError:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {owner.shown}",
            "field": written_path(path),
        }
        for owner, paths in conflicts
        for path in paths
    ]
    if len(causes) == 1:
        text = f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}"
    else:
        told = "\n".join(
            "\n".join([f"conflicts with {owner.shown}:", *(f"- {written_path(path)}" for path in paths)])
            for owner, paths in conflicts
        )
        text = f"Apply failed with {len(causes)} conflicts: {told}"
    return ApiError(409, "Conflict", text, {"causes": causes})


def _merge(current: Any, config: Any, name: str) -> Any:
    if isinstance(config, dict) and isinstance(current, dict):
        result = duplicate(current)
        for key, value in config.items():
            result[key] = _merge(result.get(key), value, key)
        return result
    if name in KEYED and are_keyed(config) and are_keyed(current):
        return _merge_keyed(current, config, name)
    if isinstance(config, list) and isinstance(current, list) and name == "finalizers":
        return current + [each for each in config if each not in current]
    return duplicate(config)


def _merge_keyed(current: list[Json], config: list[Json], name: str) -> list[Json]:
    elements = duplicate(current)
    places = {key_of(name, each): number for number, each in enumerate(elements)}
    for each in config:
        at = places.get(key_of(name, each))
        if at is None:
            elements.append(duplicate(each))
        else:
            elements[at] = _merge(elements[at], each, "")
    return elements


def _drop(thing: Json, path: Path) -> None:
    """Take one field away, and the objects that are empty without it."""
    node: Any = thing
    trail: list[tuple[Any, Any]] = []
    for step in path:
        place = _place(node, step, path)
        if place is None:
            return
        trail.append((node, place))
        node = node[place]
    for number, (parent, place) in enumerate(reversed(trail)):
        if number and parent[place]:
            return
        del parent[place]


def _place(node: Any, step: str, path: Path) -> str | int | None:
    kind, _, rest = step.partition(":")
    if kind == "f":
        return rest if isinstance(node, dict) and rest in node else None
    if not isinstance(node, list):
        return None
    name = path[path.index(step) - 1].removeprefix("f:")
    found = [
        number
        for number, each in enumerate(node)
        if (key_of(name, each) == step if kind == "k" else json.dumps(each) == rest)
    ]
    return found[0] if found else None


def _twice(value: Any, name: str = "", at: str = "") -> str:
    """Which element of a keyed list is there twice, or nothing."""
    if isinstance(value, dict):
        inner = (_twice(each, key, f"{at}.{key}") for key, each in value.items())
        return next(filter(None, inner), "")
    if not isinstance(value, list):
        return ""
    if name in KEYED and are_keyed(value):
        keys = [key_of(name, each) for each in value]
        for key in keys:
            if keys.count(key) > 1:
                return f"{at}: duplicate entries for key {written_path((key,))}"
    return next(filter(None, (_twice(each, "", at) for each in value)), "")


def _type(version: str, kind: str) -> str:
    return f"{version if '/' in version else '/' + version}, Kind={kind}"


def _as_json(value: Any) -> Any:
    """Keys are text in JSON: YAML's `yes` becomes `true`."""
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) else json.dumps(key, default=str): _as_json(each)
            for key, each in value.items()
        }
    return [_as_json(each) for each in value] if isinstance(value, list) else value
