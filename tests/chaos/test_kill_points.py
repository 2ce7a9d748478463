"""A replica dies at every port call of a story; another one finishes it (invariants 1 to 4)."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers.actions.registry import REGISTRY
from tests.chaos.alone import Prepare, hand_over, points_of, share, until_stopped, victim_of, visit
from tests.chaos.stories import STORIES, TOLD_OF
from tests.chaos.victim import TUNING
from tests.contracts.actions.place import BOOK
from tests.scenarios.opening import ops_room
from tests.scenarios.room import Room


def test_every_action_has_a_story() -> None:
    coded = {action.name for action in REGISTRY}
    granted = {name for rules in BOOK.systems.values() for name in rules.actions}

    assert coded | granted == TOLD_OF


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


@pytest.mark.parametrize(
    ("name", "shard"), [(name, shard) for name, case in STORIES.items() for shard in range(case.shards)]
)
async def test_a_story_survives_a_replica_that_dies_at_any_port_call(
    room: Room, tmp_path: Path, name: str, shard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    case = STORIES[name]
    points = case.chosen(await points_of(room, case.prepare, tmp_path / "unharmed.log"))
    for effect in case.effects.values():
        around = {point.split()[0] for point in points if f"{effect}#" in point}
        assert {"before", "after"} == around, f"{effect} is not among {points}"
    mine = share(points, shard, case.shards)
    missed = await visit(mine, lambda point, log: dies(room, case.prepare, tmp_path / log, point))
    with capsys.disabled():  # on stderr, which reaches the terminal from xdist's workers too
        print(f"\n{name} {shard}/{case.shards}: killed {', '.join(mine)}; not met: {missed}", file=sys.stderr)
    assert [] == [point for point in missed if "systems." in point]
    assert len(missed) <= len(mine) / 4
