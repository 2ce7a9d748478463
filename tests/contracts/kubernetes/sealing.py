"""The actions of a namespace, as a request carries them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.actions import Action, Observation, Order, Params, Verified
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.preserving import PreserveEventsParams, PreserveLogsParams
from handlers.actions.kubernetes.preserving_sets import PreserveParams
from handlers.actions.kubernetes.setting_images import ImageParams
from handlers.actions.kubernetes.vocabulary import DeploymentTarget, RollbackParams, ScaleParams
from handlers.actions.registry import REGISTRY
from tests.contracts.kubernetes.place import NAME, Place
from tests.contracts.kubernetes.waiting import wait_for


@dataclass(frozen=True)
class Asked:
    """An action with the values that the contract asks it with, and what must be so `before` (a patch)."""

    action: Action
    params: Params
    before: Any = None

    async def look(self, place: Place) -> Observation:
        """What its card would say, on a deployment that is as it must be."""
        if self.before is not None:
            await place.administer(self.before)
            await wait_for(place.at_rest)
        return await self.action.look(place.namespace, self.params)

    async def run(self, system: Any, order: Order) -> Verified:
        return await self.action.run(system, order)

    async def ask(self, system: Any, order: Order) -> Verified | None:
        return await self.action.ask(system, order)


BY_DIGEST = f"ghcr.io/yourorg/api@sha256:{'0a' * 32}"
_PARAMS: Mapping[str, Params] = {
    "pause-rollout": DeploymentTarget(deployment=NAME),
    "resume-rollout": DeploymentTarget(deployment=NAME),
    "restart": DeploymentTarget(deployment=NAME),
    "rollback": RollbackParams(deployment=NAME, revision=3),
    "set-image": ImageParams(deployment=NAME, image=BY_DIGEST),
    "scale": ScaleParams(deployment=NAME, replicas=5),
}
_BEFORE: Mapping[str, Any] = {"resume-rollout": {"spec": {"paused": True}}}
ACTIONS: Mapping[str, Asked] = {
    action.name: Asked(action, _PARAMS[action.name], _BEFORE.get(action.name))
    for action in REGISTRY
    if action.kind == KIND and action.name in _PARAMS
}
"""Those on deployments; every other kind of object has a contract of its own."""

_SAVED: Mapping[str, Params] = {
    "preserve-events": PreserveEventsParams(),
    "preserve-evidence": PreserveParams(evidence="incident"),
    "preserve-logs": PreserveLogsParams(name=NAME),
}
EVIDENCE: Mapping[str, Asked] = {
    name: Asked(REGISTRY.find((KIND,), name), params) for name, params in _SAVED.items()
}
"""Those that change nothing in the cluster."""


async def sealed(place: Place, asked: Asked) -> dict[str, Any]:
    """What an approval would cover now, after a way through the store."""
    stored: dict[str, Any] = json.loads(json.dumps((await asked.look(place)).sealed))
    return stored
