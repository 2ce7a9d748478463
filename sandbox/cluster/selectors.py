"""Label and field selectors, as `kubectl -l` and `--field-selector` write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.cluster.resources import EVENTS, JOBS, NODES, PODS, SECRETS, Resource
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import bad_request

Matches = Callable[[Json], bool]

_SET = re.compile(r"^\s*(?P<key>[\w./-]+)\s+(?P<not>not)?in\s*\((?P<values>[^()]*)\)\s*$")
_EQUALS = re.compile(r"^\s*(?P<key>[\w./-]+)\s*(?P<not>!)?==?\s*(?P<value>[\w.-]*)\s*$")
_EXISTS = re.compile(r"^\s*(?P<not>!)?\s*(?P<key>[\w./-]+)\s*$")
_BETWEEN = re.compile(r",(?![^()]*\))")

_FIELDS: dict[Resource, tuple[str, ...]] = {
    PODS: (
        *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName"),
        *("status.phase", "status.podIP", "status.nominatedNodeName"),
    ),
    EVENTS: (
        *(f"involvedObject.{field}" for field in ("kind", "namespace", "name", "uid", "apiVersion")),
        *("involvedObject.resourceVersion", "involvedObject.fieldPath"),
        *("reason", "reportingComponent", "source", "type"),
    ),
    SECRETS: ("type",),
    NODES: ("spec.unschedulable",),
    JOBS: ("status.successful",),
}

_PLACES = {"source": "source.component", "status.successful": "status.succeeded"}
_ABSENT = {"spec.unschedulable": "false", "status.successful": "0"}


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
        terms.append((found["key"], found["value"], bool(found["not"])))
    return lambda thing: all((_at(thing, field) == value) != denied for field, value, denied in terms)


def fits(selector: Json, labels: Json) -> bool:
    """Whether labels fit a LabelSelector, as objects hold one."""
    if not (selector.get("matchLabels") or {}).items() <= labels.items():
        return False
    return all(_fits(each, labels) for each in selector.get("matchExpressions") or [])


def _fits(expression: Json, labels: Json) -> bool:
    key, values = expression.get("key", ""), expression.get("values") or []
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False


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


def _at(thing: Json, field: str) -> str:
    found: Any = thing
    for step in _PLACES.get(field, field).split("."):
        found = found.get(step, {}) if isinstance(found, dict) else {}
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int) else _ABSENT.get(field, "")
