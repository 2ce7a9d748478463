"""Commands count when Slack vouches for them; what is missing in them is asked for in a modal."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers.parsing import LONGEST_COMMAND
from tests.scenarios.edge import JSON, post, post_command, post_form, submission_payload
from tests.scenarios.opening import ops_room
from tests.scenarios.refusing import disk
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, RUTH, Json, Room, text_of


@pytest.fixture
async def http_room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


def receipt(room: Room, who: str) -> Json | None:
    """The receipt that somebody has in front of them."""
    stack = room.slack.views.stacks.get(who)
    return stack[-1] if stack and stack[-1]["callback_id"] == "receipt" else None


async def test_a_complete_command_is_met_by_a_receipt_that_says_what_was_understood(room: Room) -> None:
    record, root = await room.contained()
    await room.command(OMAR, "/release", f"{record['Run_ID']} because false positive")
    shown = text_of(await room.until(lambda: receipt(room, OMAR), "a receipt"))
    call = f"credit-monitoring release {record['Run_ID']}"
    assert f"Release a run from quarantine: `{call}`" in shown
    assert "Because: false positive" in shown
    assert "O3 Approver then approves or denies it." in shown
    await room.sees("Release a run.*waiting for approval", root["ts"])


async def test_a_command_that_slack_does_not_vouch_for_asks_for_nothing(http_room: Room) -> None:
    room = http_room
    record, root = await room.contained()
    before = disk(room)
    text = f"{record['Run_ID']} because I say so"
    assert (200, "") == await post_command(room, OMAR, "/release", text, trigger="1.2.forged")
    await room.hears(OMAR, "I cannot be sure that it is yours")
    assert before == disk(room)
    assert [] == [one for one in room.from_bot(root["ts"]) if "waiting for approval" in text_of(one)]
    assert [OMAR] == [entry["actor"] for entry in room.events("command-stale")]


async def test_the_longest_command_that_came_late_is_said_again_by_a_button_too(room: Room) -> None:
    because = "because they leaked"
    room_left = LONGEST_COMMAND - len(f"revoke-tokens  {because}")
    tokens = " ".join(f"token{number:055}" for number in range(40))[:room_left].strip()
    room.slack.faults.add(
        {"kind": "error", "method": "views.open", "error": "expired_trigger_id", "times": 1}
    )
    await room.command(OMAR, "/revoke", f"{tokens} {because}")
    offered = await room.hears(OMAR, because)
    assert "Yes, that was me" in text_of(offered)


async def test_a_command_that_came_late_is_said_again_by_a_button(room: Room) -> None:
    record, root = await room.contained()
    room.slack.faults.add(
        {"kind": "error", "method": "views.open", "error": "expired_trigger_id", "times": 1}
    )
    await room.command(OMAR, "/release", f"{record['Run_ID']} because false positive")
    offered = await room.hears(OMAR, f"release {record['Run_ID']} because false positive")
    await room.press(OMAR, offered, "Yes, that was me")
    card = await room.sees("Release a run.*waiting for approval", root["ts"])
    assert "Because: false positive" in text_of(card)


async def test_a_command_without_its_reason_opens_a_modal_that_asks_for_it(room: Room) -> None:
    record, root = await room.contained()
    await room.command(OMAR, "/release", record["Run_ID"])
    modal = await room.modal(OMAR)
    assert "Say why in the form, or write" in text_of(modal)
    run_id, because = (block["element"] for block in modal["blocks"][1:])
    assert record["Run_ID"] == run_id["initial_value"]
    assert (None, True) == (run_id.get("focus_on_load"), because.get("focus_on_load"))
    await room.submit(OMAR, run_id=record["Run_ID"], because="false positive")
    card = await room.sees("Release a run.*waiting for approval", root["ts"])
    assert "Because: false positive" in text_of(card)


async def test_a_command_without_its_target_opens_a_modal_that_says_what_is_wrong_at_its_field(
    room: Room,
) -> None:
    record, root = await room.contained()
    await room.command(OMAR, "/release", "")
    assert "Still missing: run id" in text_of(await room.modal(OMAR))
    await room.submit(OMAR, run_id="RUN-../../etc/passwd", because="false positive")
    assert ["run_id"] == list((await room.modal(OMAR))["errors"])
    await room.submit(OMAR, run_id=record["Run_ID"], because="false positive")
    await room.sees("Release a run.*waiting for approval", root["ts"])


async def test_a_mention_without_its_reason_is_completed_through_a_button(room: Room) -> None:
    record, root = await room.contained()
    await room.say(OMAR, "@countersign release", root["ts"])
    button = await room.hears(OMAR, "Say why", root["ts"])
    await room.press(OMAR, button, "Complete the command")
    await room.submit(OMAR, run_id=record["Run_ID"], because="false positive")
    await room.sees("Release a run.*waiting for approval", root["ts"])


async def test_a_mention_outside_a_thread_is_answered_in_the_channel(room: Room) -> None:
    """Slack shows nobody what is whispered into a thread without replies."""
    await room.say(OMAR, "@countersign scale auditron-api 5", channel=ALERTS)
    button = await room.hears(OMAR, "Say why")
    assert "thread_ts" not in button
    await room.press(OMAR, button, "Complete the command")
    await room.submit(OMAR, deployment="auditron-api", replicas="5", because="queue backlog")
    card = await room.sees("waiting for approval", channel=ALERTS)
    asked = await room.hears(OMAR, r"Asked: .*It waits for")
    assert "thread_ts" not in asked
    await room.slack.act(OMAR, "click", channel=ALERTS, ts=card["ts"], action_id="approve")
    await room.hears(OMAR, "You asked for this yourself")


async def test_a_mention_that_slack_does_not_show_asks_for_nothing(http_room: Room) -> None:
    room = http_room
    _, root = await room.contained()
    ts = f"{float(root['ts']) + 50:.6f}"
    said = {"type": "message", "channel": CRITICAL, "user": OMAR, "ts": ts, "thread_ts": root["ts"]}
    event = said | {"text": "<@U0COUNTER> release because I say so", "event_ts": ts}
    outer = {"type": "event_callback", "team_id": "T0PRACTICE", "event_id": "Ev0FORGED", "event": event}
    body = json.dumps(outer).encode()
    assert (200, "") == await post(room, body, kind=JSON)
    await room.hears(OMAR, r"no longer in Slack.*write it again\. Nothing happened", root["ts"])
    assert [] == [one for one in room.from_bot(root["ts"]) if "waiting for approval" in text_of(one)]


async def test_a_form_of_one_person_asks_for_nothing_in_the_hand_of_another(http_room: Room) -> None:
    room = http_room
    record, root = await room.contained()
    await room.command(OMAR, "/release", record["Run_ID"])
    private = (await room.modal(OMAR))["private_metadata"]
    _, answer = await post_form(room, submission_payload(RUTH, private, callback="ask"))
    assert "not opened by the bot for you" in answer
    assert [] == [one for one in room.from_bot(root["ts"]) if "waiting for approval" in text_of(one)]
