"""What the actions of a namespace share: the names and numbers that people may type."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from handlers.actions import Params
from handlers.actions.kubernetes import object_wording, wording

KIND = "kubernetes"
LISTED_IN = "deployments"
"""The setting that lists the deployments of a system by name: so their names find the system."""

LOGS_ALSO = "logs_also"
"""The setting that lists further ones, whose logs may be read."""

NODES_LISTED_IN = "nodes"
"""The setting that lists the nodes that may be touched, by name."""

MOST_REPLICAS = 1000
_LONGEST_NAME = 253
_LARGEST_REVISION = 10**9
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def is_label(name: str) -> bool:
    """A DNS label (RFC 1123): what the cluster would take as a name, and nothing that could leave a path."""
    return _LABEL.fullmatch(name) is not None


def is_object_name(name: str) -> bool:
    """A DNS subdomain (RFC 1123), as most objects are named: labels with dots between them."""
    return len(name) <= _LONGEST_NAME and all(map(is_label, name.split(".")))


def _node(name: str) -> str:
    if is_object_name(name):
        return name
    raise PydanticCustomError("node_name", wording.NOT_A_NODE)


def _deployment(name: str) -> str:
    if is_label(name):
        return name
    raise PydanticCustomError("dns_label", wording.NOT_A_NAME)


def listed_name(name: str) -> str:
    """A template, a manifest, a set: by its name in policy. Raises what pydantic tells people."""
    if is_label(name):
        return name
    raise PydanticCustomError("dns_label", wording.NOT_A_LISTED)


def _object_name(name: str) -> str:
    if is_object_name(name):
        return name
    raise PydanticCustomError("dns_subdomain", object_wording.NOT_AN_OBJECT)


def whole(least: int, most: int, otherwise: str) -> BeforeValidator:
    """A whole number in bounds, typed in ASCII digits; `5.5`, `-1` and `1e3` are none."""

    def check(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            number = value
        elif isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
            number = int(value)
        else:
            raise PydanticCustomError("whole_number", otherwise)
        if least <= number <= most:
            return number
        raise PydanticCustomError("whole_number", otherwise)

    return BeforeValidator(check)


NodeName = Annotated[str, AfterValidator(_node), Field(description=wording.HINT_NODE)]
DeploymentName = Annotated[str, AfterValidator(_deployment), Field(description=wording.HINT_NAME)]
Replicas = Annotated[
    int, whole(0, MOST_REPLICAS, wording.NOT_REPLICAS), Field(description=wording.HINT_REPLICAS)
]
RevisionNumber = Annotated[int, whole(1, _LARGEST_REVISION, wording.NOT_A_REVISION)]


class DeploymentTarget(Params):
    listed_in: ClassVar[str] = LISTED_IN
    deployment: DeploymentName

    @property
    def target(self) -> str:
        return self.deployment


ObjectName = Annotated[str, AfterValidator(_object_name), Field(description=object_wording.HINT_OBJECT)]


class NodeTarget(Params):
    node: NodeName

    @property
    def target(self) -> str:
        return self.node


class ScaleParams(DeploymentTarget):
    replicas: Replicas

    @property
    def danger(self) -> str:
        """Scaling to nothing stops a service (PF-49)."""
        return wording.STOPS.format(name=self.deployment) if self.replicas == 0 else ""


class IsolateParams(DeploymentTarget):
    @property
    def danger(self) -> str:
        """It stops a service (PF-49)."""
        return wording.ISOLATES.format(name=self.deployment)


class RollbackParams(DeploymentTarget):
    """Without a revision: the one before the present one."""

    revision: Annotated[RevisionNumber | None, Field(description=wording.HINT_REVISION)] = None
