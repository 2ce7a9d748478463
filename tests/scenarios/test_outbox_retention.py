"""After ninety days what is over is forgotten; the record, and whatever may still be answered, stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.keys import Keys
from handlers.trimming import SLICE
from tests.scenarios.opening import ops_room
from tests.scenarios.room import OMAR, RUTH, Json, Room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


def named(room: Room, *words: str) -> list[str]:
    """What the store still holds under a name with one of these words, the record and deliveries aside."""
    with room.server.plain() as client:
        keys = [key.decode() for key in client.scan_iter("{cs:T0PRACTICE}:*", count=1000)]
        fields = [key.decode() for name in ("slots", "threads") for key in _names(client, name)]
    keys = [key for key in keys if ":seen:" not in key]
    return [one for one in (*keys, *fields) if any(word in one for word in words)]


def _names(client: object, name: str) -> list[bytes]:
    """The fields or members of an index of the store."""
    key = f"{{cs:T0PRACTICE}}:{name}"
    read = client.hkeys(key) if name == "slots" else client.zrange(key, 0, -1)  # type: ignore[attr-defined]
    return list(read)


def alert_id(root: Json) -> str:
    return str(root["metadata"]["event_payload"]["slot"]).removeprefix("alert/")


def trimmed(room: Room) -> int:
    """How many entries the record has of trimming."""
    return len(room.events("objects-forgotten") + room.events("threads-forgotten"))


def taken(room: Room) -> list[Json]:
    """The record of every old run's alert; those that they share a thread with stand for others."""
    return [one for one in room.events("alert-firing") if one["detail"]["about"].startswith("RUN-OLD-")]


async def quiet_quarter(room: Room, first: str = "threads-forgotten") -> None:
    """Everything is said; then ninety-one days pass, and a slice is trimmed."""
    with room.server.plain() as client:
        deliveries = Keys("T0PRACTICE").outbox_deliveries
        await room.until(lambda: 0 == client.hlen(deliveries), "everything to be said")
    room.advance(days=91)
    await room.until(lambda: room.events(first), "the first slice of trimming")


async def test_what_is_over_is_forgotten_and_what_waits_stays(room: Room) -> None:
    record, root = await room.contained()
    await room.resolved(record, root)
    request = room.request_id(await room.release_asked(record, root))
    await room.say(RUTH, "APPROVED - false positive", root["ts"])
    await room.sees(f"{request}.*is done and was read back", root["ts"])
    _, waiting = await room.contained()
    told = room.record()
    over = (alert_id(root), request)
    assert named(room, *over)

    await quiet_quarter(room)

    assert [] == named(room, *over, str(record["Run_ID"]))
    assert told == room.record()[: len(told)]
    await room.say(OMAR, "ACK - on it at last", waiting["ts"])
    await room.sees("acknowledged as O2", waiting["ts"])


async def test_a_slice_is_bounded_and_the_next_comes_a_minute_later(room: Room) -> None:
    record = room.monitor.record("EMAIL_SEND_001", "SEV3", room.clock.now())
    for number in range(2 * SLICE):
        assert 202 == (await room.post_record(record | {"Run_ID": f"RUN-OLD-{number:03}"}))[0]
    await room.until(lambda: 2 * SLICE == len(taken(room)), "every alert to be taken")
    alerts = [f"alert/{entry['subject']}" for entry in taken(room)]
    await quiet_quarter(room, "objects-forgotten")
    await room.post_record(record | {"Run_ID": "RUN-NEW-001"})
    await room.until(lambda: named(room, "RUN-NEW-001"), "a new alert")
    while named(room, *alerts):
        done = trimmed(room)
        room.advance(seconds=61)
        # The last slice may have come between the two looks: then no other follows within the minute.
        more = lambda: trimmed(room) > done or not named(room, *alerts)  # noqa: B023, E731
        await room.until(more, "the next slice")
    assert SLICE >= max(entry["detail"]["objects"] for entry in room.events("objects-forgotten"))
    assert named(room, "RUN-NEW-001")


async def test_a_forgotten_thread_can_be_spoken_in_and_its_run_alerted_again(room: Room) -> None:
    record, root = await room.contained()
    await room.resolved(record, root)
    await quiet_quarter(room)
    assert [] == named(room, alert_id(root))
    await room.say(OMAR, "ACK - late", root["ts"])
    await room.hears(OMAR, "no alert in this thread", root["ts"])
    await room.post_record(record | {"Credits_Total": 999})
    await room.sees(f"SEV0.*{record['Run_ID']}.*999 against")
    assert 2 == len({entry["subject"] for entry in room.events("alert-firing")})
