"""What is asked of an API server, in the words of its permissions.

https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.systems.kubernetes.permissions import Permission, permission
from handlers.actions import Signatory
from handlers.errors import CountersignError, OutcomeUnknown, TryAgainLater

Json = dict[str, Any]

FIELD_MANAGER = "countersign"
PODS, DEPLOYMENTS, REPLICASETS = "pods", "deployments.apps", "replicasets.apps"
LOGS = "pods/log"
AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
BUDGETS = "poddisruptionbudgets.policy"
CONFIG_MAPS, SECRETS = "configmaps", "secrets"
EVENTS, SERVICES, NODES = "events", "services", "nodes"
INGRESSES, JOBS = "ingresses.networking.k8s.io", "jobs.batch"
POD_METRICS, NODE_METRICS = "pods.metrics.k8s.io", "nodes.metrics.k8s.io"
EVICTIONS, NETWORK_POLICIES = "pods/eviction", "networkpolicies.networking.k8s.io"
_VERSIONS = {
    "": "/api/v1",
    "autoscaling": "/apis/autoscaling/v2",
    "metrics.k8s.io": "/apis/metrics.k8s.io/v1beta1",
}
"""Where a group's resources are; those that are not here are at the group's v1."""
_METHODS = {
    "get": "GET",
    "list": "GET",
    "create": "POST",
    "patch": "PATCH",
    "apply": "PATCH",
    "delete": "DELETE",
}
_MERGE_PATCH, _JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
_APPLY_PATCH = "application/apply-patch+yaml"
"""Server-side apply; JSON is YAML."""

_SINGULAR = {"networkpolicies": "network policy", "configmaps": "config map"}

AWAY = "The cluster {how}."


@dataclass(frozen=True)
class Call:
    """One call: a verb on a resource, in the words of RBAC (`deployments.apps`, `pods/eviction`).

    Without `namespace` it is one of the whole cluster. `body` is what is created, applied or merged; a list
    is a JSON patch (RFC 6902). `query` are further parameters, such as `dryRun`. With a `person`
    it is made in their name. `seen` is the object as it was read, where the body holds for that very version
    only; empty where that is not known.
    """

    verb: str
    resource: str
    namespace: str = ""
    name: str = ""
    body: Json | list[Json] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    person: Signatory | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return _METHODS[self.verb]

    @property
    def path(self) -> str:
        """A template that the client fills with the values of `values`, each encoded."""
        resource, _, part = self.resource.partition("/")
        plural, _, group = resource.partition(".")
        return "".join(
            (
                _VERSIONS.get(group, f"/apis/{group}/v1"),
                "/namespaces/{namespace}" if self.namespace else "",
                f"/{plural}",
                "/{name}" if self.name else "",
                f"/{part}" if part else "",
            )
        )

    @property
    def where(self) -> str:
        return self.permission.where

    @property
    def permission(self) -> Permission:
        """What the account must be given for it."""
        return permission("patch" if self.verb == "apply" else self.verb, self.resource, self.namespace)

    @property
    def values(self) -> Mapping[str, str]:
        given = {"namespace": self.namespace, "name": self.name}
        return {key: value for key, value in given.items() if value}

    @property
    def headers(self) -> dict[str, str]:
        return {
            # A log is text, and its refusals are JSON.
            "Accept": "application/json, */*" if self.resource == LOGS else "application/json",
            **({"Content-Type": self._content} if self.body is not None else {}),
        }

    @property
    def _content(self) -> str:
        if self.verb == "apply":
            return _APPLY_PATCH
        if self.verb == "patch":
            return _JSON_PATCH if self.tests else _MERGE_PATCH
        return "application/json"

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query: who writes is always said."""
        managed = [("fieldManager", FIELD_MANAGER)] if self.verb in ("create", "patch", "apply") else []
        return managed + list(self.query.items())

    @property
    def changes(self) -> bool:
        """Whether it asks for a change, if only in a dry run."""
        return self.verb not in ("get", "list")

    @property
    def writes(self) -> bool:
        """Whether it may have had an effect although no answer came."""
        return self.changes and "dryRun" not in self.query

    @property
    def tests(self) -> bool:
        """Whether it is a JSON patch with a test, which a server answers with 422 when the test fails."""
        return isinstance(self.body, list)

    @property
    def what(self) -> str:
        """`deployment api`."""
        plural = self.resource.partition("/")[0].partition(".")[0]
        return f"{_SINGULAR.get(plural, plural.removesuffix('s'))} {self.name}".strip()

    def lost(self, how: str) -> CountersignError:
        """The error for a call whose answer did not come: a write may have had its effect."""
        sentence = AWAY.format(how=how)
        return OutcomeUnknown(sentence) if self.writes else TryAgainLater(sentence)
