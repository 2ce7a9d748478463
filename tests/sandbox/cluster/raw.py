"""Plain HTTP, for what the official client would not send."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.cluster import PracticeCluster

MERGE = "application/merge-patch+json"
JSON = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
API = "/apis/apps/v1/namespaces/auditron/deployments/auditron-api"
PODS = "/api/v1/namespaces/auditron/pods"


@dataclass(frozen=True)
class Raw:
    """Requests whose answers are (status, body)."""

    session: aiohttp.ClientSession

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.session.get(path, params=query) as response:
            return response.status, await response.json()

    async def send(
        self, method: str, path: str, body: object, media_type: str = "application/json", **query: str
    ) -> tuple[int, Any]:
        """`body` goes as it is when it is bytes, else as JSON."""
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        headers = {"Content-Type": media_type}
        async with self.session.request(method, path, data=data, headers=headers, params=query) as response:
            return response.status, await response.json()

    async def patch(
        self, body: object, media_type: str = STRATEGIC, path: str = API, **query: str
    ) -> tuple[int, Any]:
        return await self.send("PATCH", path, body, media_type, **query)

    async def put(self, body: object, path: str = API, **query: str) -> tuple[int, Any]:
        return await self.send("PUT", path, body, **query)


@asynccontextmanager
async def connected(cluster: PracticeCluster, account: str = "bot") -> AsyncIterator[Raw]:
    """Plain HTTP with the token of one account."""
    headers = {"Authorization": f"Bearer {cluster.tokens[account]}"}
    async with aiohttp.ClientSession(cluster.url, headers=headers) as session:
        yield Raw(session)
