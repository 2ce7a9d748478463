"""Words that would make an alert quiet, from those who may not say them, and in the name of those who may."""

from __future__ import annotations

import json
import re

import pytest

from tests.attacks.forging import all_done, message_event, tell_event
from tests.scenarios.edge import click_payload, post_command, post_form, submission_payload
from tests.scenarios.refusing import events_withheld
from tests.scenarios.room import (
    CRITICAL,
    GUEST,
    NOOR,
    OMAR,
    OTHER_BOT,
    RUTH,
    STRANGER,
    VERA,
    Json,
    Room,
    text_of,
)

QUIET = (
    "snooze 30m because it is late",
    "severity SEV1 because I say so",
    "assign <@U02OMAR>",
    "resolve because I say so",
    "done 1",
)
CHANGES = ("alert-snoozed", "alert-acknowledged", "alert-resolved")


def alert_id(root: Json) -> str:
    """The alert that a thread's first message shows."""
    found = re.search(r"`(A-[0-9A-Z]+)`", text_of(root))
    assert found is not None
    return found[1]


def untouched(room: Room, alert: str) -> None:
    """The alert fires as it was opened: nobody did anything about it but its own containment."""
    moved = [one["detail"].get("by") for one in room.record() if one["subject"] == alert]
    assert {"contained", "clockran", None} >= set(moved)
    assert [] == [event for name in CHANGES for event in room.events(name)]


@pytest.mark.parametrize("who", [GUEST, STRANGER, OTHER_BOT, NOOR, VERA])
async def test_a_guest_a_bot_and_who_has_no_right_make_no_alert_quiet(room: Room, who: str) -> None:
    _, root = await room.contained()
    for words in QUIET:
        await room.say(who, f"@countersign {words}", root["ts"])
        await post_command(room, who, "/ops", words.replace(" ", f" {alert_id(root)} ", 1), trigger="3.1")
    await room.say(who, "ACK - me", root["ts"])
    await all_done(room)
    untouched(room, alert_id(root))


@pytest.mark.parametrize("mark", ["> {}", "`{}`", "```{}```", "please {}", "he said: {}"])
async def test_quoted_words_and_words_in_a_sentence_do_nothing(room: Room, mark: str) -> None:
    _, root = await room.contained()
    for words in (*(f"@countersign {one}" for one in QUIET), "ACK - on it"):
        await room.say(RUTH, mark.format(words), root["ts"])
    await all_done(room)
    untouched(room, alert_id(root))


async def test_an_edited_message_makes_no_alert_quiet(room: Room) -> None:
    _, root = await room.contained()
    ts = await room.say(RUTH, "I look at it", root["ts"])
    for words in ("ACK - on it", *(f"@countersign {one}" for one in QUIET)):
        await room.slack.act(RUTH, "edit", channel=CRITICAL, ts=ts, text=words)
    await all_done(room)
    untouched(room, alert_id(root))


async def test_words_that_are_edited_before_they_are_counted_do_not_count(room: Room) -> None:
    _, root = await room.contained()
    with events_withheld(room):
        ts = await room.say(RUTH, "@countersign snooze 5m because of lunch", root["ts"])
        await room.slack.act(RUTH, "edit", channel=CRITICAL, ts=ts, text="never mind")
    words = "<@U0COUNTER> snooze 5m because of lunch"
    await tell_event(room, message_event(RUTH, words, ts, root["ts"]))
    await room.hears(RUTH, "was edited before it was counted")
    untouched(room, alert_id(root))


async def test_an_answer_that_is_deleted_before_it_is_counted_stops_no_clock(room: Room) -> None:
    _, root = await room.contained()
    with events_withheld(room):
        ts = await room.say(OMAR, "ACK - on it", root["ts"])
        await room.slack.act(OMAR, "delete", channel=CRITICAL, ts=ts)
    await tell_event(room, message_event(OMAR, "ACK - on it", ts, root["ts"]))
    await all_done(room)
    untouched(room, alert_id(root))


async def test_an_answer_in_another_alerts_thread_stops_no_clock_of_this_one(room: Room) -> None:
    record, root = await room.contained()
    _, other = await room.contained()
    for named in (alert_id(root), record["Run_ID"]):
        await room.say(OMAR, f"ACK {named} - on it", other["ts"])
        await room.sees(f"{named}` is not what this thread is about", other["ts"])
    await all_done(room)
    untouched(room, alert_id(root))


async def test_forged_words_clicks_and_forms_do_nothing_in_anybodys_name(room: Room) -> None:
    _, root = await room.contained()
    alert = alert_id(root)
    for number, words in enumerate(QUIET):
        said = f"<@U0COUNTER> {words}"
        await tell_event(room, message_event(RUTH, said, f"9000000000.00010{number}", root["ts"]))
        named = words.replace(" ", f" {alert} ", 1)
        await post_command(room, RUTH, "/ops", named, trigger=f"8.{number}.forged")
        click = click_payload(RUTH, "say-again", named, root["ts"], trigger=f"9.{number}.forged")
        await post_form(room, click)
    carried = {"do": "alert", "subject": f"snooze {alert}", "channel": CRITICAL, "thread_ts": root["ts"]}
    for mac in ("", "0" * 64):
        private = json.dumps({**carried, "at": int(room.clock.now().timestamp()), "mac": mac})
        _, answer = await post_form(room, submission_payload(RUTH, private, "alert"))
        assert "not opened by the bot for you" in answer
    await all_done(room)
    untouched(room, alert)


async def test_a_snooze_form_in_another_hand_or_for_another_alert_does_nothing(room: Room) -> None:
    _, root = await room.contained()
    await room.command(OMAR, "/ops", f"snooze {alert_id(root)}")
    carried: Json = json.loads((await room.modal(OMAR))["private_metadata"])
    for who, change in ((RUTH, {}), (OMAR, {"subject": f"resolve {alert_id(root)}"})):
        _, answer = await post_form(room, submission_payload(who, json.dumps(carried | change), "alert"))
        assert "not opened by the bot for you" in answer
    await all_done(room)
    untouched(room, alert_id(root))


async def test_a_snooze_lasts_neither_for_ever_nor_backwards(room: Room) -> None:
    _, root = await room.contained()
    for length in ("400d", "0m", "-30m", "1e9h", "61m", "30", "30s", "٣٠m"):
        await room.say(RUTH, f"@countersign snooze {length} because I like it quiet", root["ts"])
    await all_done(room)
    untouched(room, alert_id(root))


async def test_an_alert_is_given_to_no_bot_guest_stranger_or_text(room: Room) -> None:
    _, root = await room.contained()
    takers = [f"<@{one}>" for one in (OTHER_BOT, GUEST, STRANGER, NOOR, "U0COUNTER", "UNOBODY9")]
    for taker in (*takers, "<!channel>", "everybody", "@channel"):
        await room.say(RUTH, f"@countersign assign {taker}", root["ts"])
    await all_done(room)
    untouched(room, alert_id(root))


async def test_a_reason_cannot_call_anybody(room: Room) -> None:
    _, root = await room.contained()
    await room.say(OMAR, "@countersign snooze 5m because &lt;!channel&gt; and *bold*", root["ts"])
    told = await room.sees("snoozed this as O2", root["ts"])
    assert "<!channel>" not in json.dumps(told)
