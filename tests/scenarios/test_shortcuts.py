"""The menu of a message in the bot's threads does what its buttons do."""

from __future__ import annotations

from tests.scenarios.refusing import release_waits, state
from tests.scenarios.room import CRITICAL, OMAR, PIA, RUTH, Json, Room


async def choose(room: Room, who: str, shortcut: str, ts: str) -> Json:
    return await room.slack.act(who, "shortcut", callback_id=shortcut, channel=CRITICAL, ts=ts)


async def test_an_alert_is_acknowledged_from_the_menu_of_any_message_in_its_thread(room: Room) -> None:
    _, root = await room.contained()
    said = await room.say(PIA, "who looks at this?", root["ts"])
    await choose(room, OMAR, "shortcut-ack", said)
    await room.sees("acknowledged as O2", root["ts"])


async def test_the_one_request_that_waits_is_approved_from_the_menu(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await choose(room, RUTH, "shortcut-approve", waiting.thread)
    await room.submit(RUTH, reason="digests compared")
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_the_menu_gives_nobody_a_right(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await choose(room, PIA, "shortcut-approve", waiting.thread)
    await room.hears(PIA, "Only O3 Approver may approve release")
    assert "awaiting_approval" == state(room, waiting.id)


async def test_where_nothing_waits_the_menu_says_so(room: Room) -> None:
    _, root = await room.contained()
    await choose(room, RUTH, "shortcut-deny", root["ts"])
    await room.hears(RUTH, "Nothing in this thread waits")
    elsewhere = await room.say(RUTH, "good morning")
    await choose(room, RUTH, "shortcut-ack", elsewhere)
    await room.hears(RUTH, "There is no alert in this thread")
