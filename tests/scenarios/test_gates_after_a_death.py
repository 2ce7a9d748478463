"""A replica dies before it has begun what was approved: the gates must hold for the one that takes over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.hanging import Hanging
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.room import ALERTS, RUTH
from tests.scenarios.test_isolation_story import NAME, POLICIES, asked_in_haste, evidence_saved
from tests.scenarios.workloads import asked, cluster_says, deployment, outcome


@pytest.mark.parametrize("minutes", [1, 61])
async def test_nothing_is_isolated_whose_evidence_has_grown_old_meanwhile(
    tmp_path: Path, minutes: int
) -> None:
    isolating = Hanging("provability-fabric", "isolation.cut_off")
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room, wrap=isolating.wrap):
            await evidence_saved(room)
            card = await asked_in_haste(room)
            await room.say(RUTH, "APPROVED - contain it", card["ts"])
            await room.until(isolating.reached.is_set, "the isolation to begin")
        room.advance(minutes=minutes)
        async with serving_replica(room):
            recent = minutes < 60
            await room.sees(
                "is done and was read back" if recent else "is void.*saved as evidence", card["ts"]
            )
        left = (await deployment(room, "provability-fabric", NAME))["spec"]["replicas"]
        made = (await cluster_says(room, POLICIES))["items"]
        assert ((0, 1) if recent else (3, 0)) == (left, len(made))


@pytest.mark.parametrize("hours", [4, 6])
async def test_what_was_begun_and_left_is_not_gone_on_with_when_nobody_expects_it_any_more(
    tmp_path: Path, hours: int
) -> None:
    """A request waits for four hours; a replica that died is missed for longer now and then."""
    scaling = Hanging("auditron", "scale")
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room, wrap=scaling.wrap):
            card = await asked(room, "/scale", "auditron-api 5 because queue")
            await room.say(RUTH, "APPROVED - the queue grows", card["ts"], ALERTS)
            await room.until(scaling.reached.is_set, "the scaling to begin")
        room.advance(hours=hours)
        async with serving_replica(room):
            expected = hours < 5
            await outcome(
                room, card, "is done and was read back" if expected else "begun and left, and the time"
            )
        left = (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]
        assert (5 if expected else 3) == left
