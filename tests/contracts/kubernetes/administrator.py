"""Somebody who may do everything in a cluster, and sends JSON as it stands."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True)
class Administrator:
    """Paths are those of the API; answers are its objects."""

    client: ApiClient

    async def get(self, path: str) -> Any:
        return await self._send("GET", path)

    async def create(self, path: str, made: Any) -> Any:
        return await self._send("POST", path, made, "application/json")

    async def patch(self, path: str, patch: Any) -> Any:
        """A list is a JSON patch, everything else a merge patch."""
        return await self._send("PATCH", path, patch, JSON_PATCH if isinstance(patch, list) else MERGE_PATCH)

    async def delete(self, path: str) -> Any:
        return await self._send("DELETE", path)

    async def _send(self, method: str, path: str, body: Any = None, kind: str | None = None) -> Any:
        headers = {"Accept": "application/json"} | ({"Content-Type": kind} if kind else {})
        sending = await self.client.param_serialize(
            method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        response = (await self.client.call_api(*sending)).response
        text = await response.text()
        assert response.status < 300, f"{method} {path} was answered {response.status}: {text}"
        return json.loads(text)


@asynccontextmanager
async def administrator(kubeconfig: Path) -> AsyncIterator[Administrator]:
    """As the current context of the kubeconfig says."""
    configuration = Configuration()
    await config.load_kube_config(  # type: ignore[no-untyped-call]
        str(kubeconfig), client_configuration=configuration
    )
    async with ApiClient(configuration) as client:
        yield Administrator(client)
