"""A storm in a channel: people are answered first, cards are shown once, other channels notice nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store.keys import Keys
from bot.workers import CHANNEL_PACE
from handlers.work import Pace, Queue
from tests.chaos.once import quiet
from tests.scenarios.opening import BRISK, ops_room
from tests.scenarios.room import CRITICAL, OMAR, PATIENCE, PIA, Json, Room, text_of

SLOW = replace(CHANNEL_PACE, every=3.0)
"""A third of Slack's pace: a crowded machine takes a minute to record a storm, which must still wait then."""
PACED = replace(BRISK, pace=SLOW)
STORM = 300


def everything_into_one_channel(policies: Path) -> None:
    """Alerts of every severity go to #ops-critical."""
    path = policies / "systems" / "credit-monitoring.yaml"
    text = path.read_text()
    assert '"#ops-monitoring"' in text
    path.write_text(text.replace('"#ops-monitoring"', '"#ops-critical"'))
    severities = policies / "severities.yaml"
    text = severities.read_text()
    rates = "  of_one_cause: 10\n  in_one_channel: 20\n"
    assert rates in text  # each alert has a thread of its own here: what is tested is their waiting
    severities.write_text(text.replace(rates, "  of_one_cause: 500\n  in_one_channel: 500\n"))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """A room whose bot keeps a pace: a message every three seconds and channel."""
    async with ops_room(tmp_path, tuning=PACED, edit=everything_into_one_channel) as opened:
        yield opened


def minor(room: Room, **more: object) -> Json:
    """A record that opens a thread and nothing else."""
    return room.monitor.record("EMAIL_SEND_001", "SEV3", room.clock.now()) | more


def waiting(room: Room) -> int:
    """How many messages the outbox holds."""
    with room.server.plain() as client:
        return int(client.hlen(Keys("T0PRACTICE").outbox_deliveries))


async def storm(room: Room) -> None:
    """Hundreds of alerts, all recorded and almost none shown yet."""
    await room.post_records([minor(room) for _ in range(STORM)])
    taken = lambda: len(room.events("alert-firing")) > STORM  # noqa: E731
    await room.until(taken, "every alert to be taken", 4 * PATIENCE)
    assert waiting(room) > STORM * 3 / 4


def calls(room: Room, method: str, slot: str) -> list[Json]:
    """The calls of one method that showed a slot and succeeded."""
    made = [one for one in room.slack.web_api.calls if one.method == method and one.ok]
    return [one.args for one in made if one.args["metadata"]["event_payload"]["slot"] == slot]


async def acknowledged(room: Room, root: Json) -> None:
    """Omar acknowledges an alert, and its first message shows it."""
    await room.say(OMAR, "ACK - on it", root["ts"])
    await room.sees(rf"{root['text'].partition(':')[0]}.*<@{OMAR}> acknowledged as O2")


async def test_answers_do_not_wait_behind_a_storm_of_alerts(room: Room) -> None:
    _, root = await room.contained()
    await storm(room)
    await room.command(PIA, "/ops", "help")
    await room.hears(PIA, "Here is what you may do")
    await acknowledged(room, root)
    await room.sees("acknowledged as O2", root["ts"])
    await room.say(OMAR, "@countersign resolve-case", root["ts"])
    await room.hears(OMAR, "Open the form", root["ts"])
    assert waiting(room) > STORM / 2


async def test_an_alert_told_fifty_times_is_posted_once_and_updated_few_times(tmp_path: Path) -> None:
    rare = replace(BRISK, pace=Pace(every=60.0, burst=3))  # however long fifty deliveries take here
    async with ops_room(tmp_path, tuning=rare, edit=everything_into_one_channel) as room:
        first = minor(room)
        for number in range(50):
            status, _ = await room.post_record(first | {"Credits_Total": 1000 + number})
            assert 202 == status
        with room.server.plain() as client:
            recorded = Keys("T0PRACTICE").queue(Queue.ALERTS).bodies
            await room.until(lambda: not client.hlen(recorded), "all of them to be taken")
        room.advance(minutes=1)
        shown = await room.sees("Told again by its sender, so far: 49")
        slot = shown["metadata"]["event_payload"]["slot"]
        assert 1 == len(calls(room, "chat.postMessage", slot))
        assert len(calls(room, "chat.update", slot)) <= 10


