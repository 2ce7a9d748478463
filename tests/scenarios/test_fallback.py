"""A channel that takes no messages: its threads go on in the channel that policy names for that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.workers import CHANNEL_PACE
from tests.scenarios.opening import BRISK, ops_room
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, Json, Room, text_of

PACED = replace(BRISK, pace=replace(CHANNEL_PACE, every=3.0))
"""A third of Slack's pace: a crowded machine takes half a minute for sixty alerts, which must wait then."""


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


def refuse(room: Room, error: str, *methods: str) -> None:
    """Slack refuses what the bot says in #ops-alerts from now on."""
    for method in methods or ("chat.postMessage",):
        fault = {"kind": "error", "method": method, "channel": ALERTS, "error": error, "times": 99}
        room.slack.faults.add(fault)
        room.slack.faults.add(fault | {"channel": "#ops-alerts"})


async def stands_here(room: Room, record: Json) -> Json:
    """Wait for an alert's card in the fallback channel."""
    return await room.sees(rf"SEV1 · .*{record['Run_ID']}")


@pytest.mark.parametrize("error", ["is_archived", "channel_not_found", "not_in_channel"])
async def test_an_alert_whose_channel_takes_nothing_stands_in_the_fallback(room: Room, error: str) -> None:
    refuse(room, error)
    record = await room.alert("SEV1")
    shown = await room.until(
        lambda: [one for one in room.from_bot() if "#ops-alerts takes no messages of mine" in text_of(one)],
        "the alert in the fallback channel, and why it stands there",
    )
    assert str(record["Run_ID"]) in text_of(shown[0])
    (entry,) = room.events("message-moved")
    assert "#ops-critical" == entry["detail"]["to"]
    assert error in entry["detail"]["why"]
    assert [] == room.events("message-undeliverable")


async def test_its_thread_goes_on_there_and_is_answered_there(room: Room) -> None:
    refuse(room, "is_archived")
    record = await room.alert("SEV1")
    root = await stands_here(room, record)
    await room.say(OMAR, "ACK - O2 Omar", root["ts"])
    await room.sees("acknowledged as O2", root["ts"])
    assert [] == room.from_bot(channel=ALERTS)
    shown = await room.sees(rf"{record['Run_ID']}.*acknowledged", root["ts"])
    assert "#ops-alerts takes no messages of mine" in text_of(shown)


async def test_a_thread_whose_channel_is_archived_later_goes_on_in_the_fallback(room: Room) -> None:
    record = await room.alert("SEV1")
    await room.sees(rf"SEV1 · .*{record['Run_ID']}", channel=ALERTS)
    await room.until(lambda: room.events("request-succeeded"), "its case")
    refuse(room, "is_archived", "chat.postMessage", "chat.update")
    room.advance(hours=1, minutes=1)
    root = await stands_here(room, record)
    await room.say(OMAR, "ACK - O2 Omar", root["ts"])
    await room.sees("acknowledged as O2", root["ts"])


async def test_other_channels_notice_nothing(room: Room) -> None:
    refuse(room, "is_archived")
    await room.alert("SEV1")
    record, root = await room.contained()
    assert str(record["Run_ID"]) in text_of(root)


async def test_a_grave_alert_does_not_wait_behind_many_others(tmp_path: Path) -> None:
    def crowded(policies: Path) -> None:
        path = policies / "systems" / "credit-monitoring.yaml"
        path.write_text(path.read_text().replace('"#ops-monitoring"', '"#ops-critical"'))
        rates = policies / "severities.yaml"
        text = rates.read_text()
        assert "  of_one_cause: 10\n" in text
        rates.write_text(text.replace("of_one_cause: 10", "of_one_cause: 99").replace(": 20\n", ": 99\n"))

    async with ops_room(tmp_path, tuning=PACED, edit=crowded) as room:
        for _ in range(60):
            status, _ = await room.post_record(
                room.monitor.record("EMAIL_SEND_001", "SEV3", room.clock.now())
            )
            assert 202 == status
        await room.until(lambda: 60 == len(room.events("alert-firing")), "the others")
        grave = await room.alert("SEV0")
        await room.sees(rf"SEV0 · .*{grave['Run_ID']}")
        minor = [one for one in room.from_bot(channel=CRITICAL) if "SEV3 · " in text_of(one)]
        assert len(minor) < 40


async def test_what_slack_did_not_let_the_bot_say_is_said_once_it_lets_it_in(room: Room) -> None:
    refuse(room, "invalid_auth")
    record = await room.alert("SEV1")
    await room.until(lambda: room.events("alert-firing"), "the alert")
    await room.until(lambda: any(one["times"] < 99 for one in room.slack.faults.state()), "a refused post")
    for fault in room.slack.faults.state():
        room.slack.faults.clear(fault["id"])
    room.advance(seconds=30)
    await room.sees(rf"SEV1 · .*{record['Run_ID']}", channel=ALERTS)
    assert [] == room.events("message-undeliverable")


async def test_words_that_slack_did_not_let_the_bot_read_back_count_once_it_lets_it_in(room: Room) -> None:
    _, root = await room.contained()
    fault = {"kind": "error", "method": "conversations.replies", "error": "invalid_auth", "times": 1}
    room.slack.faults.add(fault)
    await room.say(OMAR, "ACK - O2 Omar", root["ts"])
    await room.until(lambda: not room.slack.faults.state(), "a refused look")
    room.advance(seconds=30)
    await room.sees("acknowledged as O2", root["ts"])
    assert [] == room.events("slack-refused")
