"""A replica dies at any port call of the end of a time: the way back is asked for, or taken, once."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.alone import hand_over, until_stopped, victim_of, visit, worth_dying_at
from tests.chaos.once import nothing_posted_twice, quiet
from tests.chaos.victim import TUNING, Victim
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, OMAR, RUTH, Room, text_of
from tests.scenarios.test_timed import reverting
from tests.scenarios.workloads import deployment

NAME = "auditron-worker"
OVER = 2 * 3600 + 60.0
"""Seconds after which two hours are over."""
AROUND_THE_END = r"before systems\.|\.scale|store\.commit"


@dataclass
class Ending:
    """Something that was asked for two hours, until they are over."""

    request: str
    thread: str
    taken: bool

    fuse = '"do": "end"'

    async def begin(self, room: Room) -> None:
        """Time passes for everybody; a victim has a clock of its own."""
        room.advance(seconds=OVER)

    async def again(self, room: Room) -> None:
        """Nobody sends a timer again."""

    async def ended_once(self, room: Room) -> None:
        """One request for the way back was made; where policy says so it was also done."""
        words = "Undone by" if self.taken else "asks for the way back: please answer it"
        await room.sees(f"{self.request}.*{words}", self.thread, channel=ALERTS)
        await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
        told = [one for one in room.from_bot(channel=ALERTS) if not one.get("deleted")]
        cards = [one for one in told if re.search(rf"This undoes.*\|{self.request}>", text_of(one))]
        assert 1 == len(cards)
        assert 1 == len([one for one in room.events("time-over") if one["subject"] == self.request])
        undone = [one for one in room.events("request-undone") if one["subject"] == self.request]
        assert int(self.taken) == len(undone)
        nothing_posted_twice(told)
        replicas = (await deployment(room, "auditron", NAME))["spec"]["replicas"]
        assert (2 if self.taken else 3) == replicas


async def an_ending(room: Room, *, taken: bool) -> Ending:
    """Three replicas for two hours, approved and done; an earlier test's are back to two."""
    known = {one["ts"] for one in room.from_bot(channel=ALERTS)}
    await room.command(OMAR, "/ops", f"auditron scale {NAME} 3 for 2h because a batch runs")
    card = await room.until(
        lambda: next((one for one in room.from_bot(channel=ALERTS) if one["ts"] not in known), None),
        "the card",
    )
    await room.say(RUTH, "APPROVED - for the batch", card["ts"], channel=ALERTS)
    await room.sees("is done and was read back", card["ts"], channel=ALERTS)
    return Ending(room.request_id(card), str(card["ts"]), taken)


async def back_to_two(room: Room, story: Ending) -> None:
    """What was only proposed is approved, so that the next one begins as this one did."""
    if story.taken:
        return
    await room.say(RUTH, "APPROVED - it is over", story.thread, channel=ALERTS)
    await room.sees(f"{story.request}.*Undone by", story.thread, channel=ALERTS)


async def time_passes(room: Room, story: Ending, victim: Victim) -> None:
    await story.begin(room)
    victim.skip(OVER)


async def points_of(room: Room, log: Path, *, taken: bool) -> list[str]:
    """Every port call of an unharmed replica, from the timer to the last message."""
    story = await an_ending(room, taken=taken)
    async with victim_of(room, story, log, "", signal.SIGKILL) as victim:
        await time_passes(room, story, victim)
        assert not await until_stopped(room, victim)
        await story.ended_once(room)
    await back_to_two(room, story)
    return [point for point in worth_dying_at(victim) if re.search(AROUND_THE_END, point)]


async def dies(room: Room, log: Path, point: str, *, taken: bool) -> bool:
    story = await an_ending(room, taken=taken)
    async with victim_of(room, story, log, point, signal.SIGKILL) as victim:
        await time_passes(room, story, victim)
        died = await until_stopped(room, victim)
        await victim.end()
        hand_over(room, victim)
        try:
            await story.ended_once(room)
        except AssertionError as error:
            raise AssertionError(f"killed {point}: {error}") from error
    await back_to_two(room, story)
    return died


@pytest.fixture(params=[False, True], ids=["proposed", "taken"])
async def taken(request: pytest.FixtureRequest) -> bool:
    """Whether policy has it go back by itself."""
    return bool(request.param)


@pytest.fixture
async def room(tmp_path: Path, taken: bool) -> AsyncIterator[Room]:
    edit: Callable[[Path], None] = reverting if taken else lambda _: None
    async with ops_room(tmp_path, tuning=TUNING, edit=edit) as opened:
        yield opened


async def test_an_end_of_time_survives_a_replica_that_dies(
    room: Room, tmp_path: Path, taken: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    points = await points_of(room, tmp_path / "unharmed.log", taken=taken)
    assert any("auditron.scale" in point for point in points) is taken
    missed = await visit(points, lambda point, log: dies(room, tmp_path / log, point, taken=taken))
    with capsys.disabled():
        print(f"\nend of time, {taken=}: killed {', '.join(points)}; not met: {missed}", file=sys.stderr)
    assert [] == [point for point in missed if "systems." in point]
    assert len(missed) <= len(points) / 4
