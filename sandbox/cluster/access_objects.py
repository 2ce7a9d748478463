"""What `kubectl apply` of accounts, roles and their bindings would make of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.cluster.access import Grant, Rule, service_account
from sandbox.cluster.shapes import Json


def account_named(documents: Sequence[Json]) -> str:
    """The user that the one ServiceAccount among these objects is."""
    (named,) = (one["metadata"] for one in documents if one["kind"] == "ServiceAccount")
    return service_account(named["namespace"], named["name"])


def grants_of(documents: Sequence[Json]) -> Iterator[Grant]:
    """What each binding among these objects gives to whom."""
    for binding in (one for one in documents if one["kind"].endswith("Binding")):
        (role,) = (one for one in documents if _is_bound(one, binding))
        for subject in binding["subjects"]:
            yield Grant(*_subject(subject), tuple(_rules(role)))


def _subject(subject: Json) -> tuple[str, str]:
    if subject["kind"] == "ServiceAccount":
        return "User", service_account(subject["namespace"], subject["name"])
    return subject["kind"], subject["name"]


def _is_bound(role: Json, binding: Json) -> bool:
    reference, where = binding["roleRef"], binding["metadata"].get("namespace")
    same = (role["kind"], role["metadata"]["name"]) == (reference["kind"], reference["name"])
    return same and role["metadata"].get("namespace") == where


def _rules(role: Json) -> Iterator[Rule]:
    where = role["metadata"].get("namespace")
    for rule in role["rules"]:
        yield Rule(
            verbs=tuple(rule["verbs"]),
            resources=tuple(rule["resources"]),
            namespaces=(where,) if where else (),
            names=tuple(rule.get("resourceNames", ())),
            groups=tuple(rule["apiGroups"]),
        )
