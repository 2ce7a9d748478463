"""Answers that do not count: each is told by which rule and who could, and changes nothing."""

from __future__ import annotations

import pytest

from tests.scenarios.room import (
    CRITICAL,
    GUEST,
    IVO,
    NOOR,
    OMAR,
    OTHER_BOT,
    PIA,
    RUTH,
    STRANGER,
    VERA,
    Json,
    Room,
    text_of,
)


async def ready_to_release(room: Room) -> tuple[Json, str, Json]:
    """A release that waits for its approver: the record, the thread, the card."""
    record, root = await room.contained()
    await room.resolved(record, root)
    return record, root["ts"], await room.release_asked(record, root)


async def nothing_happened(room: Room, record: Json, card: Json) -> None:
    """The files are in quarantine and the card still waits."""
    assert f"runs/QUARANTINE/{record['Run_ID']}" == room.where(record["Run_ID"])
    now = next(one for one in room.from_bot() if one["ts"] == card["ts"])
    assert "waiting for approval" in text_of(now)


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (VERA, "Only O3 Approver may approve release.*CM-51"),
        (PIA, "Only O3 Approver may approve release.*You hold O2"),
        (NOOR, "Only O3 Approver may approve release.*You hold no role"),
        (OMAR, "You asked for this yourself.*O3 Approver"),
        (GUEST, "guests never count.*Ask a member.*Rule: only members"),
        (STRANGER, "other organisations never count.*Rule: only members"),
        (OTHER_BOT, "bots never count.*A person with the role must answer"),
    ],
)
async def test_an_approval_by_somebody_who_may_not_is_refused(room: Room, who: str, why: str) -> None:
    record, thread, card = await ready_to_release(room)
    await room.say(who, "APPROVED - looks fine", thread)
    await room.sees(why, thread)
    await nothing_happened(room, record, card)
    assert room.events("answer-refused")


async def test_a_deactivated_approver_does_not_count(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    fault = room.slack.faults.add({"kind": "no_events"})
    await room.say(IVO, "APPROVED - my last words here", thread)
    room.change_user(IVO, deleted=True)
    room.slack.faults.clear(fault.id)
    await room.sees("account is deactivated.*Rule: only members", thread)
    await nothing_happened(room, record, card)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("> APPROVED - as she said", "quoted reply does not count"),
        ("`APPROVED` - fine", "code marks do not count"),
        ("АPPROVED - fine", "letters of another script"),
        ("APPROVED looks good", "not read as an answer"),
        ("approved?", "not read as an answer"),
    ],
)
async def test_words_that_only_look_like_an_answer_get_a_private_hint(
    room: Room, text: str, hint: str
) -> None:
    record, thread, card = await ready_to_release(room)
    await room.say(RUTH, text, thread)
    await room.hears(RUTH, hint)
    await nothing_happened(room, record, card)


