"""The file of a system is taken out of policy while something runs there: it ends, and says how."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.scenarios.opening import ops_room, start_replica
from tests.scenarios.room import ALERTS, RUTH
from tests.scenarios.test_timed import served_by
from tests.scenarios.workloads import asked, outcome


class _Mute:
    """A cluster that never answers a change."""

    def __init__(self, port: Any, began: asyncio.Event) -> None:
        self._port, self._began = port, began

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def scale(self, *_: Any) -> None:
        self._began.set()
        await asyncio.Event().wait()


async def test_what_was_begun_at_a_system_that_is_given_up_ends_unknown(tmp_path: Path) -> None:
    began = asyncio.Event()

    def wrap(name: str, port: Any) -> Any:
        return _Mute(port, began) if name == "systems.auditron" else port

    async with ops_room(tmp_path, replicas=0) as room:
        async with start_replica(room, wrap=wrap) as first:
            await served_by(room, first)
            card = await asked(room, "/scale", "auditron-api 8 because it is slow")
            await room.say(RUTH, "APPROVED - for the batch", card["ts"], channel=ALERTS)
            await room.until(began.is_set, "the change to begin")
        (room.policies / "systems" / "auditron.yaml").unlink()
        async with start_replica(room, activate=True) as second:
            await served_by(room, second)
            room.advance(minutes=1)
            await outcome(room, card, "may or may not have had its effect.*rules")


async def test_the_ladder_of_an_alert_of_a_system_that_is_given_up_is_climbed(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with start_replica(room) as first:
            await served_by(room, first)
            room.intake = first.url
            _, root = await room.contained()
        (room.policies / "systems" / "credit-monitoring.yaml").unlink()
        async with start_replica(room, activate=True) as second:
            await served_by(room, second)
            room.advance(minutes=16)
            await room.sees("Nobody has acknowledged", root["ts"])
