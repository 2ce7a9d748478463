"""A member of the workspace types, clicks, edits and replays whatever the client lets them."""

from __future__ import annotations

import re

import pytest

from tests.attacks.forging import all_done, write
from tests.attacks.reading import MARKUP, read_as_markup
from tests.scenarios.refusing import assert_untouched, disk, release_waits
from tests.scenarios.room import CRITICAL, IVO, NOOR, OMAR, PIA, RUTH, VERA, Room, text_of

APPROVED = "APPROVED - false positive confirmed"
TRICKS = (
    "\u202eDEVORPPA - yes",
    "\u200bAPPROVED - yes",
    "APPR\u200dOVED - yes",
    "ＡＰＰＲＯＶＥＤ - yes",
    "𝐀𝐏𝐏𝐑𝐎𝐕𝐄𝐃 - yes",
    "ΑΡΡRΟVΕD - yes",
    "not APPROVED - yes",
    "APPROVED? - yes",
    "APPROVEDLY - yes",
    "```APPROVED - yes```",
    "> APPROVED - yes",
    "~APPROVED - yes~",
    "~~APPROVED~~ - yes",
    "<APPROVED> - yes",
    "&gt; APPROVED - yes",
    "Ruth says: APPROVED - yes",
    "APPROVED\u00a0\u2060\u2060yes",
)


async def test_who_has_no_role_gets_nothing_by_any_words(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    for words in (
        *TRICKS,
        APPROVED,
        f"APPROVED {waiting.id} - yes",
        "APPROVED - O3 Noor",
        "DENIED - no",
        "ACK - me",
    ):
        await write(room, NOOR, words, waiting.thread)
    await all_done(room)
    assert_untouched(room, waiting)


async def test_words_that_only_look_like_an_approval_are_none_even_from_an_approver(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    for words in TRICKS:
        await write(room, RUTH, words, waiting.thread)
    await all_done(room)
    assert_untouched(room, waiting)


@pytest.mark.parametrize(
    "words",
    [
        "release {run}",
        "credit-monitoring release {run} because I can",
        "credit-monitoring quarantine {run} because I can",
        "credit-monitoring open-case {run} because I can",
        "credit-monitoring resolve-case because I can",
        "credit-monitoring run {run}",
        "cancel {id}",
    ],
)
async def test_who_has_no_role_gets_nothing_by_any_command(room: Room, words: str) -> None:
    waiting = await release_waits(room, OMAR)
    typed = words.format(run=waiting.run, id=waiting.id)
    await room.command(NOOR, "/ops", typed)
    await write(room, NOOR, f"<@U0COUNTER> {typed}", waiting.thread)
    await room.hears(NOOR, "Only|only|No role|no role|Rule|not")
    await all_done(room)
    assert_untouched(room, waiting)
    assert waiting.disk == disk(room)


async def test_an_own_message_that_is_edited_into_an_approval_does_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    ts = await room.say(RUTH, "I will look", waiting.thread)
    await room.slack.act(RUTH, "edit", channel=CRITICAL, ts=ts, text=APPROVED)
    await room.sees("An edited message does not count", waiting.thread)
    assert_untouched(room, waiting)


async def test_a_button_of_a_card_that_is_over_does_nothing_more(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.say(RUTH, "DENIED - not yet", waiting.thread)
    await room.sees(f"denied.*{waiting.id}", waiting.thread)
    await room.slack.act(IVO, "message", channel=CRITICAL, text=APPROVED, thread_ts=waiting.thread)
    await room.sees(f"{waiting.id}.*is already denied", waiting.thread)
    assert waiting.disk == disk(room)


async def test_an_approver_who_joins_a_request_takes_the_own_approval_back(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.command(RUTH, "/release", f"{waiting.run} because I want it too")
    await room.hears(RUTH, "requester of it too")
    await write(room, RUTH, APPROVED, waiting.thread)
    await room.sees("You asked for this yourself", waiting.thread)
    assert_untouched(room, waiting)


@pytest.mark.parametrize(
    "reason", ["<!channel> <@U03RUTH> `x` *b* <https://evil.example|ok>", "a\u202egnp.exe\u2066"]
)
async def test_a_reason_neither_mentions_nor_turns_the_card_around(room: Room, reason: str) -> None:
    waiting = await release_waits(room, OMAR)
    await room.say(RUTH, f"DENIED - {reason}", waiting.thread)
    await room.sees(f"denied.*{waiting.id}", waiting.thread)
    await all_done(room)
    for message in room.from_bot(waiting.thread):
        for text in read_as_markup(message):
            assert set(MARKUP.findall(text)) <= {f"<@{who}>" for who in (OMAR, RUTH)}
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", text_of(message))


async def test_a_storm_of_words_neither_acts_nor_stops_others(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    for number in range(60):
        await write(room, VERA, f"APPROVED - please {number}", waiting.thread)
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)
    assert {"approved": [RUTH]} == {
        "approved": [one["actor"] for one in room.events("request-approved") if one["subject"] == waiting.id]
    }


async def test_one_person_cannot_ask_without_end(room: Room) -> None:
    record, root = await room.contained()
    for number in range(30):
        await room.command(PIA, "/release", f"{record['Run_ID']} because again {number}")
    await all_done(room)
    cards = [one for one in room.from_bot(root["ts"]) if "Release a run" in text_of(one)]
    assert 1 == len(cards)


async def test_who_has_no_role_is_told_nothing_of_a_request(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.command(NOOR, "/ops", f"status {waiting.id}")
    told = text_of(await room.hears(NOOR, "There is no request"))
    assert waiting.run not in told
    await room.command(VERA, "/ops", f"status {waiting.id}")
    await room.hears(VERA, waiting.run)
