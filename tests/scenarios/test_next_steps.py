"""What the bot tells people to do next is possible, and who it names could do it."""

from __future__ import annotations

import re

from tests.scenarios.room import OMAR, RUTH, VERA, Room, text_of


async def test_the_way_back_works_as_it_is_written(room: Room) -> None:
    record, root = await room.contained()
    await room.resolved(record, root)
    await room.release_asked(record, root)
    await room.say(RUTH, "APPROVED - false positive", root["ts"])
    done = await room.sees("is done and was read back.*The way back", root["ts"])
    way_back = re.search(r"The way back: `/ops ([^`]*)`", text_of(done))
    assert way_back is not None
    await room.command(RUTH, "/ops", way_back[1].replace("…", "it was none"))
    await room.sees("Quarantine a run.*done", root["ts"])
    assert f"runs/QUARANTINE/{record['Run_ID']}" == room.where(record["Run_ID"])
    await room.hears(RUTH, "Policy asks for no approval")


async def test_who_may_run_nothing_is_told_who_could(room: Room) -> None:
    await room.command(VERA, "/ops", "help credit-monitoring")
    told = await room.hears(VERA, "nothing to run here")
    assert "release: O2 Read Operator or O3 Approver could." in text_of(told)


async def test_help_shows_the_forms_of_answers_without_stray_marks(room: Room) -> None:
    await room.command(OMAR, "/ops", "help")
    told = text_of(await room.hears(OMAR, "In a thread"))
    for form in ("ACK - what you do", "APPROVED - why", "DENIED - why"):
        assert f"`{form}`" in told
    assert "ˋ" not in told
