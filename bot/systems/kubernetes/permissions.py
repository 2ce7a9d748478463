"""A permission of Kubernetes' RBAC: read from what an action declares, told to people as the rule to add.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

EVERYWHERE = "everywhere"
"""Ends a need that is not of the system's own namespace."""
NO_NEED = "`{need}` is no permission: write `list pods` or `list pods everywhere`"
_NAMED = frozenset({"get", "patch", "update", "delete", "impersonate"})
"""Verbs that the server can hold to names. A list has no name; of what is created it is not known yet."""

_OF_THE_CLUSTER = frozenset({"nodes"})
"""What has one name in the whole cluster, so that names hold there too."""


@dataclass(frozen=True, order=True)
class Permission:
    """One verb on one resource, in a namespace or (empty) in the whole cluster, of all names or one.

    `resource` holds its part as well: `pods/eviction`.
    """

    namespace: str
    group: str
    resource: str
    verb: str
    name: str = ""

    @property
    def what(self) -> str:
        """`patch deployments.apps`, as actions declare it."""
        plural, _, part = self.resource.partition("/")
        grouped = f"{plural}.{self.group}" if self.group else plural
        return f"{self.verb} {grouped}{f'/{part}' if part else ''}"

    @property
    def where(self) -> str:
        return f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"

    @property
    def rule(self) -> dict[str, list[str]]:
        """The rule of a Role or ClusterRole that gives this and nothing else."""
        named = {"resourceNames": [self.name]} if self.name else {}
        return {"apiGroups": [self.group], "resources": [self.resource], **named, "verbs": [self.verb]}

    def covers(self, other: Permission) -> bool:
        """Whether who has this one does not need the other."""
        same = (self.group, self.resource, self.verb) == (other.group, other.resource, other.verb)
        return same and self.namespace in ("", other.namespace) and self.name in ("", other.name)


def permission(verb: str, resource: str, namespace: str = "") -> Permission:
    """Of a resource as `kubectl` writes it: `deployments.apps`, `pods/eviction`, `deployments.apps/scale`."""
    whole, _, part = resource.partition("/")
    plural, _, group = whole.partition(".")
    return Permission(namespace, group, f"{plural}/{part}" if part else plural, verb)


def needed(need: str, namespace: str, names: Mapping[str, Collection[str]]) -> frozenset[Permission]:
    """What an action's need comes to in a namespace, where policy lists `names` of some resources.

    It comes to nothing for a resource of which policy lists no name. Raises ValueError for a need that is
    neither `<verb> <resource>` nor `<verb> <resource> everywhere`.
    """
    words = need.split(" ")
    where = words[2:]
    if len(words) < 2 or where not in ([], [EVERYWHERE]):
        raise ValueError(NO_NEED.format(need=need))
    verb, resource = words[:2]
    one = permission(verb, resource, "" if where else namespace)
    listed = names.get(resource.partition("/")[0])
    if listed is None or (where and (resource not in _OF_THE_CLUSTER or verb not in _NAMED)):
        return frozenset({one})
    if verb in _NAMED:
        return frozenset(replace(one, name=name) for name in listed)
    return frozenset({one} if listed else ())


def fewest(permissions: Iterable[Permission]) -> frozenset[Permission]:
    """Without those that another one covers."""
    every = frozenset(permissions)
    return frozenset(one for one in every if not any(two != one and two.covers(one) for two in every))


def rules_of(permissions: Iterable[Permission]) -> list[dict[str, list[str]]]:
    """The rules of one Role: each resource once for each set of names, verbs together."""
    named: dict[tuple[str, str, str], set[str]] = {}
    for one in permissions:
        named.setdefault((one.group, one.resource, one.verb), set()).add(one.name)
    verbs: dict[tuple[str, str, tuple[str, ...]], set[str]] = {}
    for (group, resource, verb), names in named.items():
        verbs.setdefault((group, resource, () if "" in names else tuple(sorted(names))), set()).add(verb)
    return [
        {
            "apiGroups": [group],
            "resources": [resource],
            **({"resourceNames": list(names)} if names else {}),
            "verbs": sorted(of_it),
        }
        for (group, resource, names), of_it in sorted(verbs.items())
    ]


def as_line(rule: Mapping[str, Any]) -> str:
    """A rule as one line of YAML, to be put under `rules:`."""
    parts = (f"{key}: [{', '.join(_scalar(value) for value in values)}]" for key, values in rule.items())
    return f"- {{{', '.join(parts)}}}"


def _scalar(value: str) -> str:
    """Plain where YAML reads the same text in it."""
    plain = re.fullmatch(r"[A-Za-z][-A-Za-z0-9./]*", value) and yaml.safe_load(value) == value
    return value if plain else json.dumps(value)
