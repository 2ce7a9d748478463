"""A replica is paused (SIGSTOP) past its leases, another takes over, the first goes on: one effect."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack.transport import ANSWER_SECONDS
from tests.chaos.alone import a_release, hand_over, points_of, share, until_stopped, victim_of, visit
from tests.chaos.once import left_to_people_once, released_once, stored
from tests.chaos.victim import TUNING
from tests.scenarios.opening import ops_room
from tests.scenarios.room import PATIENCE, Room

SHARDS = 2


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, tuning=TUNING) as opened:
        opened.slack.delivery.patience = (
            ANSWER_SECONDS  # or each sleeper would be waited for as long as a test may
        )
        yield opened


async def pauses(room: Room, log: Path, point: str) -> bool:
    """Whether a victim paused at this point; after it went on everything is there once.

    Stopped inside a call to Slack it says again what another has said, or shows what was: that is put right.
    Stopped with the run's lock in its hand, it leaves the survivor no honest end but «unknown».
    """
    story = await a_release(room)
    request = story.release.request
    async with victim_of(room, story, log, point, signal.SIGSTOP) as victim:
        await story.begin(room)
        paused = await until_stopped(room, victim)
        hand_over(room, victim)
        await story.again(room)
        try:
            # The survivor waits for the sleeper's lock as often as it may claim.
            asleep = "an end while the victim sleeps"
            end = await room.until(lambda: _end(room, request), asleep, 4 * PATIENCE)
            if paused:
                victim.resume()
                await room.until(lambda: victim.idle, "the resumed victim to have nothing under way")
                assert not victim.dead
            if end == "unknown":
                assert paused
                await left_to_people_once(room, story.release)
            else:
                await released_once(room, story.release)
        except AssertionError as error:
            raise AssertionError(f"paused {point}: {error}") from error
    return paused


def _end(room: Room, request: str) -> str:
    state = str(stored(room, request)["state"])
    return state if state in ("succeeded", "unknown") else ""


@pytest.mark.parametrize("shard", range(SHARDS))
async def test_a_replica_that_slept_past_its_leases_has_no_second_effect(
    room: Room, tmp_path: Path, shard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    points = await points_of(room, a_release, tmp_path / "unharmed.log")
    mine = share([point for point in points if point.startswith("before")], shard, SHARDS)
    awake = await visit(mine, lambda point, log: pauses(room, tmp_path / log, point))
    with capsys.disabled():
        print(f"\npaused {shard}/{SHARDS}: {', '.join(mine)}; not met: {awake}", file=sys.stderr)
    assert [] == [point for point in awake if "systems." in point]
    assert len(awake) <= len(mine) / 4