async def test_slacks_word_to_wait_holds_for_one_method_in_one_channel(room: Room) -> None:
    _, root = await room.contained()
    limit = {"kind": "rate_limited", "method": "chat.postMessage", "channel": CRITICAL, "retry_after": 3600}
    room.slack.faults.add({**limit, "times": 1})
    record = minor(room)
    await room.post_record(record)
    await room.until(lambda: [] == room.slack.faults.state(), "Slack to ask for patience")
    await acknowledged(room, root)
    await room.alert("SEV1")
    await room.until(lambda: room.slack.messages("C0ALERTS"), "an alert in another channel")
    assert [] == [one for one in room.from_bot() if str(record["Run_ID"]) in text_of(one)]
    room.advance(hours=1)
    await room.sees(str(record["Run_ID"]))


async def test_a_hanging_channel_delays_neither_whispers_there_nor_others(room: Room) -> None:
    _, root = await room.contained()
    hang = {"kind": "hang", "method": "chat.postMessage", "channel": CRITICAL, "seconds": 60, "times": 3}
    fault = room.slack.faults.add(hang)
    await room.post_record(minor(room))
    await room.until(lambda: fault.hits, "a post to hang")
    await room.say(OMAR, "@countersign resolve-case", root["ts"])
    await room.hears(OMAR, "Open the form", root["ts"])
    await acknowledged(room, root)
    await room.alert("SEV1")
    await room.until(lambda: room.slack.messages("C0ALERTS"), "an alert in another channel")


async def test_a_channel_that_refuses_the_bot_sets_its_messages_aside_and_goes_on(room: Room) -> None:
    await room.contained()
    error = {"kind": "error", "method": "chat.postMessage", "channel": CRITICAL, "error": "not_in_channel"}
    room.slack.faults.add({**error, "times": 1})
    lost, shown = minor(room), minor(room)
    await room.post_record(lost)
    await room.until(lambda: room.events("message-undeliverable"), "the refusal to be recorded")
    await room.post_record(shown)
    await room.sees(str(shown["Run_ID"]))
    (entry,) = room.events("message-undeliverable")
    assert {"channel": "#ops-critical", "why": "Slack refused: not_in_channel"} == entry["detail"]
    assert [] == [one for one in room.from_bot() if str(lost["Run_ID"]) in text_of(one)]
    await room.post_record(lost | {"Credits_Total": 7})
    await room.sees(str(lost["Run_ID"]))


async def test_a_post_whose_answer_was_lost_is_found_in_a_thread_of_more_than_ten_pages(
    tmp_path: Path,
) -> None:
    async with ops_room(tmp_path) as room:
        _, root = await room.contained()
        thread = room.slack.workspace.channels[CRITICAL].messages
        for number in range(1, 2002):
            ts = f"{float(root['ts']) + number / 1000:.6f}"
            said = {"type": "message", "user": PIA, "text": f"the log says {number}"}
            thread[ts] = {**said, "ts": ts, "thread_ts": root["ts"]}
        room.advance(minutes=12)
        room.slack.faults.add({"kind": "cut", "method": "chat.postMessage", "times": 1, "after_effect": True})
        await room.say(OMAR, "ACK - on it", root["ts"])
        await room.sees("acknowledged as O2", root["ts"])
        await room.until(lambda: quiet(room), "the outbox to be empty")
        assert 1 == len(
            [one for one in room.from_bot(root["ts"]) if "acknowledged as O2" in text_of(one)][1:]
        )
