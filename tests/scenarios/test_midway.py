"""What can neither be ended nor taken back is told as it stands, with its way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from handlers.errors import StoppedMidway
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, RUTH, text_of
from tests.scenarios.workloads import asked, deployment, outcome


class HalfDone:
    """A cluster that takes a scaling and then has a second step that cannot be made."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def scale(self, *args: Any) -> Any:
        await self._port.scale(*args)
        way_back = "scale auditron-worker 2"
        raise StoppedMidway("the second step was refused.", ("auditron-worker is 4 now",), way_back)


async def test_a_request_that_stops_midway_says_what_was_done_and_how_to_go_back(tmp_path: Path) -> None:
    def wrap(name: str, port: Any) -> Any:
        return HalfDone(port) if name == "systems.auditron" else port

    async with ops_room(tmp_path, wrap=wrap) as room:
        card = await asked(room, "/scale", "auditron-worker 4 because queue backlog")
        await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

        told = text_of(await outcome(room, card, "stopped midway: the second step was refused. This is how"))

        assert "auditron-worker is 4 now" in told
        assert "`/ops auditron scale auditron-worker 2 because …`" in told
        assert "Nothing was changed" not in told
        await room.sees("Scale a deployment.*stopped midway", channel=ALERTS)
        assert 4 == (await deployment(room, "auditron", "auditron-worker"))["spec"]["replicas"]
        (entry,) = room.events("request-failed")
        assert room.request_id(card) == entry["subject"]
