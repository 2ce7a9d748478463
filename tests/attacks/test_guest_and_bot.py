"""Guests, partners of other organisations and bots post where they may. They count as nobody."""

from __future__ import annotations

import pytest

from sandbox.slack.administration import change_user
from tests.attacks.forging import all_done, message_event, tell_event, write
from tests.scenarios.edge import click_payload, post_command, post_form
from tests.scenarios.refusing import assert_untouched, release_waits
from tests.scenarios.room import COUNTER, CRITICAL, GUEST, IVO, OMAR, OTHER_BOT, RUTH, STRANGER, Room, text_of

APPROVED = "APPROVED - false positive confirmed"
NOBODIES = (GUEST, STRANGER, OTHER_BOT)
EVERY_GROUP = ("S01VIEWERS", "S02OPERATORS", "S03APPROVERS")


def put_into_every_group(room: Room, who: str) -> None:
    """Somebody gives them every role, and the waiting time is over."""
    for group in EVERY_GROUP:
        room.set_group(group, *room.slack.workspace.groups[group].users, who)
    room.advance(minutes=61)


@pytest.mark.parametrize("who", NOBODIES)
async def test_nobody_counts_even_with_every_role(room: Room, who: str) -> None:
    waiting = await release_waits(room, OMAR)
    put_into_every_group(room, who)
    for words in (APPROVED, f"APPROVED {waiting.id} - yes", "DENIED - no", "ACK - me"):
        await room.say(who, words, waiting.thread)
    await all_done(room)
    assert_untouched(room, waiting)
    assert [] == room.events("alert-acknowledged")


@pytest.mark.parametrize("who", NOBODIES)
async def test_nobody_asks_for_anything(room: Room, who: str) -> None:
    record, root = await room.contained()
    put_into_every_group(room, who)
    text = f"{record['Run_ID']} because I can"
    await post_command(room, who, "/release", text, trigger="3.1")
    await room.say(who, f"@countersign release {text}", root["ts"])
    await post_form(room, click_payload(who, "ack", "A-ZZZZZ", root["ts"], trigger="3.2"))
    await all_done(room)
    assert [] == [one for one in room.from_bot() if "waiting for approval" in text_of(one)]
    assert [] == room.events("alert-acknowledged")


@pytest.mark.parametrize(
    "change",
    [{"is_restricted": True}, {"is_ultra_restricted": True}, {"is_bot": True}, {"team_id": "T0OTHER"}],
)
async def test_an_approver_who_becomes_nobody_counts_no_more(room: Room, change: dict[str, object]) -> None:
    waiting = await release_waits(room, OMAR)
    # Slack's event of the change is lost: only the fresh look at the moment of spending can tell.
    for field, value in change.items():
        setattr(room.slack.workspace.users[RUTH], field, value)
    await write(room, RUTH, APPROVED, waiting.thread)
    await room.until(
        lambda: any(by == "struck" for by in steps(room, waiting.id)), "the approval to be struck"
    )
    assert_untouched(room, waiting)


def steps(room: Room, request: str) -> list[str]:
    """What moved a request, step by step."""
    return [str(one["detail"].get("by")) for one in room.record() if one["subject"] == request]


async def test_two_bots_do_not_talk_for_ever(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    for number in range(20):
        await room.say(OTHER_BOT, f"APPROVED - automatic {number}", waiting.thread)
    await room.until(lambda: 20 <= len(room.events("answer-refused")), "every word of the other bot")
    await all_done(room)
    assert 1 == len([one for one in room.from_bot(waiting.thread) if "bots never count" in text_of(one)])


@pytest.mark.parametrize("kind", [{"bot_id": "B0X"}, {"subtype": "bot_message"}, {"subtype": "me_message"}])
async def test_a_bots_word_in_an_approvers_name_does_not_count(room: Room, kind: dict[str, str]) -> None:
    waiting = await release_waits(room, OMAR)
    told = message_event(RUTH, APPROVED, "9000000000.000100", waiting.thread)
    await tell_event(room, told | kind)
    await all_done(room)
    assert_untouched(room, waiting)


@pytest.mark.parametrize("who", ["USLACKBOT", COUNTER, "U0NOBODY", "", "U1> <!channel"])
async def test_an_account_that_is_no_person_counts_as_nobody(room: Room, who: str) -> None:
    waiting = await release_waits(room, OMAR)
    await tell_event(room, message_event(who, APPROVED, "9000000000.000100", waiting.thread))
    await all_done(room)
    assert_untouched(room, waiting)
    assert [] == [one for one in room.slack.messages(CRITICAL) if "<!channel" in text_of(one)]


async def test_a_deactivated_approver_cannot_be_impersonated(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    ts = await room.say(IVO, "I leave tomorrow", waiting.thread)
    change_user(room.slack.workspace, room.slack.workspace.users[IVO], {"deleted": True})
    await tell_event(room, message_event(IVO, APPROVED, ts, waiting.thread) | {"edited": {}})
    await all_done(room)
    assert_untouched(room, waiting)
