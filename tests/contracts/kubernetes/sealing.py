"""The actions of a namespace, as a request carries them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.actions import REGISTRY, Action, Order, Params
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.vocabulary import DeploymentTarget, RollbackParams, ScaleParams
from handlers.requests import Verified
from tests.contracts.kubernetes.place import NAME, Place


@dataclass(frozen=True)
class Asked:
    """An action with the values that the contract asks it with."""

    action: Action
    params: Params

    async def run(self, system: Any, order: Order) -> Verified:
        return await self.action.run(system, order)

    async def ask(self, system: Any, order: Order) -> Verified | None:
        return await self.action.ask(system, order)


_PARAMS: Mapping[str, Params] = {
    "restart": DeploymentTarget(deployment=NAME),
    "rollback": RollbackParams(deployment=NAME, revision=3),
    "scale": ScaleParams(deployment=NAME, replicas=5),
}
ACTIONS: Mapping[str, Asked] = {
    action.name: Asked(action, _PARAMS[action.name])
    for action in REGISTRY
    if action.kind == KIND and action.name in _PARAMS
}
"""Those on deployments; every other kind of object has a contract of its own."""


async def sealed(place: Place, asked: Asked) -> dict[str, Any]:
    """What an approval would cover now, after a way through the store."""
    observation = await asked.action.look(place.namespace, asked.params)
    stored: dict[str, Any] = json.loads(json.dumps(observation.sealed))
    return stored
