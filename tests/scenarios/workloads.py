"""What scenarios ask of the practice cluster and of the threads about it."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.scenarios.room import ALERTS, OMAR, Json, Room


async def cluster_says(room: Room, path: str, method: str = "GET", body: Any = None) -> Json:
    """The answer of the cluster to its administrator, who asks behind the bot's back."""
    kind = "application/json-patch+json" if isinstance(body, list) else "application/merge-patch+json"
    headers = {"Authorization": f"Bearer {room.cluster.tokens['admin']}", "Content-Type": kind}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"{room.cluster.url}{path}", json=body) as response,
    ):
        found: Json = await response.json()
        assert response.status < 300, found
        return found


def path_of(namespace: str, name: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


async def deployment(room: Room, namespace: str, name: str) -> Json:
    """A deployment as the cluster has it."""
    return await cluster_says(room, path_of(namespace, name))


async def revision(room: Room, namespace: str, name: str) -> int:
    """The newest revision of a deployment."""
    annotations = (await deployment(room, namespace, name))["metadata"]["annotations"]
    return int(annotations["deployment.kubernetes.io/revision"])


async def asked(room: Room, command: str, text: str, who: str = OMAR) -> Json:
    """A command is typed; returns the card of the request."""
    await room.command(who, command, text)
    return await room.sees("waiting for approval", channel=ALERTS)


async def outcome(room: Room, card: Json, pattern: str) -> Json:
    """What is said in the thread of a request's card."""
    return await room.sees(pattern, card["ts"], channel=ALERTS)
