"""What the bot's account may do in a cluster: exactly what the actions and readings need that policy grants.

Written as objects of RBAC for `countersign manifest --rbac`, asked of the server by `countersign doctor`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.systems.kubernetes.calls import DEPLOYMENTS, NODES
from bot.systems.kubernetes.node_settings import LABELS, node_rules
from bot.systems.kubernetes.opening import listed
from bot.systems.kubernetes.permissions import Permission, fewest, needed, rules_of
from handlers.actions import REGISTRY, Action, Reading
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.vocabulary import LISTED_IN, LOGS_ALSO, NODES_LISTED_IN
from policies.cluster import ClusterRules
from policies.schema import PolicyBook, System

SETTINGS = ("namespace", "context", LISTED_IN, LOGS_ALSO, NODES_LISTED_IN, LABELS)
"""The settings that say what is needed where; no secret is among them."""
_READS_LOGS = "get pods/log"
_RBAC = "rbac.authorization.k8s.io"
_LABELS = {"app.kubernetes.io/name": "countersign", "app.kubernetes.io/managed-by": "countersign"}
Document = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """The bot's service account."""

    namespace: str
    name: str


@dataclass(frozen=True)
class Granted:
    """One system of a cluster: what policy grants there, and the permissions that this takes."""

    system: str
    namespace: str
    names: tuple[str, ...]
    permissions: frozenset[Permission]


def granted(book: PolicyBook, system: str, settings: Mapping[str, str]) -> Granted:
    """What a system's grants need. `settings` are the resolved ones of `SETTINGS`."""
    policy, namespace = book.systems[system], settings["namespace"]
    things = tuple(_granted(policy))
    permissions = (
        needed(need, namespace, _names(settings, policy.cluster, thing))
        for thing in things
        for need in thing.needs
    )
    return Granted(system, namespace, tuple(thing.name for thing in things), frozenset().union(*permissions))


def _granted(policy: System) -> Iterator[Action | Reading]:
    """The actions and readings of a cluster; what a route describes is none of them."""
    for action in policy.actions:
        if action not in policy.routes.actions:
            yield from _ours(REGISTRY.find(policy.kinds, action))
    for reading in policy.read.what if policy.read else ():
        if reading not in policy.routes.readings:
            yield from _ours(REGISTRY.find_reading(policy.kinds, reading))


def _ours(found: Action | Reading) -> Iterator[Action | Reading]:
    if found.kind == KIND:
        yield found


def _names(
    settings: Mapping[str, str], rules: ClusterRules, thing: Action | Reading
) -> Mapping[str, Sequence[str]]:
    """The names that policy lists for an action, by resource. Without `deployments` it is all of them.

    Nodes that are listed by labels have no names here, and where none are listed none may be touched.
    """
    deployments, nodes = listed(settings), node_rules(settings)
    also = listed(settings, LOGS_ALSO) if _READS_LOGS in thing.needs else ()
    named = {} if nodes.labels else {NODES: nodes.names}
    return rules.names(thing.name) | ({DEPLOYMENTS: (*deployments, *also)} if deployments else {}) | named


def permissions_of(systems: Iterable[Granted]) -> frozenset[Permission]:
    """Of all systems of one cluster together."""
    return fewest(one for system in systems for one in system.permissions)


def documents(account: Account, systems: Sequence[Granted]) -> Iterator[Document]:
    """The account, a Role a namespace, a ClusterRole where something is needed everywhere; all bound."""
    yield _object("v1", "ServiceAccount", account.name, account.namespace)
    wanted = permissions_of(systems)
    subject = {"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}
    for namespace in sorted({one.namespace for one in wanted}):
        rules = rules_of(one for one in wanted if one.namespace == namespace)
        yield from bound(account.name, namespace, rules, subject)


def bound(name: str, namespace: str, rules: Sequence[Any], subject: Mapping[str, str]) -> Iterator[Document]:
    """A role (of the whole cluster without a namespace) and its binding."""
    kind, version = "Role" if namespace else "ClusterRole", f"{_RBAC}/v1"
    yield _object(version, kind, name, namespace) | {"rules": list(rules)}
    reference = {"apiGroup": _RBAC, "kind": kind, "name": name}
    binding = _object(version, f"{kind}Binding", name, namespace)
    yield binding | {"roleRef": reference, "subjects": [dict(subject)]}


def _object(version: str, kind: str, name: str, namespace: str) -> Document:
    where = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, **where, "labels": dict(_LABELS)},
    }
