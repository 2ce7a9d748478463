"""Where the contract is tried, and what somebody else does there behind the bot's back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, AppsV1Api, Configuration

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import Order, Params
from handlers.actions.kubernetes.ports import Deployment, Stamp

NAME = "auditron-api"
PATIENCE = 20.0


def stamp(request: str) -> Stamp:
    return Stamp(request, ("O3 Ruth",), datetime.now(UTC))


def order(request: str, params: Params, sealed: dict[str, Any]) -> Order:
    """One approved request on its way."""
    return Order(request, params, sealed, "", "because", ("O3 Ruth",), datetime.now(UTC))


async def wait_for(look: Callable[[], Awaitable[bool]]) -> None:
    """Poll until it is so."""
    end = time.monotonic() + PATIENCE
    while not await look():
        assert time.monotonic() < end, "in vain waited for the cluster"
        await asyncio.sleep(0.05)


@dataclass
class Place:
    """The adapter, and the cluster's administrator, who uses the client's own models."""

    namespace: Namespace
    kubeconfig: Path

    async def now(self) -> Deployment:
        return await self.namespace.deployment(NAME)

    async def settled(self) -> bool:
        return (await self.now()).settled

    async def raw(self) -> dict[str, Any]:
        """The deployment as JSON."""
        async with await self._client() as client:
            found = await AppsV1Api(client).read_namespaced_deployment(NAME, "auditron")
            whole: dict[str, Any] = client.sanitize_for_serialization(found)
            return whole

    async def administer(self, patch: Any) -> None:
        """Somebody changes the deployment."""
        async with await self._client() as client:
            await AppsV1Api(client).patch_namespaced_deployment(
                NAME,
                "auditron",
                patch,
                _content_type="application/json-patch+json"
                if isinstance(patch, list)
                else "application/merge-patch+json",
            )

    async def _client(self) -> ApiClient:
        configuration = Configuration()
        await config.load_kube_config(  # type: ignore[no-untyped-call]
            str(self.kubeconfig), client_configuration=configuration
        )
        return ApiClient(configuration)
