"""What a request asks for: verb, resource, namespace and name, from method, path and query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.cluster.resources import Resource, resource_of

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
YES = ("true", "1")
ON_ONE = ("get", "watch", "update", "patch", "delete")
ON_ALL = ("list", "watch", "create", "deletecollection")


@dataclass(frozen=True)
class Target:
    """One request for a resource, as access rules see it."""

    verb: str
    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def in_original(self) -> bool:
        """Whether the original has such a method there, practised here or not."""
        if self.subresource:
            found = self.resource.subresource(self.subresource)
            return found is None or self.verb in found.verbs
        return self.verb in (ON_ONE if self.name else ON_ALL)

    @property
    def practised(self) -> bool:
        """Whether the practice cluster offers this verb there."""
        if not self.subresource:
            return self.verb in self.resource.verbs
        found = self.resource.subresource(self.subresource)
        return found is not None and self.verb in found.verbs


def truth(query: Mapping[str, str], name: str) -> bool:
    """A parameter that is on or off: whatever is said, but for `0` and `false`, means on."""
    return name in query and query[name].lower() not in ("0", "false")


def target_of(method: str, path: str, query: Mapping[str, str]) -> Target | None:
    """The target of `/api/v1/…` or `/apis/GROUP/VERSION/…`; None where there is no such resource."""
    parts = path.strip("/").split("/")
    if parts[0] == "api":
        group, rest = "", parts[1:]
    else:
        group, rest = parts[1] if len(parts) > 1 else "", parts[2:]
    version, rest = (rest[0], rest[1:]) if rest else ("", [])
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    resource = resource_of(group, version, rest[0]) if rest else None
    if resource is None or len(rest) > 3 or "" in rest:
        return None
    if namespace and not resource.namespaced:
        return None
    name, subresource = [*rest[1:], "", ""][:2]
    return Target(_verb(method, name, subresource, query), resource, namespace, name, subresource)


def _verb(method: str, name: str, subresource: str, query: Mapping[str, str]) -> str:
    if method in ("GET", "HEAD"):
        if query.get("watch") in YES:
            return "watch"
        return "get" if name else "list"
    if method == "DELETE" and not name:
        return "deletecollection"
    if method == "POST" and name and not subresource:
        return "post"
    return _VERBS.get(method, method.lower())
