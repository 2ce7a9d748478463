"""What the bot's account may do in a cluster: exactly what the actions and readings need that policy grants.

Written as objects of RBAC for `countersign manifest --rbac`, asked of the server by `countersign doctor`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.systems.kubernetes import impersonation
from bot.systems.kubernetes.calls import DEPLOYMENTS, NODES
from bot.systems.kubernetes.connection import CALL_SECONDS
from bot.systems.kubernetes.node_settings import LABELS, node_rules
from bot.systems.kubernetes.opening import ANSWER_WAIT, answer_wait, listed
from bot.systems.kubernetes.permissions import Permission, fewest, needed, rules_of
from handlers.actions import Action, Reading
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.vocabulary import LISTED_IN, LOGS_ALSO, NODES_LISTED_IN
from handlers.actions.registry import REGISTRY
from policies.cluster import ClusterRules
from policies.schema import PolicyBook
from policies.systems import System

SETTINGS = (
    "namespace",
    "context",
    LISTED_IN,
    LOGS_ALSO,
    NODES_LISTED_IN,
    LABELS,
    impersonation.SETTING,
    ANSWER_WAIT,
)
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
    """One system of a cluster: what policy grants there, and the permissions that this takes.

    `asking` is what those with each role need who ask for its actions, where these run in their name;
    `patience` how many seconds an answer of the cluster is waited for.
    """

    system: str
    namespace: str
    names: tuple[str, ...]
    permissions: frozenset[Permission]
    asking: Mapping[str, frozenset[Permission]] = field(default_factory=dict)
    patience: float = CALL_SECONDS


def granted(book: PolicyBook, system: str, settings: Mapping[str, str]) -> Granted:
    """What a system's grants need. `settings` are the resolved ones of `SETTINGS`.

    Raises DoNotRetry (`bad-setting`).
    """
    policy, namespace = book.systems[system], settings["namespace"]
    needs = {
        thing.name: frozenset[Permission]().union(
            *(needed(need, namespace, _names(settings, policy.cluster, thing)) for need in thing.needs)
        )
        for thing in _granted(policy)
    }
    asking: dict[str, frozenset[Permission]] = {}
    for action in needs.keys() & policy.actions if impersonation.is_on(settings) else ():
        for role in policy.actions[action].request:
            asking[role] = asking.get(role, frozenset()) | needs[action]
    permissions = frozenset[Permission]().union(*needs.values())
    return Granted(system, namespace, tuple(needs), permissions, asking, answer_wait(settings))


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


def permissions_to_act(
    book: PolicyBook, systems: Iterable[Granted], people: Iterable[str]
) -> frozenset[Permission]:
    """What the bot needs to act as these people, where a system runs requests in their name."""
    if not any(system.asking for system in systems):
        return frozenset()
    return impersonation.permissions_to_act(people, book.roles)


def documents(
    account: Account, systems: Sequence[Granted], acting: Iterable[Permission] = ()
) -> Iterator[Document]:
    """The account, a Role a namespace, a ClusterRole where something is needed everywhere; all bound.

    `acting` is what it needs to act as people. Where it does, they get what their role's actions need.
    """
    yield _object("v1", "ServiceAccount", account.name, account.namespace)
    subject = {"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}
    yield from _roles(account.name, permissions_of(systems) | frozenset(acting), subject)
    for role in sorted({role for system in systems for role in system.asking}):
        wanted = (one for system in systems for one in system.asking.get(role, ()))
        group = {"apiGroup": _RBAC, "kind": "Group", "name": impersonation.group_named(role)}
        yield from _roles(f"{account.name}-{role}", fewest(wanted), group)


def _roles(name: str, wanted: frozenset[Permission], subject: Mapping[str, str]) -> Iterator[Document]:
    for namespace in sorted({one.namespace for one in wanted}):
        rules = rules_of(one for one in wanted if one.namespace == namespace)
        yield from bound(name, namespace, rules, subject)


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
