"""A room in which alerts get pictures, and what one sees of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.prometheus import PracticePrometheus
from tests.scenarios.opening import ops_room
from tests.scenarios.room import PATIENCE, Room

Json = dict[str, Any]


@asynccontextmanager
async def measured_room(
    folder: Path, also: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Room, PracticePrometheus]]:
    """A room with pictures, and what is measured in it."""
    async with (
        PracticePrometheus(folder / "monitor") as prometheus,
        ops_room(
            folder, also={"PROMETHEUS_URL": prometheus.url, "COUNTERSIGN_PICTURES": "on", **(also or {})}
        ) as room,
    ):
        room.monitor.prepare()
        yield room, prometheus


def picture_of(room: Room) -> Json | None:
    """The image block of the latest alert's first message."""
    blocks = [block for root in roots(room)[-1:] for block in root.get("blocks", [])]
    return next((block for block in blocks if block["type"] == "image"), None)


async def pictured(room: Room) -> Json:
    """Wait for the picture. Whoever draws it is less urgent than all else, and looks for fonts at first."""
    block: Json = await room.until(lambda: picture_of(room), "the picture", 4 * PATIENCE)
    return block


def roots(room: Room) -> list[Json]:
    """First messages of threads, oldest first."""
    return [one for one in room.from_bot() if one.get("thread_ts", one["ts"]) == one["ts"]]


async def bytes_of(room: Room, block: Json) -> bytes:
    async with aiohttp.ClientSession() as session:
        url = f"{room.slack.url}/files-pri/{block['slack_file']['id']}/picture"
        async with session.get(url) as response:
            assert "image/png" == response.content_type
            return await response.read()
