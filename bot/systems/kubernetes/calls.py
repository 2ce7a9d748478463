"""What is asked of an API server, in the words of its permissions.

https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.errors import CountersignError, OutcomeUnknown, TryAgainLater

Json = dict[str, Any]

FIELD_MANAGER = "countersign"
PODS, DEPLOYMENTS, REPLICASETS = "pods", "deployments.apps", "replicasets.apps"
AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
_VERSIONS = {"": "/api/v1", "apps": "/apis/apps/v1", "autoscaling": "/apis/autoscaling/v2"}
_METHODS = {"get": "GET", "list": "GET", "patch": "PATCH"}
_MERGE_PATCH, _JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"

AWAY = "The cluster {how}."


@dataclass(frozen=True)
class Call:
    """One call: a verb on a resource of one namespace. A patch that is a list is a JSON patch (RFC 6902)."""

    verb: str
    resource: str
    namespace: str
    name: str = ""
    patch: Json | list[Json] | None = None

    @property
    def method(self) -> str:
        return _METHODS[self.verb]

    @property
    def path(self) -> str:
        """A template that the client fills with the values of `values`, each encoded."""
        plural, _, group = self.resource.partition(".")
        return f"{_VERSIONS[group]}/namespaces/{{namespace}}/{plural}" + ("/{name}" if self.name else "")

    @property
    def values(self) -> Mapping[str, str]:
        return {"namespace": self.namespace, **({"name": self.name} if self.name else {})}

    @property
    def headers(self) -> dict[str, str]:
        patching = {"Content-Type": _JSON_PATCH if self.tests else _MERGE_PATCH} if self.writes else {}
        return {"Accept": "application/json", **patching}

    @property
    def query(self) -> list[tuple[str, str]]:
        return [("fieldManager", FIELD_MANAGER)] if self.writes else []

    @property
    def writes(self) -> bool:
        return self.verb not in ("get", "list")

    @property
    def tests(self) -> bool:
        """Whether it is a JSON patch with a test, which a server answers with 422 when the test fails."""
        return isinstance(self.patch, list)

    @property
    def what(self) -> str:
        """`deployment api`."""
        return f"{self.resource.partition('.')[0].removesuffix('s')} {self.name}".strip()

    def lost(self, how: str) -> CountersignError:
        """The error for a call whose answer did not come: a write may have had its effect."""
        sentence = AWAY.format(how=how)
        return OutcomeUnknown(sentence) if self.writes else TryAgainLater(sentence)
