"""Slash commands and buttons that ask for too much, for nothing, or for somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.edge import click_payload, post_form, submission_payload
from tests.scenarios.opening import ops_room
from tests.scenarios.refusing import Waiting, assert_untouched, disk, release_waits, state
from tests.scenarios.room import NOOR, OMAR, PIA, RUTH, VERA, Room


@pytest.fixture
async def http_room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("command", "text", "answer"),
    [
        ("/ops", "fly to the moon", "is no command that I know. Try"),
        ("/ops", "auditron keys", "is no command that I know. Try `/ops help auditron`"),
        ("/release", "RUN-../../etc/passwd because x", "run_id"),
        ("/release", "RUN-20261120-EMA000 because x", "No file of RUN-20261120-EMA000 is there"),
        ("/release", "RUN-20261120-EMA000 extra because x", "is one value too many"),
        ("/release", "RUN-20261120-EMA000\nbecause x", "on one line"),
        ("/release", "RUN-" + "A" * 100_000, "characters long; the limit is"),
    ],
)
async def test_a_command_that_cannot_be_done_is_answered_privately(
    room: Room, command: str, text: str, answer: str
) -> None:
    _, root = await room.contained()
    before, spoken = disk(room), len(room.from_bot(root["ts"]))
    await room.command(OMAR, command, text)
    await room.hears(OMAR, answer)
    assert before == disk(room)
    assert spoken == len(room.from_bot(root["ts"]))


async def test_a_run_id_in_lower_case_is_understood(room: Room) -> None:
    record, root = await room.contained()
    await room.command(OMAR, "/release", f"{record['Run_ID'].lower()} because false positive")
    await room.sees(f"Release a run.*{record['Run_ID']}.*waiting for approval", root["ts"])


@pytest.mark.parametrize("who", [VERA, NOOR])
async def test_a_request_without_the_role_is_refused_privately(room: Room, who: str) -> None:
    record, _ = await room.contained()
    before = disk(room)
    await room.command(who, "/release", f"{record['Run_ID']} because I want to")
    await room.hears(who, "Only .*may request release.*Rule")
    assert before == disk(room)
    assert [who] == [entry["actor"] for entry in room.events("answer-refused")]


async def test_approving_by_button_and_form(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.press(RUTH, waiting.card, "Approve…")
    await room.submit(RUTH, reason="digests compared")
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_denying_by_button_and_form(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.press(RUTH, waiting.card, "Deny…")
    await room.submit(RUTH, reason="not yet understood")
    await room.sees(f"denied.*{waiting.id}.*not yet understood", waiting.thread)
    assert waiting.disk == disk(room)


async def test_the_approve_button_refuses_who_may_not(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.press(PIA, waiting.card, "Approve…")
    await room.hears(PIA, "Only O3 Approver may approve release.*CM-51")
    assert_untouched(room, waiting)
    assert [PIA] == [entry["actor"] for entry in room.events("answer-refused")]


async def test_a_stale_trigger_turns_into_a_button(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    room.slack.faults.add(
        {"kind": "error", "method": "views.open", "error": "expired_trigger_id", "times": 1}
    )
    await room.press(RUTH, waiting.card, "Approve…")
    fresh = await room.hears(RUTH, "That button took too long")
    assert_untouched(room, waiting)
    await room.press(RUTH, fresh, f"Approve {waiting.id}")
    await room.submit(RUTH, reason="digests compared")
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_a_forged_submission_is_refused(http_room: Room) -> None:
    room = http_room
    waiting = await release_waits(room, OMAR)
    status, answer = await post_form(room, submission_payload(RUTH, _private(waiting, mac="0" * 64)))
    assert 200 == status
    assert "This form was not opened by the bot for you" in answer
    assert_untouched(room, waiting)
    assert 1 == len(room.events("form-refused"))


async def test_a_form_opened_for_one_person_does_not_work_for_another(http_room: Room) -> None:
    room = http_room
    waiting = await release_waits(room, OMAR)
    await room.press(RUTH, waiting.card, "Approve…")
    private = (await room.modal(RUTH))["private_metadata"]
    _, answer = await post_form(room, submission_payload(OMAR, private))
    assert "This form was not opened by the bot for you" in answer
    assert_untouched(room, waiting)


async def test_a_forged_click_opens_no_form_and_approves_nothing(http_room: Room) -> None:
    room = http_room
    waiting = await release_waits(room, OMAR)
    payload = click_payload(RUTH, "approve", waiting.id, waiting.thread, trigger="1.2.forged")
    await post_form(room, payload)
    await room.until(lambda: room.events("form-opened")[-1]["actor"] == RUTH, "the click to be handled")
    assert not room.slack.views.stacks.get(RUTH)
    assert_untouched(room, waiting)


async def test_a_replayed_click_has_one_effect(http_room: Room) -> None:
    room = http_room
    waiting = await release_waits(room, OMAR)
    genuine = room.slack.interactions.triggers.issue(OMAR)
    payload = click_payload(OMAR, "cancel", waiting.id, waiting.thread, trigger=genuine)
    for _ in range(3):
        assert 200 == (await post_form(room, payload))[0]
    await room.sees(f"cancelled.*{waiting.id}", waiting.thread)
    assert "cancelled" == state(room, waiting.id)
    assert [] == [one for one in room.ephemerals(OMAR) if "only who asked can cancel" in str(one)]


def _private(waiting: Waiting, mac: str) -> str:
    return (
        f'{{"do":"approve","subject":"{waiting.id}","revision":1,"channel":"C0CRITICAL",'
        f'"thread_ts":"{waiting.thread}","mac":"{mac}"}}'
    )
