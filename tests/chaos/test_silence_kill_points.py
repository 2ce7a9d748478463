"""A replica dies around the call that makes a silence; another one asks Alertmanager, which then has one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.alone import points_of, visit
from tests.chaos.silences import a_silence
from tests.chaos.test_kill_points import dies
from tests.chaos.victim import TUNING
from tests.scenarios.room import Room, ops_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, tuning=TUNING) as opened:
        yield opened


async def test_there_is_one_silence_wherever_a_replica_dies(room: Room, tmp_path: Path) -> None:
    points = await points_of(room, a_silence, tmp_path / "unharmed.log")
    around = [point for point in points if "systems." in point]
    assert any(".make#" in point for point in around)
    missed = await visit(around, lambda point, log: dies(room, a_silence, tmp_path / log, point))

    assert [] == missed
