"""The kill switch (CM-73): alerts are recorded and not told, for a while that all see and that ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.bodies import notice, notification, post
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, RUTH, Json, Room, text_of


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


async def switched_off(room: Room, length: str = "2h") -> Json:
    """Ruth switches the credit monitor's alerts off; returns the card that everybody sees."""
    words = f"kill-switch credit-monitoring for {length} because the monitor is being moved"
    await room.command(RUTH, "/ops", words)
    return await room.sees("Alerts of credit-monitoring are switched off.*being moved")


def shown(room: Room, record: Json) -> list[Json]:
    """Messages that name a run."""
    every = [*room.from_bot(), *room.from_bot(channel=ALERTS)]
    return [one for one in every if str(record["Run_ID"]) in text_of(one)]


async def recorded(room: Room, count: int) -> None:
    await room.until(lambda: len(room.events("alert-firing")) >= count, f"{count} alerts")


async def test_while_it_is_on_alerts_are_recorded_and_contained_and_not_told(room: Room) -> None:
    await switched_off(room)
    grave, minor = await room.alert("SEV0"), await room.alert("SEV1")
    await recorded(room, 2)
    # A file that is being moved is in both places for a moment.
    await room.until(lambda: 3 == len(room.events("request-succeeded")), "two cases and a quarantine")
    assert room.where(grave["Run_ID"]).startswith("runs/QUARANTINE")
    assert [] == [*shown(room, grave), *shown(room, minor)]
    (entry,) = room.events("alerts-off")
    assert "the monitor is being moved" == entry["detail"]["why"]


async def test_it_ends_by_itself_and_tells_what_is_still_open(room: Room) -> None:
    await switched_off(room)
    grave = await room.alert("SEV0")
    await recorded(room, 1)
    room.advance(hours=2, minutes=1)
    digest = await room.sees(r"held back: 1\. Still open, and told now: 1\. Over before: 0")
    assert "SEV0: 1" in text_of(digest)
    root = await room.sees(rf"SEV0 · .*{grave['Run_ID']}")
    await room.say(OMAR, "ACK - O2 Omar", root["ts"])
    await room.sees("acknowledged as O2", root["ts"])


async def test_who_holds_no_role_for_it_is_told_who_could(room: Room) -> None:
    await room.command(OMAR, "/ops", "kill-switch credit-monitoring for 1h because quiet please")
    await room.hears(OMAR, "O3 Approver.*credit-monitoring.yaml kill_switch")
    assert [] == room.events("alerts-off")


@pytest.mark.parametrize(
    "words", ["for 5h because too long", "for 1h", "because no end", "for 1s because too short"]
)
async def test_it_takes_a_reason_and_an_end_within_policys_bound(room: Room, words: str) -> None:
    await room.command(RUTH, "/ops", f"kill-switch credit-monitoring {words}")
    await room.hears(RUTH, "It lasts 4h at most")
    assert [] == room.events("alerts-off")


async def test_the_words_of_the_system_come_first_as_well(room: Room) -> None:
    await room.command(RUTH, "/ops", "credit-monitoring kill-switch for 1h because we move it")
    await room.sees("Alerts of credit-monitoring are switched off")


async def test_it_is_ended_sooner_by_words(room: Room) -> None:
    await switched_off(room)
    await room.alert("SEV1")
    await recorded(room, 1)
    await room.command(RUTH, "/ops", "kill-switch credit-monitoring off because it is moved")
    await room.sees(f"are back.*They are back since .*<@{RUTH}>")
    await room.until(lambda: room.slack.messages(ALERTS), "the alert that was held back")


async def test_severities_that_are_not_held_are_told(room: Room) -> None:
    await switched_off(room)
    record = await room.alert("SEV3")
    await room.until(
        lambda: [
            one
            for name in room.slack.workspace.channels
            for one in room.slack.messages(name)
            if str(record["Run_ID"]) in text_of(one)
        ],
        "the alert of small variance",
    )


async def test_it_is_on_after_a_restart_and_ends_then(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            await switched_off(room)
        async with serving_replica(room):
            record = await room.alert("SEV1")
            await recorded(room, 1)
            assert [] == shown(room, record)
            room.advance(hours=3)
            await room.until(lambda: shown(room, record), "the alert that was held back")


async def test_a_switch_that_somebody_wrote_into_the_store_holds_nothing_back(room: Room) -> None:
    await switched_off(room)
    key = "{cs:T0PRACTICE}:object:kill-switch/credit-monitoring"
    with room.server.plain() as client:
        document = client.hget(key, "doc").decode()
        client.hset(key, "doc", document.replace("being moved", "being robbed"))
    record = await room.alert("SEV0")
    await room.sees(rf"SEV0 · .*{record['Run_ID']}")


async def test_the_board_says_that_alerts_are_off(room: Room) -> None:
    await switched_off(room)
    await room.command(OMAR, "/ops", "board", CRITICAL)
    await room.sees("What is open.*switched the alerts of credit-monitoring off")


def auditron_has_one(policies: Path) -> None:
    """Ruth may switch AUDITRON's warnings off as well."""
    path = policies / "systems" / "auditron.yaml"
    path.write_text(path.read_text() + "\nkill_switch: {roles: [o3], holds: [warning], longest: 4h}\n")


async def test_what_was_over_and_fires_again_while_it_is_on_is_held_back_as_well(tmp_path: Path) -> None:
    async with ops_room(tmp_path, edit=auditron_has_one) as room:
        await post(room, notification(notice()))
        root = await room.sees("QueueBacklog is too high", channel=ALERTS)

        def card() -> str:
            return next(text_of(one) for one in room.from_bot(channel=ALERTS) if one["ts"] == root["ts"])

        room.advance(minutes=5)
        await post(room, notification(notice(status="resolved")))
        await room.sees("QueueBacklog is too high.*Its sender says that it is over", channel=ALERTS)
        over = card()
        await room.command(RUTH, "/ops", "kill-switch auditron for 20m because the queue is moved")
        await room.sees("Alerts of auditron are switched off", channel=ALERTS)
        room.advance(minutes=5)
        await post(room, notification(notice()))
        await recorded(room, 2)
        assert room.events("alerts-off")[0]["subject"] == told_of(room, root)["held"]
        assert over == card()
        room.advance(minutes=20)
        await room.sees(r"held back: 1\. Still open, and told now: 1\. Over before: 0", channel=ALERTS)
        await room.until(lambda: card() != over, "it to be told in its old thread")


def told_of(room: Room, root: Json) -> Json:
    """The stored alert of a thread."""
    name = root["metadata"]["event_payload"]["slot"]
    with room.server.plain() as client:
        stored: Json = json.loads(client.hget(f"{{cs:T0PRACTICE}}:object:{name}", "doc") or "{}")
    return stored


@pytest.mark.parametrize("given_up", [False, True], ids=["its rule", "its system"])
async def test_what_it_held_back_is_told_although_policy_has_lost(tmp_path: Path, given_up: bool) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            await switched_off(room)
            grave = await room.alert("SEV0")
            await recorded(room, 1)
            await room.until(lambda: 2 == len(room.events("request-succeeded")), "a case and a quarantine")
        file = room.policies / "systems" / "credit-monitoring.yaml"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(one for one in lines if not one.startswith("kill_switch:")))
        if given_up:
            file.unlink()
        async with serving_replica(room, activate=True):
            room.advance(hours=2, minutes=1)
            await room.sees(rf"SEV0 · .*{grave['Run_ID']}")
            await room.sees(r"held back: 1\. Still open, and told now: 1")
