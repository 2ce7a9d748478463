"""How often an object of the practice cluster was written, as a watch tells it."""

from __future__ import annotations

import json

import aiohttp

from tests.scenarios.room import Room
from tests.scenarios.workloads import cluster_says


async def now_at(room: Room, path: str) -> str:
    """The version of a list of objects, from which on their writes are counted."""
    return str((await cluster_says(room, path))["metadata"]["resourceVersion"])


async def writes(room: Room, path: str, name: str, since: str) -> int:
    """How often one of them was written since a version."""
    query = {"watch": "true", "resourceVersion": since, "timeoutSeconds": "1"}
    headers = {"Authorization": f"Bearer {room.cluster.tokens['admin']}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{room.cluster.url}{path}", params=query) as response,
    ):
        events = [json.loads(line) async for line in response.content]
    return sum(event["object"]["metadata"]["name"] == name for event in events)
