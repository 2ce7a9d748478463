"""Somebody who may do everything in a cluster, and sends what they like."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client import Configuration

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


@dataclass(frozen=True)
class Administrator:
    """Paths are those of the API; answers are its objects."""

    session: aiohttp.ClientSession

    async def get(self, path: str) -> Any:
        return await self._done("GET", path)

    async def create(self, path: str, made: Any) -> Any:
        return await self._done("POST", path, made, "application/json")

    async def patch(self, path: str, patch: Any) -> Any:
        """A list is a JSON patch, everything else a merge patch."""
        return await self._done("PATCH", path, patch, JSON_PATCH if isinstance(patch, list) else MERGE_PATCH)

    async def delete(self, path: str) -> Any:
        return await self._done("DELETE", path)

    async def ask(self, method: str, path: str, body: Any = None, media_type: str = "") -> tuple[int, Any]:
        """Any request, whatever comes of it: the status, and the object or else the text.

        A body that is bytes goes as it is.
        """
        headers = {"Content-Type": media_type} if media_type else {}
        bare = isinstance(body, bytes) or (body is None and method in ("GET", "DELETE"))
        data = body if bare else json.dumps(body).encode()
        async with self.session.request(
            method, path, data=data, headers=headers, skip_auto_headers=["Content-Type"]
        ) as response:
            text = await response.text()
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, text

    async def _done(self, method: str, path: str, body: Any = None, media_type: str = "") -> Any:
        status, found = await self.ask(method, path, body, media_type)
        assert status < 300, f"{method} {path} was answered {status}: {found}"
        return found


@asynccontextmanager
async def administrator(kubeconfig: Path) -> AsyncIterator[Administrator]:
    """As the current context of the kubeconfig says."""
    settings = Configuration()
    await config.load_kube_config(  # type: ignore[no-untyped-call]
        str(kubeconfig), client_configuration=settings
    )
    trusted = ssl.create_default_context(cafile=settings.ssl_ca_cert)
    if settings.cert_file:
        trusted.load_cert_chain(settings.cert_file, settings.key_file)
    told = (await settings.auth_settings()).get("BearerToken", {}).get("value")
    headers = {"Accept": "application/json"} | ({"Authorization": str(told)} if told else {})
    connector = aiohttp.TCPConnector(ssl=trusted)
    async with aiohttp.ClientSession(settings.host, headers=headers, connector=connector) as session:
        yield Administrator(session)
