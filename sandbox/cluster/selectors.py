"""Label and field selectors, as `kubectl -l` and `--field-selector` write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.cluster.resources import EVENTS, JOBS, NODES, PODS, SECRETS, Resource
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import FieldFault, bad_request

Matches = Callable[[Json], bool]

_SET = re.compile(r"^\s*(?P<key>[\w./-]+)\s+(?P<not>not)?in\s*\((?P<values>[^()]*)\)\s*$")
_EQUALS = re.compile(r"^\s*(?P<key>[\w./-]+)\s*(?P<not>!)?==?\s*(?P<value>[\w.-]*)\s*$")
_EXISTS = re.compile(r"^\s*(?P<not>!)?\s*(?P<key>[\w./-]+)\s*$")
_BETWEEN = re.compile(r",(?![^()]*\))")
_COMMA = re.compile(r"(?<!\\),")
_FIELD = re.compile(r"(?P<key>[^=!,]+)(?P<sign>!=|==|=)(?P<value>.*)", re.DOTALL)
_BARE = re.compile(r"(?<!\\)=|\\(?![\\,=])")
"""What must stand behind a backslash and does not, or stands there in vain."""

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

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_WRITTEN = {"In": "{key} in ({values})", "NotIn": "{key} notin ({values})", "Exists": "{key}"}
_PLACES = {"source": "source.component", "status.successful": "status.succeeded"}
_ABSENT = {"spec.unschedulable": "false", "status.successful": "0"}
_ELSE = {"source": "reportingComponent"}
"""Where Kubernetes looks when there is nothing in the first place."""


def label_selector(text: str) -> Matches:
    """Whether an object's labels fit; raises ApiError BadRequest for what is no selector."""
    terms = [_label_term(term) for term in _BETWEEN.split(text)] if text.strip() else []
    return lambda thing: all(term(thing["metadata"].get("labels", {})) for term in terms)


def field_selector(text: str, resource: Resource) -> Matches:
    """Whether an object's fields fit; only the fields that the original indexes are allowed."""
    allowed = ("metadata.name", "metadata.namespace", *_FIELDS.get(resource, ()))
    terms = [_field_term(term, text) for term in _COMMA.split(text) if term]
    for field, _, _ in terms:
        if field not in allowed:
            raise bad_request(f"field label not supported: {field}")
    return lambda thing: all((_at(thing, field) == value) != denied for field, value, denied in terms)


def _field_term(term: str, whole: str) -> tuple[str, str, bool]:
    """Field, value and whether it must differ; in a value `\\`, `,` and `=` stand behind a backslash."""
    found = _FIELD.fullmatch(term)
    if not found or _BARE.search(found["value"]):
        raise bad_request(f'invalid selector: "{whole}"; can\'t understand "{term}"')
    return found["key"], re.sub(r"\\(.)", r"\1", found["value"]), found["sign"] == "!="


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


def written(selector: Json) -> str:
    """A LabelSelector in words, by key, as `scale` tells it."""
    terms = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or []:
        form = _WRITTEN.get(one["operator"], "!{key}")
        terms.append(
            (one["key"], form.format(key=one["key"], values=",".join(sorted(one.get("values") or ()))))
        )
    return ",".join(text for _, text in sorted(terms))


def selector_faults(selector: Json, path: str) -> list[FieldFault]:
    """Faults of a LabelSelector's expressions: the operator, and values where it takes them."""
    faults = []
    for number, one in enumerate(selector.get("matchExpressions") or []):
        at, operator, values = f"{path}.matchExpressions[{number}]", one.get("operator"), one.get("values")
        if operator in ("In", "NotIn") and not values:
            faults.append(FieldFault.required(f"{at}.values"))
        elif operator in ("Exists", "DoesNotExist") and values:
            forbidden = "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            faults.append(FieldFault(f"{at}.values", "FieldValueForbidden", forbidden))
        elif operator not in OPERATORS:
            faults.append(FieldFault.invalid(f"{at}.operator", operator, "not a valid selector operator"))
    return faults


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
    told = str(found) if isinstance(found, str | int) else _ABSENT.get(field, "")
    return told or (_at(thing, _ELSE[field]) if field in _ELSE else "")
