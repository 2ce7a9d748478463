"""What `kubectl apply` of an account, its roles and their bindings would make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.cluster.access import Account, Rule
from sandbox.cluster.shapes import Json


def account_of(documents: Sequence[Json]) -> Account:
    """The one ServiceAccount among these objects, with the rules of the roles that are bound to it."""
    (named,) = (one["metadata"] for one in documents if one["kind"] == "ServiceAccount")
    subject = {"kind": "ServiceAccount", "name": named["name"], "namespace": named["namespace"]}
    rules = (
        rule
        for binding in documents
        if binding["kind"].endswith("Binding") and subject in binding["subjects"]
        for role in documents
        if _is_bound(role, binding)
        for rule in _rules(role)
    )
    return Account(f"system:serviceaccount:{named['namespace']}:{named['name']}", tuple(rules))


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
