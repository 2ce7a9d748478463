"""A replica dies at every port call of a story; another one finishes it (invariants 1 to 4)."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.alone import (
    Prepare,
    a_containment,
    a_release,
    hand_over,
    points_of,
    share,
    until_stopped,
    victim_of,
    visit,
)
from tests.chaos.victim import TUNING
from tests.scenarios.room import Room, ops_room

SHARDS = 4
STORIES: dict[str, tuple[Prepare, str]] = {
    "release": (a_release, "files.release"),
    "containment": (a_containment, "files.quarantine"),
}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, tuning=TUNING) as opened:
        yield opened


async def dies(room: Room, prepare: Prepare, log: Path, point: str) -> bool:
    """Whether a victim died at this point; the survivor must have finished its story either way."""
    story = await prepare(room)
    async with victim_of(room, story, log, point, signal.SIGKILL) as victim:
        await story.begin(room)
        died = await until_stopped(room, victim)
        await victim.end()  # also where the point did not come: no lease may be taken after time has passed
        hand_over(room, victim)
        await story.again(room)
        try:
            await story.ended_once(room)
        except AssertionError as error:
            raise AssertionError(f"killed {point}: {error}") from error
    return died


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("name", STORIES)
async def test_a_story_survives_a_replica_that_dies_at_any_port_call(
    room: Room, tmp_path: Path, name: str, shard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare, effect = STORIES[name]
    points = await points_of(room, prepare, tmp_path / "unharmed.log")
    assert any(effect in point for point in points)
    mine = share(points, shard, SHARDS)
    missed = await visit(mine, lambda point, log: dies(room, prepare, tmp_path / log, point))
    with capsys.disabled():  # on stderr, which reaches the terminal from xdist's workers too
        print(f"\n{name} {shard}/{SHARDS}: killed {', '.join(mine)}; not met: {missed}", file=sys.stderr)
    assert [] == [point for point in missed if "systems." in point]
    assert len(missed) <= len(mine) / 4
