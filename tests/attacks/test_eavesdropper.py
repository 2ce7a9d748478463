"""Who can forge a look gets none of its answer, whatever address they put on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.edge import post_command
from tests.scenarios.opening import ops_room
from tests.scenarios.refusing import release_waits
from tests.scenarios.room import CRITICAL, NOOR, OMAR, RUTH, Room


@pytest.fixture
async def http_room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("pending", "Open requests: 1"),
        ("history", "What ended last"),
        ("status {id}", "Release a run"),
        ("auditron pods", "pods, all ready"),
        ("dry-run credit-monitoring release {run}", "Dry run"),
    ],
)
async def test_the_answer_of_a_forged_look_goes_to_the_person_named(
    http_room: Room, words: str, answer: str
) -> None:
    room = http_room
    waiting = await release_waits(room, OMAR)
    mine = room.slack.interactions.response_urls.issue("commands", NOOR, CRITICAL)
    text = words.format(id=waiting.id, run=waiting.record["Run_ID"])
    stolen = room.slack.url + mine.path
    await post_command(room, OMAR, "/ops", text, trigger="1.2.forged", answer_to=stolen)
    await room.hears(OMAR, answer)
    assert [] == room.ephemerals(NOOR)


async def test_where_the_bot_is_no_member_a_look_is_answered_directly(room: Room) -> None:
    await release_waits(room, OMAR)
    await room.command(RUTH, "/ops", "pending", channel="C0RANDOM")

    def told() -> bool:
        im = room.slack.workspace.open_im(RUTH)
        return any("Open requests: 1" in str(one) for one in room.slack.messages(im.id))

    await room.until(told, "the answer in the direct conversation")
