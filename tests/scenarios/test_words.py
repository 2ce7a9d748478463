"""Words count once and only as spoken, in their own thread, for exactly one request."""

from __future__ import annotations

import pytest

from tests.scenarios.refusing import (
    assert_untouched,
    disk,
    events_withheld,
    release_waits,
    resolution_asked,
    state,
)
from tests.scenarios.room import CRITICAL, OMAR, RUTH, VERA, Room, text_of

APPROVED = "APPROVED - false positive confirmed"


async def test_an_edit_into_an_approval_does_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    ts = await room.say(RUTH, "let me look", waiting.thread)
    await room.slack.act(RUTH, "edit", channel=CRITICAL, ts=ts, text=APPROVED)
    await room.sees("An edited message does not count", waiting.thread)
    assert_untouched(room, waiting)
    assert 1 == len(room.events("answer-refused"))


async def test_an_edit_after_it_counted_is_evidence_only(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    ts = await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)
    after = disk(room)
    await room.slack.act(RUTH, "edit", channel=CRITICAL, ts=ts, text="DENIED - no")
    await room.sees("edited an answer. What was said first stands", waiting.thread)
    assert "succeeded" == state(room, waiting.id)
    assert after == disk(room)
    (edited,) = room.events("answer-edited")
    assert (APPROVED, "DENIED - no") == (edited["detail"]["before"], edited["detail"]["after"])


async def test_words_edited_before_they_are_weighed_do_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    with events_withheld(room):
        ts = await room.say(RUTH, APPROVED, waiting.thread)
        await room.slack.act(RUTH, "edit", channel=CRITICAL, ts=ts, text="APPROVED - or maybe not")
    await room.sees("The reply was edited before it was counted", waiting.thread)
    assert_untouched(room, waiting)
    assert 1 == len(room.events("answer-refused"))


async def test_words_deleted_before_they_are_weighed_do_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    with events_withheld(room):
        ts = await room.say(RUTH, APPROVED, waiting.thread)
        await room.slack.act(RUTH, "delete", channel=CRITICAL, ts=ts)
    await room.sees("The reply is no longer in Slack", waiting.thread)
    assert_untouched(room, waiting)


async def test_quotes_code_and_lookalikes_get_a_private_hint(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    hints = {
        "> APPROVED - yes": "A quoted reply does not count",
        "`APPROVED - yes`": "Words in code marks do not count",
        "АPPROVED - yes": "letters of another script",
        "APPROVED yes": "That was not read as an answer",
    }
    for words, hint in hints.items():
        await room.say(RUTH, words, waiting.thread)
        await room.hears(RUTH, hint)
        assert_untouched(room, waiting)
    near = [entry["detail"]["near"] for entry in room.events("answer-hinted")]
    assert ["quoted", "code", "look-alike", "form"] == near


async def test_shared_messages_and_files_do_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    ts = await room.say(RUTH, APPROVED)
    place = {"channel": CRITICAL, "from_channel": CRITICAL, "from_ts": ts, "thread_ts": waiting.thread}
    await room.slack.act(RUTH, "forward", **place)
    await room.slack.act(RUTH, "forward", **place, text=APPROVED)
    await room.until(lambda: 1 == len(room.events("answer-refused")), "the refusal of the forwarded words")
    await room.say(RUTH, APPROVED, waiting.thread, files=True)
    await room.until(lambda: 2 == len(room.events("answer-refused")), "the refusal of the shared file")
    await room.sees("Please write the words in a message of their own", waiting.thread)
    assert_untouched(room, waiting)


async def test_a_reply_that_is_also_sent_to_the_channel_counts(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.say(RUTH, APPROVED, waiting.thread, broadcast=True)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)
    assert 1 == len([one for one in room.events("request-approved") if one["subject"] == waiting.id])


async def test_a_reply_older_than_the_card_does_not_count(room: Room) -> None:
    record, root = await room.contained()
    await room.resolved(record, root)
    with events_withheld(room):
        await room.say(RUTH, APPROVED, root["ts"])
        card = await room.release_asked(record, root)
        before = disk(room)
    await room.sees("That message is older than the card", root["ts"])
    assert "awaiting_approval" == state(room, room.request_id(card))
    assert before == disk(room)


@pytest.mark.parametrize(
    ("who", "words", "why"),
    [
        (VERA, "ACK - O3 Vera investigating", "You wrote O3 Approver but do not hold it"),
        (OMAR, "ACK - O2 Omar investigating CASE-20200101-ABCDEF", "CASE-20200101-ABCDEF.*Name the thread"),
        (VERA, "ACK - looking", "Only .*may acknowledge SEV0"),
        (RUTH, "APPROVED for rerun - max_items limit added", "Nothing in this thread waits"),
    ],
)
async def test_words_that_do_not_fit_are_refused(room: Room, who: str, words: str, why: str) -> None:
    _, root = await room.contained()
    before = disk(room)
    await room.say(who, words, root["ts"])
    refusal = await room.sees(why, root["ts"])
    assert "Rule" in text_of(refusal)
    assert before == disk(room)
    assert 1 == len(room.events("answer-refused"))
    assert [] == room.events("alert-acknowledged")


async def test_an_approval_that_claims_a_role_not_held_is_refused(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.say(VERA, "APPROVED - O3 Vera says yes", waiting.thread)
    await room.sees("You wrote O3 Approver but do not hold it", waiting.thread)
    await room.say(RUTH, "APPROVED - see CASE-20200101-ABCDEF", waiting.thread)
    await room.sees("the message names.*CASE-20200101-ABCDEF", waiting.thread)
    await room.say(RUTH, "APPROVED for rerun - limit added", waiting.thread)
    await room.until(lambda: 3 == len(room.events("answer-refused")), "three refusals")
    assert_untouched(room, waiting)


async def test_a_reply_that_could_mean_two_requests_is_only_a_question(room: Room) -> None:
    waiting = await release_waits(room, OMAR, resolved=False)
    resolution = await resolution_asked(room, waiting.thread)
    await room.say(RUTH, "APPROVED - complete", waiting.thread)
    question = await room.sees("Which one do you mean", waiting.thread)
    assert waiting.id in text_of(question)
    assert resolution in text_of(question)
    assert_untouched(room, waiting)
    assert 1 == len(room.events("answer-ambiguous"))
    await room.say(RUTH, f"APPROVED {resolution} - complete", waiting.thread)
    await room.sees("now reads Resolved", waiting.thread)
    assert "awaiting_approval" == state(room, waiting.id)


async def test_an_answer_outside_threads_counts_for_nothing_and_is_told_where_it_would(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.say(RUTH, "APPROVED - looks fine")
    await room.hears(RUTH, "An answer counts in the thread of its card")
    await room.say(RUTH, "approved by whom, I wonder")
    assert_untouched(room, waiting)
