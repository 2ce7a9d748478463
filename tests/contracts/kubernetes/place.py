"""Where the contract is tried, and what somebody else does there behind the bot's back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import Order, Params, Signatory
from handlers.actions.kubernetes.objects import Deployment, Stamp
from handlers.errors import TargetChanged
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground

NAME = "auditron-api"
OMAR = Signatory("U02OMAR", "O2 Omar", ("o1", "o2"))
RUTH = Signatory("U03RUTH", "O3 Ruth", ("o1", "o2", "o3"))


def stamp(request: str) -> Stamp:
    return Stamp(request, (RUTH.signed,), datetime.now(UTC), (OMAR.signed,))


def order(request: str, params: Params, sealed: dict[str, Any]) -> Order:
    """One approved request on its way."""
    return Order(
        request,
        params,
        sealed,
        "",
        "because",
        (RUTH.title,),
        datetime.now(UTC),
        requested_by=(OMAR,),
        approved_by=(RUTH,),
    )


@dataclass
class Place:
    """The adapter, and the cluster's administrator."""

    namespace: Namespace
    ground: Ground

    async def written(self, write: Callable[[Deployment], Awaitable[Deployment]]) -> Deployment:
        """What a write on what is there leaves; tried again when a rollout has moved it since the look."""
        while True:
            try:
                return await write(await self.now())
            except TargetChanged:
                continue

    async def now(self) -> Deployment:
        return await self.namespace.deployment(NAME)

    async def at_rest(self) -> bool:
        """Whether the cluster has done with it all that it was asked."""
        return (await self.now()).settled

    @property
    def _path(self) -> str:
        return f"/apis/apps/v1/namespaces/{self.ground.namespace}/deployments/{NAME}"

    async def raw(self) -> dict[str, Any]:
        """The deployment as JSON."""
        async with administrator(self.ground.admin) as cluster:
            found: dict[str, Any] = await cluster.get(self._path)
            return found

    async def administer(self, patch: Any) -> None:
        """Somebody changes the deployment."""
        async with administrator(self.ground.admin) as cluster:
            await cluster.patch(self._path, patch)
