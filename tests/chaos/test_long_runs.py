"""A replica dies, sleeps or is stopped while a long effect is under way: another goes on with its message."""

from __future__ import annotations

import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.alone import hand_over, victim_of
from tests.chaos.deployments import NAME, NAMESPACE, DeploymentStory, a_scaling
from tests.chaos.once import quiet
from tests.chaos.victim import TUNING, Victim
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.room import ALERTS, RUTH, Json, Room, text_of


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, tuning=TUNING, rollout_seconds=None) as opened:
        yield opened


def told(room: Room, story: DeploymentStory) -> list[Json]:
    """The progress messages of the story's request."""
    head = re.compile(rf"`{story.request}` scale {NAME}( is under way|: )")
    spoken = room.from_bot(story.thread, ALERTS)
    return [one for one in spoken if not one.get("deleted") and head.search(text_of(one))]


async def under_way(room: Room, story: DeploymentStory) -> Json:
    """Wait until the thread says how far it is; the controller has begun by then and goes no further."""
    await room.until(lambda: room.events("request-executing"), "the claim")
    await room.until(lambda: room.cluster.tick() or told(room, story), "the controller")
    first: Json = (await room.until(lambda: told(room, story), "a word of how far it is"))[0]
    return first


async def ended_in_the_same_message(room: Room, story: DeploymentStory, first: Json) -> None:
    await room.sees(f"{story.request}.*is done and was read back", story.thread, ALERTS)
    room.cluster.settle()
    room.advance(seconds=10)
    await room.sees(f"`{story.request}` scale {NAME}: done.*3 of 3 pods ready", story.thread, ALERTS)
    await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
    assert [first["ts"]] == [one["ts"] for one in told(room, story)]
    outcomes = [one for one in room.from_bot(story.thread, ALERTS) if "is done and was" in text_of(one)]
    assert 1 == len(outcomes)


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_replica_that_is_lost_in_the_middle_is_noticed_and_its_message_goes_on(
    room: Room, tmp_path: Path, by: int
) -> None:
    story = await a_scaling(room)
    async with victim_of(room, story, tmp_path / "victim.log", "", by) as victim:
        await story.begin(room)
        first = await under_way(room, story)
        await lost(room, victim, by)
        hand_over(room, victim)
        await room.sees("Another replica found it done; the first one never said so", story.thread, ALERTS)
        if by == signal.SIGSTOP:
            victim.resume()
            await room.until(lambda: victim.idle, "the resumed victim to have nothing under way")
        await ended_in_the_same_message(room, story, first)


async def lost(room: Room, victim: Victim, by: int) -> None:
    if by == signal.SIGKILL:
        await victim.end()
        return
    victim.stop()
    await room.until(lambda: victim.paused, "the victim to stand still")


async def test_a_replica_that_is_stopped_in_order_hands_over(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0, tuning=TUNING, rollout_seconds=None) as room:
        async with serving_replica(room, tuning=TUNING) as first_replica:
            room.replicas.append(first_replica)
            story = await a_scaling(room)
            await room.say(RUTH, "APPROVED - before the new release", story.thread, channel=ALERTS)
            first = await under_way(room, story)
        assert "is under way" in text_of(told(room, story)[0])
        async with serving_replica(room, tuning=TUNING):
            room.advance(seconds=60)
            await room.sees(
                "Another replica found it done; the first one never said so", story.thread, ALERTS
            )
            await ended_in_the_same_message(room, story, first)
            assert NAMESPACE in text_of(await room.sees("Scale a deployment.*done", channel=ALERTS))
