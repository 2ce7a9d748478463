"""How each resource that can be written is read, filled in and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.cluster import object_faults as judge
from sandbox.cluster.decoding import Struct
from sandbox.cluster.defaults import (
    default_deployment,
    default_job,
    default_network_policy,
    default_nothing,
    default_secret,
)
from sandbox.cluster.object_types import (
    CONFIG_MAP,
    DISRUPTION_BUDGET,
    JOB,
    NETWORK_POLICY,
    NODE,
    SECRET,
)
from sandbox.cluster.resources import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    DISRUPTION_BUDGETS,
    JOBS,
    NETWORK_POLICIES,
    NODES,
    SECRETS,
    Resource,
)
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import FieldFault
from sandbox.cluster.types import DEPLOYMENT
from sandbox.cluster.validation import deployment_faults


@dataclass(frozen=True)
class Rules:
    """One kind of object. `counts` names the fields whose change raises its generation."""

    type: Struct
    default: Callable[[Json], None]
    faults: Callable[[Json, Json | None], list[FieldFault]]
    counts: Callable[[Json], object] | None = None
    status: bool = False


def _spec(thing: Json) -> object:
    return thing.get("spec")


def _spec_and_annotations(thing: Json) -> object:
    return thing.get("spec"), thing["metadata"].get("annotations")


RULES: Mapping[Resource, Rules] = {
    DEPLOYMENTS: Rules(DEPLOYMENT, default_deployment, deployment_faults, _spec_and_annotations, status=True),
    CONFIG_MAPS: Rules(CONFIG_MAP, default_nothing, judge.config_map_faults),
    SECRETS: Rules(SECRET, default_secret, judge.secret_faults),
    NODES: Rules(NODE, default_nothing, judge.node_faults, status=True),
    JOBS: Rules(JOB, default_job, judge.job_faults, _spec, status=True),
    NETWORK_POLICIES: Rules(NETWORK_POLICY, default_network_policy, judge.network_policy_faults, _spec),
    DISRUPTION_BUDGETS: Rules(
        DISRUPTION_BUDGET, default_nothing, judge.disruption_budget_faults, _spec, status=True
    ),
}