async def test_a_message_edited_into_an_approval_does_not_count(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    ts = await room.say(RUTH, "let me look", thread)
    await room.slack.act(RUTH, "edit", channel=CRITICAL, ts=ts, text="APPROVED - fine")
    await room.sees("An edited message does not count.*new reply.*Rule: words count once", thread)
    await nothing_happened(room, record, card)


async def test_a_reply_edited_before_it_is_counted_does_not_count(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    fault = room.slack.faults.add({"kind": "no_events"})
    ts = await room.say(RUTH, "APPROVED - fine", thread)
    await room.slack.act(RUTH, "edit", channel=CRITICAL, ts=ts, text="APPROVED - fine, I think")
    room.slack.faults.clear(fault.id)
    await room.sees("was edited before it was counted", thread)
    await nothing_happened(room, record, card)


async def test_an_edit_after_the_approval_counted_changes_nothing_and_is_recorded(room: Room) -> None:
    record, thread, _ = await ready_to_release(room)
    ts = await room.say(RUTH, "APPROVED - fine", thread)
    await room.sees("R-.*is done and was read back.*Released", thread)
    await room.slack.act(RUTH, "edit", channel=CRITICAL, ts=ts, text="DENIED - I never said that")
    await room.sees("edited the message that answered.*nothing changed", thread)
    assert ["APPROVED - fine"] == [entry["detail"]["before"] for entry in room.events("answer-edited")]
    assert room.where(record["Run_ID"]).startswith("runs/CREDIT_MONITORING/")


async def test_a_forwarded_approval_does_not_count(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    elsewhere = await room.say(RUTH, "APPROVED - something else")
    await room.slack.act(
        RUTH, "forward", channel=CRITICAL, from_channel=CRITICAL, from_ts=elsewhere, thread_ts=thread,
        text="APPROVED - this too",
    )  # fmt: skip
    await room.sees("does not count", thread)
    await nothing_happened(room, record, card)


async def test_an_approval_that_is_also_sent_to_the_channel_counts(room: Room) -> None:
    _, thread, _ = await ready_to_release(room)
    await room.say(RUTH, "APPROVED - fine", thread, broadcast=True)
    await room.sees("is done and was read back.*Released", thread)


async def test_a_second_approval_is_refused(room: Room) -> None:
    _, thread, card = await ready_to_release(room)
    await room.say(RUTH, "APPROVED - fine", thread)
    await room.sees("is done and was read back.*Released", thread)
    await room.say(IVO, "APPROVED - me too", thread)
    await room.sees(f"{room.request_id(card)}.*is already done.*Rule: an answer counts once", thread)
    succeeded = [entry["subject"] for entry in room.events("request-succeeded")]
    assert 1 == succeeded.count(room.request_id(card))


async def test_a_claimed_role_must_be_held(room: Room) -> None:
    _, root = await room.contained()
    await room.say(VERA, "ACK - O2 Vera investigating", root["ts"])
    await room.sees("You wrote O2 Read Operator but do not hold it", root["ts"])
    await room.say(OMAR, "ACK - O3 Omar investigating", root["ts"])
    await room.sees("You wrote O3 Approver but do not hold it", root["ts"])
    assert [] == room.events("alert-acknowledged")


async def test_an_acknowledgement_by_o1_is_refused(room: Room) -> None:
    _, root = await room.contained()
    await room.say(VERA, "ACK - looking", root["ts"])
    await room.sees("may acknowledge SEV0.*CM-10", root["ts"])
    assert [] == room.events("alert-acknowledged")


async def test_a_named_case_must_be_the_threads(room: Room) -> None:
    _, root = await room.contained()
    await room.say(OMAR, "ACK - O2 Omar investigating CASE-20200101-ABCDEF", root["ts"])
    await room.sees("names .*CASE-20200101-ABCDEF", root["ts"])
    assert [] == room.events("alert-acknowledged")


async def test_a_reply_that_could_mean_two_requests_brings_only_a_question(room: Room) -> None:
    record, root = await room.contained()
    thread = root["ts"]
    await room.release_asked(record, root)
    await room.say(OMAR, "@countersign resolve-case", thread)
    await room.press(OMAR, await room.hears(OMAR, "Open the form"), "Open the form")
    await room.submit(OMAR, root_cause="Misconfig", analysis="a", mitigation="b", evidence="c")
    resolve = await room.sees("Resolve the case.*waiting for approval", thread)
    await room.say(RUTH, "APPROVED - fine", thread)
    await room.sees("Which one do you mean.*APPROVED R-", thread)
    assert [] == [entry for entry in room.events("request-approved") if entry["actor"] == RUTH]
    await room.say(RUTH, f"APPROVED {room.request_id(resolve)} - documentation read", thread)
    await room.sees("now reads Resolved", thread)


async def test_a_purpose_must_be_the_pending_requests_action(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    await room.say(RUTH, "APPROVED for rerun - max_items set", thread)
    await room.sees("Nothing in this thread waits|is already", thread)
    await nothing_happened(room, record, card)


async def test_a_file_changed_after_the_card_was_shown_voids_the_request(room: Room) -> None:
    record, thread, _ = await ready_to_release(room)
    path = next(room.monitor.root.glob(f"runs/QUARANTINE/*/run_{record['Run_ID']}.json"))
    path.write_text(path.read_text().replace("7980", "1"))
    await room.say(RUTH, "APPROVED - fine", thread)
    await room.sees("is void.*what was sealed has changed.*files.*Nothing was done.*ask anew", thread)
    assert f"runs/QUARANTINE/{record['Run_ID']}" == room.where(record["Run_ID"])


async def test_an_expired_request_cannot_be_approved(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    room.advance(hours=5)
    await room.sees(f"{room.request_id(card)}.*expired unanswered", thread)
    await room.say(RUTH, "APPROVED - late", thread)
    await room.sees("is already expired", thread)
    assert f"runs/QUARANTINE/{record['Run_ID']}" == room.where(record["Run_ID"])


async def test_a_denial_needs_its_reason(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    await room.say(RUTH, "DENIED", thread)
    await room.sees("denial needs its reason.*CM-56", thread)
    await nothing_happened(room, record, card)


async def test_an_unresolved_case_blocks_the_approval_until_it_is_resolved(room: Room) -> None:
    record, root = await room.contained()
    thread = root["ts"]
    card = await room.release_asked(record, root)
    await room.say(RUTH, "APPROVED - fine", thread)
    await room.sees("cannot be approved yet.*Case resolved and documented", thread)
    await room.say(OMAR, "@countersign resolve-case", thread)
    await room.press(OMAR, await room.hears(OMAR, "Open the form"), "Open the form")
    await room.submit(OMAR, root_cause="Misconfig", analysis="a", mitigation="b", evidence="c")
    resolve = await room.sees("Resolve the case.*waiting for approval", thread)
    await room.say(RUTH, f"APPROVED {room.request_id(resolve)} - read", thread)
    await room.sees(f"{room.request_id(card)}.*is now revision 2", thread)
    await room.say(RUTH, "APPROVED - false positive", thread)
    await room.sees("Released: 2 files back", thread)


async def test_equal_requests_merge_and_no_requester_can_approve(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    await room.command(RUTH, "/release", f"{record['Run_ID']} because me too")
    await room.hears(RUTH, "already asks for the same.*you cannot approve it")
    await room.say(RUTH, "APPROVED - fine", thread)
    await room.sees("You asked for this yourself", thread)
    await nothing_happened(room, record, card)
    await room.say(IVO, "APPROVED - fine", thread)
    await room.sees("Released: 2 files back", thread)


async def test_only_who_asked_can_cancel(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    await room.press(PIA, card, "Cancel")
    await room.hears(PIA, "only who asked can cancel")
    await nothing_happened(room, record, card)
    await room.press(OMAR, card, "Cancel")
    await room.sees("cancelled .*Nothing was done", thread)


async def test_a_button_leads_to_the_same_transition_through_a_modal(room: Room) -> None:
    _, thread, card = await ready_to_release(room)
    await room.press(PIA, card, "Approve…")
    await room.hears(PIA, "Only O3 Approver may approve release")
    await room.press(RUTH, card, "Approve…")
    assert "sealed" in text_of(await room.modal(RUTH))
    await room.submit(RUTH, reason="checked the access log")
    await room.sees("Released: 2 files back", thread)


async def test_denying_by_button_needs_a_reason_and_leaves_everything(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    await room.press(RUTH, card, "Deny…")
    await room.modal(RUTH)
    await room.submit(RUTH, reason="not yet clear")
    await room.sees("denied.*not yet clear.*Everything stays", thread)
    assert f"runs/QUARANTINE/{record['Run_ID']}" == room.where(record["Run_ID"])


async def test_the_clock_runs_from_receipt_and_an_acknowledgement_stops_it(room: Room) -> None:
    _, first = await room.contained()
    await room.press(OMAR, first, "Acknowledge")
    await room.sees("acknowledged as O2", first["ts"])
    _, second = await room.contained()
    room.advance(minutes=15, seconds=1)
    told = await room.sees("Nobody acknowledged.*within 15 minutes.*S03ONCALL", second["ts"])
    assert second["ts"] == told["thread_ts"]
    assert 1 == len([one for one in room.record() if one["detail"].get("by") == "clockran"])


async def test_an_approver_who_left_the_group_before_the_approval_is_spent_does_not_count(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    await room.say(RUTH, "APPROVED R-22222 - wrong id", thread)
    await room.sees("R-22222", thread)
    room.slack.app.events -= {"subteam_members_changed", "subteam_updated"}
    room.set_group("S03APPROVERS", IVO)
    await room.say(RUTH, "APPROVED - fine", thread)
    await room.sees("does not hold|waits for an approver again|the role is not held now", thread)
    await nothing_happened(room, record, card)


async def test_a_new_member_of_a_group_waits_and_is_announced(room: Room) -> None:
    record, thread, card = await ready_to_release(room)
    room.set_group("S03APPROVERS", RUTH, IVO, NOOR)
    await room.sees("U0NOOR.*joined a group that gives O3 Approver.*after the waiting time")
    await room.say(NOOR, "APPROVED - I am new", thread)
    await room.sees("U0NOOR.*Only O3 Approver may approve", thread)
    await nothing_happened(room, record, card)
    room.advance(hours=2)
    await room.say(NOOR, "APPROVED - I have waited", thread)
    await room.sees("Released: 2 files back", thread)
