"""Label and field selectors, as `kubectl -l` and `--field-selector` write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.cluster.resources import EVENTS, PODS, Resource
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import bad_request

Matches = Callable[[Json], bool]

_SET = re.compile(r"^\s*(?P<key>[\w./-]+)\s+(?P<not>not)?in\s*\((?P<values>[^()]*)\)\s*$")
_EQUALS = re.compile(r"^\s*(?P<key>[\w./-]+)\s*(?P<not>!)?==?\s*(?P<value>[\w.-]*)\s*$")
_EXISTS = re.compile(r"^\s*(?P<not>!)?\s*(?P<key>[\w./-]+)\s*$")
_BETWEEN = re.compile(r",(?![^()]*\))")

_FIELDS: dict[Resource, tuple[str, ...]] = {
    PODS: ("spec.nodeName", "spec.restartPolicy", "status.phase", "status.podIP"),
    EVENTS: ("involvedObject.kind", "involvedObject.name", "involvedObject.uid", "reason", "type"),
}


def label_selector(text: str) -> Matches:
    """Whether an object's labels fit; raises ApiError BadRequest for what is no selector."""
    terms = [_label_term(term) for term in _BETWEEN.split(text)] if text.strip() else []
    return lambda thing: all(term(thing["metadata"].get("labels", {})) for term in terms)


def field_selector(text: str, resource: Resource) -> Matches:
    """Whether an object's fields fit; only the fields that the original indexes are allowed."""
    allowed = ("metadata.name", "metadata.namespace", *_FIELDS.get(resource, ()))
    terms = []
    for term in text.split(",") if text.strip() else []:
        found = _EQUALS.match(term)
        if not found:
            raise bad_request(f'invalid selector: "{text}"; can\'t understand "{term}"')
        if found["key"] not in allowed:
            raise bad_request(f"field label not supported: {found['key']}")
        terms.append((found["key"].split("."), found["value"], bool(found["not"])))
    return lambda thing: all((_at(thing, path) == value) != denied for path, value, denied in terms)


def _label_term(term: str) -> Callable[[Json], bool]:
    if found := _SET.match(term):
        key, values = found["key"], {each.strip() for each in found["values"].split(",")}
        denied = bool(found["not"])
        return lambda labels: (labels.get(key) in values) != denied
    if found := _EQUALS.match(term):
        key, value, denied = found["key"], found["value"], bool(found["not"])
        return lambda labels: (labels.get(key) == value) != denied
    if found := _EXISTS.match(term):
        key, denied = found["key"], bool(found["not"])
        return lambda labels: (key in labels) != denied
    raise bad_request(f'unable to parse requirement: found "{term.strip()}"')


def _at(thing: Json, path: list[str]) -> str:
    found: Any = thing
    for step in path:
        found = found.get(step, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, str) else ""
