"""A message that stands twice is taken back in the end, and nobody else can have the bot delete its words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sealing import HmacSealer
from handlers.changes import due
from handlers.sending import SecondPost
from handlers.work import Queue
from tests.attacks.forging import KEYS, all_done
from tests.attacks.operating import inject
from tests.scenarios.opening import ops_room
from tests.scenarios.room import CRITICAL, Json, Room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


def taking_back(room: Room, message: Json, slot: str, mark: str = "") -> str:
    """The bot's note to itself to delete a second post of this slot; without a mark of another's, its own."""
    app = room.slack.app
    second = SecondPost(channel=CRITICAL, ts=message["ts"], slot=slot, posted_at=room.clock.now())
    own = HmacSealer(app.bot_token, app.signing_secret).mac(*second.marked)
    told = second.model_copy(update={"mark": mark or own})
    return due("take-back", **told.model_dump(mode="json"))


def slot_of(message: Json) -> str:
    return str(message["metadata"]["event_payload"]["slot"])


def other_slot(room: Room, message: Json) -> str:
    """One whose message stands elsewhere."""
    return next(slot_of(one) for one in room.from_bot() if slot_of(one) != slot_of(message))


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
    inject(room, Queue.DUE, "take-back/it", taking_back(room, root, other_slot(room, root)))
    await room.until(lambda: added.hits, "Slack to be asked")
    room.slack.faults.clear(added.id)
    room.advance(seconds=60)
    await room.until(lambda: not stands(room, root), "it to be gone")


async def test_without_the_bots_mark_nothing_is_deleted(room: Room) -> None:
    _, root = await room.contained()
    inject(room, Queue.DUE, "take-back/mine", taking_back(room, root, other_slot(room, root), "0" * 64))
    await all_done(room)
    assert stands(room, root)


async def test_what_is_no_second_post_stays(room: Room) -> None:
    _, root = await room.contained()
    inject(room, Queue.DUE, "take-back/first", taking_back(room, root, slot_of(root)))
    await all_done(room)
    assert stands(room, root)


async def test_it_is_asked_again_until_it_is_known_which_post_stands(room: Room) -> None:
    _, root = await room.contained()
    inject(room, Queue.DUE, "take-back/soon", taking_back(room, root, "R-1/nobody"))
    with room.server.plain() as client:
        claims = KEYS.queue(Queue.DUE).claims
        await room.until(lambda: client.hexists(claims, "take-back/soon"), "it to be tried")
        assert stands(room, root)
        client.hset(KEYS.slots, "R-1/nobody", f"{CRITICAL} 1.1")
    await room.until(lambda: not stands(room, root), "it to be gone")
