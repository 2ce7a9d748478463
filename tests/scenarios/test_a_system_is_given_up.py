"""The file of a system is taken out of policy while something runs there: it ends, and says how."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.hanging import Hanging
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.room import ALERTS, RUTH
from tests.scenarios.workloads import asked, outcome


async def test_what_was_begun_at_a_system_that_is_given_up_ends_unknown(tmp_path: Path) -> None:
    scaling = Hanging("auditron", "scale")
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room, wrap=scaling.wrap):
            card = await asked(room, "/scale", "auditron-api 8 because it is slow")
            await room.say(RUTH, "APPROVED - for the batch", card["ts"], channel=ALERTS)
            await room.until(scaling.reached.is_set, "the scaling to begin")
        (room.policies / "systems" / "auditron.yaml").unlink()
        async with serving_replica(room, activate=True):
            room.advance(minutes=1)
            await outcome(room, card, "may or may not have had its effect.*rules")


async def test_the_ladder_of_an_alert_of_a_system_that_is_given_up_is_climbed(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            _, root = await room.contained()
        (room.policies / "systems" / "credit-monitoring.yaml").unlink()
        async with serving_replica(room, activate=True):
            room.advance(minutes=16)
            await room.sees("Nobody has acknowledged", root["ts"])
