"""What waits, what ended last, and the board that shows what is open."""

from __future__ import annotations

import re

from tests.scenarios.refusing import release_waits
from tests.scenarios.room import NOOR, OMAR, RUTH, VERA, Room, text_of


async def test_pending_shows_first_what_one_may_approve_oneself(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.command(RUTH, "/ops", "pending")
    mine = text_of(await room.hears(RUTH, "Open requests: 1"))
    assert "You may approve" in mine
    assert waiting.id in mine
    await room.command(OMAR, "/ops", "pending")
    others = text_of(await room.hears(OMAR, "Open requests: 1"))
    assert "You may approve" not in others
    assert waiting.id in others


async def test_what_ended_is_no_longer_pending_but_history(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.say(RUTH, "DENIED - not now", waiting.thread)
    await room.sees(f"denied.*{waiting.id}", waiting.thread)
    await room.command(RUTH, "/ops", "pending")
    await room.hears(RUTH, "Nothing waits")
    await room.command(RUTH, "/ops", "history credit-monitoring")
    told = text_of(await room.hears(RUTH, "What ended last"))
    assert f"{waiting.id} release" in told
    assert re.search(rf"denied .*<@{OMAR}> ✗ <@{RUTH}>", told)
    assert "by itself, as policy says" in told


async def test_the_status_of_a_request_leads_to_its_card(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.command(RUTH, "/ops", f"status {waiting.id}")
    told = text_of(await room.hears(RUTH, "Release a run from quarantine"))
    assert re.search(rf"<https://[^|]+\|{waiting.id}> · credit-monitoring release", told)


async def test_who_has_no_part_in_a_system_is_shown_nothing_of_it(room: Room) -> None:
    await release_waits(room, OMAR)
    await room.command(NOOR, "/ops", "pending")
    await room.hears(NOOR, "Nothing waits")
    await room.command(NOOR, "/ops", "history")
    await room.hears(NOOR, "Nothing has ended yet")
    await room.command(NOOR, "/ops", "board")
    await room.hears(NOOR, "A board is for people who have a part")


async def test_a_board_shows_what_is_open_and_changes_with_it(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.command(VERA, "/ops", "board")
    board = await room.sees(f"What is open.*{waiting.id}")
    await room.say(RUTH, "DENIED - not now", waiting.thread)
    await room.sees(f"denied.*{waiting.id}", waiting.thread)
    room.advance(seconds=10)

    def changed() -> bool:
        return any(one["ts"] == board["ts"] and waiting.id not in text_of(one) for one in room.from_bot())

    await room.until(changed, "the same board without the request")


async def test_a_board_is_kept_for_a_day(room: Room) -> None:
    await room.command(VERA, "/ops", "board")
    await room.sees("What is open.*Nothing is open")
    room.advance(hours=25)
    await room.sees("What is open.*No longer kept up to date")
