"""A thief of the signing secret presses buttons and types commands in somebody else's name."""

from __future__ import annotations

import json

from handlers.changes import readable_id
from handlers.requests.transitions import request_key
from tests.attacks.forging import KEYS, all_done, message_event, tell_event
from tests.attacks.operating import stored
from tests.scenarios.edge import click_payload, post_command, post_form
from tests.scenarios.refusing import assert_untouched, events_withheld, release_waits
from tests.scenarios.room import OMAR, RUTH, Json, Room, text_of


def button(message: Json, action: str) -> str:
    """What a button of a message carries."""
    elements = [one for block in message["blocks"] for one in block.get("elements", ())]
    return str(next(one["value"] for one in elements if one.get("action_id") == action))


async def test_a_forged_acknowledgement_by_button_stops_no_clock(room: Room) -> None:
    _, root = await room.contained()
    payload = click_payload(OMAR, "ack", button(root, "ack"), root["ts"], trigger="8.8.forged")
    await post_form(room, payload)
    await all_done(room)
    assert [] == room.events("alert-acknowledged")
    room.advance(minutes=16)
    await room.sees("Nobody (has )?acknowledged", root["ts"])


async def test_a_forged_acknowledgement_by_words_stops_no_clock(room: Room) -> None:
    _, root = await room.contained()
    await tell_event(room, message_event(OMAR, "ACK - on it", "9000000000.000100", root["ts"]))
    await room.sees("The reply is no longer in Slack", root["ts"])
    await all_done(room)
    assert [] == room.events("alert-acknowledged")


async def test_a_late_button_is_pressed_again(room: Room) -> None:
    _, root = await room.contained()
    fault = {"kind": "error", "method": "views.open", "error": "expired_trigger_id", "times": 1}
    room.slack.faults.add(fault)
    await room.press(OMAR, root, "Acknowledge")
    again = await room.hears(OMAR, "took too long")
    assert [] == room.events("alert-acknowledged")
    await room.press(OMAR, again, "Acknowledge")
    await room.sees("acknowledged as O2", root["ts"])


async def test_a_forged_cancellation_takes_nothing_back(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await post_form(room, click_payload(OMAR, "cancel", waiting.id, waiting.thread, trigger="8.8.forged"))
    await post_command(room, OMAR, "/ops", f"cancel {waiting.id}", trigger="8.9.forged")
    words = f"<@U0COUNTER> cancel {waiting.id}"
    await tell_event(room, message_event(OMAR, words, "9000000000.000200", waiting.thread))
    await all_done(room)
    assert_untouched(room, waiting)


async def test_a_true_cancellation_by_button_counts(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.press(OMAR, waiting.card, "Cancel")
    await room.sees(f"cancelled.*{waiting.id}", waiting.thread)


async def test_a_forged_request_is_none(room: Room) -> None:
    record, _ = await room.contained()
    text = f"{record['Run_ID']} because I say so"
    await post_command(room, RUTH, "/quarantine", text, trigger="8.10.forged")
    await post_command(room, RUTH, "/ops", f"credit-monitoring quarantine {text}", trigger="8.11.forged")
    await post_command(room, OMAR, "/release", text, trigger="8.12.forged")
    await post_form(room, click_payload(OMAR, "say-again", f"release {text}", "1.2", trigger="8.13.forged"))
    await all_done(room)
    assert [] == room.events("command-accepted")


async def test_a_request_whose_short_name_is_taken_gets_a_longer_one(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    with events_withheld(room):
        words = f"@countersign quarantine {waiting.run} because it began again"
        ts = await room.say(RUTH, words, waiting.thread)
        name = readable_id("R", f"ask/message/C0CRITICAL/{ts}", "quarantine", waiting.run)
        taken = json.dumps(stored(room, waiting.id))
        with room.server.plain() as client:
            client.hset(KEYS.object(request_key(name)), mapping={"v": 3, "doc": taken})
    await room.until(lambda: named(room, name), "the request")
    assert json.loads(taken) == stored(room, name)
    assert [] == [one for one in room.from_bot() if f"`{name}`" in text_of(one)]


def named(room: Room, name: str) -> list[str]:
    """Requests whose name begins so and goes on."""
    subjects = {str(one["subject"]) for one in room.record()}
    return [one for one in subjects if one.startswith(name) and one != name]
