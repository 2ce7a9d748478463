"""A replica dies around the effect of a change over HTTP; another one asks the API and finishes it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.alone import Prepare, points_of, visit
from tests.chaos.asked import a_cleaning, a_key_revoked, a_resumption
from tests.chaos.routed_changes import a_pause, a_revocation
from tests.chaos.test_kill_points import dies
from tests.chaos.victim import TUNING
from tests.scenarios.room import Room, ops_room

AROUND_THE_EFFECT = r"systems\.|store\.commit"
AT_THE_TARGET = r"systems\."
STORIES: dict[str, tuple[Prepare, str]] = {
    "revoke-tokens": (a_revocation, AROUND_THE_EFFECT),
    "queue-pause": (a_pause, AROUND_THE_EFFECT),
    "queue-resume": (a_resumption, AT_THE_TARGET),
    "queue-clean": (a_cleaning, AT_THE_TARGET),
    "revoke-key": (a_key_revoked, AT_THE_TARGET),
}
"""All of them go the same way to one call; what differs between them is the call."""


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, tuning=TUNING) as opened:
        yield opened


@pytest.mark.parametrize("name", STORIES)
async def test_a_change_over_http_survives_a_replica_that_dies(room: Room, tmp_path: Path, name: str) -> None:
    prepare, places = STORIES[name]
    points = await points_of(room, prepare, tmp_path / "unharmed.log")
    assert any(".send#" in point for point in points)
    around = [point for point in points if re.search(places, point)]
    missed = await visit(around, lambda point, log: dies(room, prepare, tmp_path / log, point))

    assert [] == [point for point in missed if "systems." in point]
