"""Lists: selectors, and paging with `limit` and `continue`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from sandbox.cluster.metrics import measured
from sandbox.cluster.paths import Target
from sandbox.cluster.resources import NODE_METRICS, POD_METRICS, Resource
from sandbox.cluster.selectors import Matches, field_selector, label_selector
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import FieldFault, bad_request, from_the_future, invalid, unreadable
from sandbox.cluster.store import Store

MEASURED = (POD_METRICS, NODE_METRICS)


def selected(target: Target, query: Mapping[str, str]) -> Matches:
    """Whether an object belongs to the answer: place, name, labels and fields."""
    by_label = label_selector(query.get("labelSelector", ""))
    by_field = field_selector(query.get("fieldSelector", ""), target.resource)

    def matches(thing: Json) -> bool:
        meta = thing["metadata"]
        in_place = not target.namespace or meta.get("namespace") == target.namespace
        named = not target.name or meta["name"] == target.name
        return in_place and named and by_label(thing) and by_field(thing)

    return matches


def check_version(store: Store, query: Mapping[str, str]) -> None:
    """Raises ApiError for a `resourceVersion` that is no number or has not come yet."""
    version = query.get("resourceVersion", "")
    if query.get("resourceVersionMatch") and not version:
        name = "resourceVersionMatch"
        detail = f"Forbidden: {name} is forbidden unless resourceVersion is provided"
        raise invalid("meta.k8s.io", "ListOptions", "", FieldFault(name, "FieldValueForbidden", detail))
    if version and not version.isdigit():
        told = f'strconv.ParseUint: parsing "{version}": invalid syntax'
        raise unreadable(f'resourceVersion: Invalid value: "{version}": {told}')
    if version and int(version) > store.version:
        raise from_the_future(int(version), store.version)


def read_one(store: Store, target: Target) -> Json:
    """One object as it is; raises ApiError NotFound."""
    if target.resource in MEASURED:
        return measured(store, target)[0]
    return store.get(target.resource, target.namespace, target.name)


def read_list(store: Store, target: Target, query: Mapping[str, str]) -> Json:
    """The answer to a list; raises ApiError BadRequest for a bad selector, limit or token."""
    _number(query, "timeoutSeconds")
    check_version(store, query)
    matches = selected(target, query)
    if target.resource in MEASURED:
        items = list(filter(matches, measured(store, target)))
    else:
        items = store.list(target.resource, target.namespace or None, matches)
    start = _start(query.get("continue", ""))
    left = [each for each in items if _place(each) > start]
    limit = _number(query, "limit") or len(left)
    page = _list_of(target.resource, left[:limit], store.version)
    if len(left) > limit:
        page["metadata"] |= {
            "continue": _token(_place(left[limit - 1])),
            "remainingItemCount": len(left) - limit,
        }
    return page


def _place(thing: Json) -> list[str]:
    return [thing["metadata"].get("namespace", ""), thing["metadata"]["name"]]


def _token(place: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _start(token: str) -> list[str]:
    if not token:
        return ["", ""]
    try:
        place = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, binascii.Error) as unreadable:
        raise bad_request("continue key is not valid") from unreadable
    if not isinstance(place, list) or [str, str] != [type(each) for each in place]:
        raise bad_request("continue key is not valid")
    return place


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "") or "0"
    try:
        return max(0, int(text))
    except ValueError as unreadable:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from unreadable


def _list_of(resource: Resource, items: list[Json], version: int) -> Json:
    """A list as the API sends it: its items carry no kind of their own."""
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": {"resourceVersion": str(version)},
        "items": [
            {key: value for key, value in item.items() if key not in ("kind", "apiVersion")} for item in items
        ],
    }
