"""A replica dies around the effect of a change over HTTP; another one asks the API and finishes it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.alone import Prepare, points_of, visit
from tests.chaos.routed_changes import a_pause, a_revocation
from tests.chaos.test_kill_points import dies
from tests.chaos.victim import TUNING
from tests.scenarios.room import Room, ops_room

AROUND_THE_EFFECT = r"systems\.|store\.commit"
STORIES: dict[str, Prepare] = {"revoke-tokens": a_revocation, "queue-pause": a_pause}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, tuning=TUNING) as opened:
        yield opened


@pytest.mark.parametrize("name", STORIES)
async def test_a_change_over_http_survives_a_replica_that_dies(room: Room, tmp_path: Path, name: str) -> None:
    prepare = STORIES[name]
    points = await points_of(room, prepare, tmp_path / "unharmed.log")
    assert any(".send#" in point for point in points)
    around = [point for point in points if re.search(AROUND_THE_EFFECT, point)]
    missed = await visit(around, lambda point, log: dies(room, prepare, tmp_path / log, point))

    assert [] == [point for point in missed if "systems." in point]
