"""A thief of the signing secret submits forms that the bot never opened, or opened for somebody else."""

from __future__ import annotations

import json

import pytest

from tests.attacks.forging import all_done, forget_deliveries
from tests.scenarios.edge import click_payload, post_form, submission_payload
from tests.scenarios.refusing import Waiting, assert_untouched, release_waits, resolution_asked, state
from tests.scenarios.room import GUEST, IVO, NOOR, OMAR, RUTH, STRANGER, Json, Room

REFUSED = "not opened by the bot for you"


async def carried_for(room: Room, who: str, waiting: Waiting) -> Json:
    """What the approval form that somebody opened carries."""
    await room.press(who, waiting.card, "Approve…")
    carried: Json = json.loads((await room.modal(who))["private_metadata"])
    return carried


async def test_a_form_in_another_hand_approves_nothing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    private = json.dumps(await carried_for(room, RUTH, waiting))
    for who in (IVO, OMAR, NOOR, GUEST, STRANGER, "U0NOBODY"):
        _, answer = await post_form(room, submission_payload(who, private))
        assert REFUSED in answer
    await all_done(room)
    assert_untouched(room, waiting)


CHANGES: tuple[Json, ...] = (
    {"mac": ""},
    {"mac": "0" * 64},
    {"mac": "é"},
    {"revision": 2},
    {"do": "deny"},
    {"do": "sheet"},
    {"do": "ask"},
    {"do": "eval"},
    {"subject": "R-ZZZZZ"},
    {"subject": "credit-monitoring quarantine x"},
    {"channel": "C0ALERTS"},
    {"at": 2_000_000_000},
    {"thread_ts": "1.2"},
    {"extra": True},
)
NOTHING = ("", "null", "[]", "{}", "{", '"x"', "x" * 3000, '{"do": "approve"}')


async def test_a_form_that_was_changed_does_nothing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    carried = await carried_for(room, RUTH, waiting)
    for private in (*NOTHING, *(json.dumps(carried | change) for change in CHANGES)):
        _, answer = await post_form(room, submission_payload(RUTH, private))
        assert REFUSED in answer, private
    await all_done(room)
    assert_untouched(room, waiting)


async def test_a_form_for_one_request_does_not_approve_another(room: Room) -> None:
    waiting = await release_waits(room, OMAR, resolved=False)
    resolution = await resolution_asked(room, waiting.thread)
    card = await room.sees("Resolve the case.*waiting for approval", waiting.thread)
    await room.press(RUTH, card, "Approve…")
    carried = json.loads((await room.modal(RUTH))["private_metadata"])
    assert resolution == carried["subject"]
    await post_form(room, submission_payload(RUTH, json.dumps(carried | {"subject": waiting.id})))
    await all_done(room)
    assert "awaiting_approval" == state(room, waiting.id)
    assert "awaiting_approval" == state(room, resolution)


async def test_a_submission_that_is_replayed_has_no_second_effect(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    payload = submission_payload(RUTH, json.dumps(await carried_for(room, RUTH, waiting)))
    await post_form(room, payload)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)
    for _ in range(2):
        await post_form(room, payload)
        forget_deliveries(room)
    await post_form(room, payload | {"trigger_id": "another"})
    await all_done(room)
    steps = [one["event"] for one in room.record() if one["subject"] == waiting.id]
    assert (1, 1) == (steps.count("request-approved"), steps.count("request-succeeded"))


async def test_a_form_that_was_kept_for_hours_approves_nothing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    private = json.dumps(await carried_for(room, RUTH, waiting))
    room.advance(hours=2, seconds=1)
    _, answer = await post_form(room, submission_payload(RUTH, private))
    assert "opened too long ago" in answer
    await all_done(room)
    assert_untouched(room, waiting)


@pytest.mark.parametrize("verb", ["approve", "deny"])
async def test_a_forged_click_opens_no_form_and_answers_nothing(room: Room, verb: str) -> None:
    waiting = await release_waits(room, OMAR)
    await post_form(room, click_payload(RUTH, verb, waiting.id, waiting.thread, trigger="9.9.forged"))
    await all_done(room)
    assert not room.slack.views.stacks.get(RUTH)
    assert_untouched(room, waiting)


@pytest.mark.parametrize("action", ["approve", "deny", "cancel", "ack", "open-form", "say-again", "nonsense"])
async def test_a_click_with_a_made_up_value_does_nothing(room: Room, action: str) -> None:
    values = (
        "",
        " ",
        "../request/x",
        "R-ZZZZZ",
        "x" * 2000,
        "a b c d",
        "é\u202e",
        "credit-monitoring release A-Z",
    )
    for number, value in enumerate(values):
        payload = click_payload(RUTH, action, value, "1.2", trigger=f"9.{number}.{action}")
        assert (200, "") == await post_form(room, payload)
    await all_done(room)
    steps = [one["event"] for one in room.record()]
    assert [] == [step for step in steps if step.startswith(("request-", "alert-", "item-"))]
