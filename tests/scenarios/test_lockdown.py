"""A lockdown stops every effect until two people lift it; what people record goes on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.edge import post_command
from tests.scenarios.opening import ops_room
from tests.scenarios.refusing import release_waits, state
from tests.scenarios.room import IVO, NOOR, OMAR, RUTH, VERA, Room, text_of


@pytest.fixture
async def http_room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


async def locked(room: Room) -> None:
    await room.command(VERA, "/ops", "lockdown because a token leaked")
    await room.sees("Lockdown: no action has any effect.*a token leaked")


async def test_a_lockdown_refuses_requests_and_approvals_and_two_people_lift_it(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await locked(room)
    await room.command(OMAR, "/release", "RUN-20261120-EMA000 because false positive")
    await room.hears(OMAR, "stopped everything.*a token leaked.*O3 Approver.*/ops lift because")
    await room.say(RUTH, "APPROVED - looks fine", waiting.thread)
    refused = text_of(await room.sees("stopped everything.*a token leaked", waiting.thread))
    assert "Two people who hold O3 Approver lift it: each writes `/ops lift because …`" in refused
    assert "Who could" not in refused
    assert "awaiting_approval" == state(room, waiting.id)

    await room.command(RUTH, "/ops", "lift because the token is revoked")
    await room.sees("wants it lifted.*the token is revoked")
    await room.command(RUTH, "/ops", "lift because I say so twice")
    await room.hears(RUTH, "counted already")
    await room.command(IVO, "/ops", "lift because I checked it too")
    await room.sees("The lockdown is lifted")
    await room.say(RUTH, "APPROVED - looks fine", waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_a_board_in_a_lockdown_is_no_all_clear(room: Room) -> None:
    await locked(room)
    await room.command(VERA, "/ops", "board")
    board = await room.sees("What is open.*stopped everything.*a token leaked")
    assert "✅" not in text_of(board)


async def test_an_alert_is_taken_and_acknowledged_in_a_lockdown_and_contained_after_it(room: Room) -> None:
    await locked(room)
    record = await room.alert()
    root = await room.sees(f"{record['Run_ID']}.*Containment is under way")
    await room.say(OMAR, "ACK - O2 Omar on it", root["ts"])
    await room.sees("acknowledged as O2", root["ts"])
    assert "QUARANTINE" not in room.where(record["Run_ID"])
    for who in (RUTH, IVO):
        await room.command(who, "/ops", "lift because it was a drill")
    await room.sees("The lockdown is lifted")
    room.advance(seconds=10)
    await room.sees(rf"{record['Run_ID']}.*Quarantined:.*")
    assert "QUARANTINE" in room.where(record["Run_ID"])


@pytest.mark.parametrize(("who", "words"), [(NOOR, "lockdown because x"), (OMAR, "lift because x")])
async def test_who_does_not_hold_the_role_neither_starts_nor_lifts(room: Room, who: str, words: str) -> None:
    await room.command(who, "/ops", words)
    await room.hears(who, "Only .* may (start|lift) a lockdown")


async def test_a_lockdown_needs_its_reason(room: Room) -> None:
    await room.command(VERA, "/ops", "lockdown")
    await room.hears(VERA, "Say why: .*lockdown because")


async def test_a_forged_lifting_lifts_nothing(http_room: Room) -> None:
    room = http_room
    await locked(room)
    for who in (RUTH, IVO):
        assert (200, "") == await post_command(room, who, "/ops", "lift because x", trigger=f"1.2.{who}")
        await room.hears(who, "took too long to reach me|does not vouch")
    assert [] == room.events("lockdown-lifted")
    assert [] == [one for one in room.from_bot() if "is lifted" in text_of(one)]


async def test_a_lifting_that_somebody_wrote_into_the_store_lifts_nothing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await locked(room)
    key = "{cs:T0PRACTICE}:object:lockdown/workspace"
    with room.server.plain() as client:
        stored = json.loads(client.hget(key, "doc"))
        word = stored["start"] | {"by": RUTH}
        stored["lifts"] = [word, word | {"by": IVO}]
        client.hset(key, "doc", json.dumps(stored))
    await room.say(RUTH, "APPROVED - looks fine", waiting.thread)
    await room.sees("stopped everything.*a token leaked", waiting.thread)
    assert "awaiting_approval" == state(room, waiting.id)
