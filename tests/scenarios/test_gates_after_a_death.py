"""A replica dies before it has begun what was approved: the gates must hold for the one that takes over."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.opening import ops_room, start_replica
from tests.scenarios.room import ALERTS, RUTH
from tests.scenarios.test_isolation_story import NAME, POLICIES, asked_in_haste, evidence_saved
from tests.scenarios.test_timed import served_by
from tests.scenarios.workloads import asked, cluster_says, deployment, outcome


class _Mute:
    """A cluster that never answers the first change of an isolation, nor a scaling, and makes neither."""

    def __init__(self, port: Any, began: asyncio.Event) -> None:
        self._port, self._began = port, began

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return _Mute(found, self._began) if name == "isolation" else found

    async def cut_off(self, *_: Any) -> None:
        self._began.set()
        await asyncio.Event().wait()

    scale = cut_off


@pytest.mark.parametrize("minutes", [1, 61])
async def test_nothing_is_isolated_whose_evidence_has_grown_old_meanwhile(
    tmp_path: Path, minutes: int
) -> None:
    began = asyncio.Event()

    def wrap(name: str, port: Any) -> Any:
        return _Mute(port, began) if name == "systems.provability-fabric" else port

    async with ops_room(tmp_path, replicas=0) as room:
        async with start_replica(room, wrap=wrap) as first:
            await served_by(room, first)
            await evidence_saved(room)
            card = await asked_in_haste(room)
            await room.say(RUTH, "APPROVED - contain it", card["ts"])
            await room.until(began.is_set, "the isolation to begin")
        room.advance(minutes=minutes)
        async with start_replica(room) as second:
            await served_by(room, second)
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
    began = asyncio.Event()

    def wrap(name: str, port: Any) -> Any:
        return _Mute(port, began) if name == "systems.auditron" else port

    async with ops_room(tmp_path, replicas=0) as room:
        async with start_replica(room, wrap=wrap) as first:
            await served_by(room, first)
            card = await asked(room, "/scale", "auditron-api 5 because queue")
            await room.say(RUTH, "APPROVED - the queue grows", card["ts"], ALERTS)
            await room.until(began.is_set, "the scaling to begin")
        room.advance(hours=hours)
        async with start_replica(room) as second:
            await served_by(room, second)
            expected = hours < 5
            await outcome(
                room, card, "is done and was read back" if expected else "begun and left, and the time"
            )
        left = (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]
        assert (5 if expected else 3) == left
