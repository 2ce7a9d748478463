"""A message that stands twice is taken back in the end, and nobody else can have the bot delete its words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sealing import HmacSealer
from handlers.requests.transitions import due
from handlers.work import Queue
from tests.attacks.forging import all_done
from tests.attacks.operating import inject
from tests.scenarios.room import CRITICAL, Json, Room, ops_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


def taking_back(room: Room, message: Json, mark: str = "") -> str:
    """The bot's note to itself to delete this message of its own; without a mark of another's, its own."""
    app, ts = room.slack.app, message["ts"]
    own = HmacSealer(app.bot_token, app.signing_secret).mac("take-back", CRITICAL, ts)
    return due("take-back", channel=CRITICAL, ts=ts, mark=mark or own)


def stands(room: Room, message: Json) -> bool:
    return message["ts"] in [one["ts"] for one in room.from_bot() if not one.get("deleted")]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "method": "chat.delete", "error": "internal_error", "times": 1},
        {"kind": "http", "method": "chat.delete", "status": 503, "times": 1},
        {"kind": "cut", "method": "chat.delete", "times": 1},
    ],
    ids=["an error of Slack's", "a busy Slack", "no answer"],
)
async def test_what_slack_does_not_delete_at_once_is_deleted_later(room: Room, fault: Json) -> None:
    _, root = await room.contained()
    added = room.slack.faults.add(fault)
    inject(room, Queue.DUE, "take-back/it", taking_back(room, root))
    await room.until(lambda: added.hits, "Slack to be asked")
    room.slack.faults.clear(added.id)
    room.advance(seconds=60)
    await room.until(lambda: not stands(room, root), "it to be gone")


async def test_without_the_bots_mark_nothing_is_deleted(room: Room) -> None:
    _, root = await room.contained()
    inject(room, Queue.DUE, "take-back/mine", taking_back(room, root, "0" * 64))
    await all_done(room)
    assert stands(room, root)
