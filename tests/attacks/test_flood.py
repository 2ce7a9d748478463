"""One sender floods the bot with alerts of ever new names: others and their answers get through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.workers import CHANNEL_PACE
from tests.scenarios.opening import BRISK, ops_room
from tests.scenarios.room import OMAR, PATIENCE, Room

PACED = replace(BRISK, pace=CHANNEL_PACE)
FLOOD = 600


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """A room whose bot keeps Slack's pace."""
    async with ops_room(tmp_path, tuning=PACED) as opened:
        yield opened


async def flood(room: Room) -> None:
    """Alerts that have nothing in common but their sender and severity."""
    await room.post_records(
        [
            room.monitor.record("EMAIL_SEND_001", "SEV3", room.clock.now(), f"RUN-20261121-F{number:05}")
            | {"Scenario_Name": f"made up {number}"}
            for number in range(FLOOD)
        ]
    )


async def test_who_answers_another_alert_is_heard_in_the_midst_of_a_flood(room: Room) -> None:
    _, root = await room.contained()
    flooding = asyncio.create_task(flood(room))
    await room.until(lambda: room.events("storm-began"), "the flood to be seen")
    await room.say(OMAR, "ACK - O2 Omar", root["ts"])
    await room.until(lambda: room.events("alert-acknowledged"), "the answer to count")
    await room.sees("acknowledged as O2", root["ts"])
    await flooding


async def test_a_grave_alert_gets_through_and_the_flood_fills_no_channel(room: Room) -> None:
    began = time.monotonic()
    await flood(room)
    grave = await room.alert("SEV0")
    await room.sees(rf"SEV0 · .*{grave['Run_ID']}")
    await room.until(
        lambda: len(room.events("alert-firing")) > FLOOD, "every alert of the flood", 4 * PATIENCE
    )
    roots = [one for one in room.slack.messages("C0MONITOR") if one.get("thread_ts", one["ts"]) == one["ts"]]
    # Policy lets twenty a minute stand for themselves, and the machine decides how many minutes it took.
    assert len(roots) < 30 * (1 + (time.monotonic() - began) // 60)
