"""The clock of an alert and of a request: it runs from receipt, tells once, and stops."""

from __future__ import annotations

from datetime import timedelta

from tests.scenarios.refusing import disk, release_waits, state
from tests.scenarios.room import OMAR, PIA, RUTH, Room, text_of


def rungs(room: Room) -> int:
    """How often the on-call group was called because nobody answered."""
    called = [text_of(one) for one in room.from_bot() if "S03ONCALL" in text_of(one)]
    return len([text for text in called if "Nobody has acknowledged" in text])


async def test_who_assesses_exposure_is_told_at_once(room: Room) -> None:
    _, root = await room.contained()
    await room.sees("O3 assesses within 15 minutes.*S03ONCALL.*please reply", root["ts"])
    assert "Escalated" not in text_of(root)


async def test_nobody_acknowledges_and_the_first_rung_is_told_once(room: Room) -> None:
    _, root = await room.contained()
    room.advance(minutes=15, seconds=5)
    await room.sees("Nobody has acknowledged.*within 15 minutes.*S03ONCALL", root["ts"])
    await room.say(OMAR, "ACK - on it", root["ts"])
    await room.sees("acknowledged as O2", root["ts"])
    room.advance(minutes=30)
    await room.command(PIA, "/ops", "help")
    await room.hears(PIA, "Here is what you may do")
    assert 1 == rungs(room)


async def test_an_acknowledgement_stops_the_clock(room: Room) -> None:
    _, root = await room.contained()
    await room.say(OMAR, "ACK - on it", root["ts"])
    await room.sees("acknowledged as O2", root["ts"])
    room.advance(minutes=31)
    await room.command(PIA, "/ops", "help")
    await room.hears(PIA, "Here is what you may do")
    assert 0 == rungs(room)


async def test_an_acknowledgement_by_button_stops_the_clock(room: Room) -> None:
    _, root = await room.contained()
    label = next(
        one["text"]["text"] for block in root["blocks"] for one in block.get("elements", ())
        if one.get("action_id") == "ack"
    )  # fmt: skip
    await room.press(OMAR, root, label)
    await room.sees("acknowledged as O2", root["ts"])
    assert [OMAR] == [entry["actor"] for entry in room.events("alert-acknowledged")]


async def test_the_clock_counts_from_receipt_not_from_the_senders_time(room: Room) -> None:
    earlier = (room.clock.now() - timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    record = await room.alert("SEV0", Timestamp=earlier)
    root = await room.sees(rf"{record['Run_ID']}.*is open \(status Open\)")
    room.advance(minutes=14)
    await room.command(PIA, "/ops", "help")
    await room.hears(PIA, "Here is what you may do")
    assert 0 == rungs(room)
    room.advance(minutes=1, seconds=5)
    await room.sees("Nobody has acknowledged.*within 15 minutes", root["ts"])


async def test_an_unanswered_request_expires(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    room.advance(hours=5)
    await room.sees(f"{waiting.id}.*expired unanswered. Nothing was done", waiting.thread)
    await room.say(RUTH, "APPROVED - too late", waiting.thread)
    await room.sees(f"{waiting.id}.*is already expired", waiting.thread)
    assert "expired" == state(room, waiting.id)
    assert waiting.disk == disk(room)
