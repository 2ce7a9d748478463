"""Who may not approve, and when nobody may: each refusal names its rule, changes nothing, is recorded."""

from __future__ import annotations

import pytest

from sandbox.slack.administration import change_user, set_group_members
from tests.attacks.forging import all_done
from tests.scenarios.opening import start_replica
from tests.scenarios.refusing import (
    assert_untouched,
    disk,
    events_withheld,
    release_waits,
    resolution_asked,
    state,
)
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
    Room,
    text_of,
)

APPROVED = "APPROVED - false positive confirmed"


async def test_only_an_approver_of_this_workspace_counts(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    refusals = {
        VERA: "Only O3 Approver may approve release.*CM-51",
        PIA: "Only O3 Approver may approve release.*CM-51",
        OMAR: "You asked for this yourself",
        GUEST: "guests never count.*Ask a member of this workspace",
        STRANGER: "people of other organisations never count.*Ask a member of this workspace",
    }
    for who, why in refusals.items():
        await room.say(who, APPROVED, waiting.thread)
        await room.sees(f"{who}.*{why}|{why}.*{who}", waiting.thread)
        assert_untouched(room, waiting)
    await room.say(OTHER_BOT, APPROVED, waiting.thread)
    await room.sees("bots never count.*A person with the role must answer", waiting.thread)
    assert_untouched(room, waiting)
    assert len(refusals) + 1 == len(room.events("answer-refused"))


async def test_an_approver_cannot_approve_the_own_request(room: Room) -> None:
    waiting = await release_waits(room, IVO)
    await room.say(IVO, APPROVED, waiting.thread)
    refusal = await room.sees("You asked for this yourself, so somebody else approves it", waiting.thread)
    assert "CM-51" in text_of(refusal)
    assert_untouched(room, waiting)
    assert [waiting.id] == [entry["subject"] for entry in room.events("answer-refused")]


async def test_a_deactivated_account_does_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await all_done(room)
    room.advance(minutes=6)  # who Ivo is, is forgotten: Slack's three events may be handled in any order
    with events_withheld(room):
        await room.say(IVO, APPROVED, waiting.thread)
        change_user(room.slack.workspace, room.slack.workspace.users[IVO], {"deleted": True})
    await room.sees("this account is deactivated", waiting.thread)
    assert_untouched(room, waiting)
    assert 1 == len(room.events("answer-refused"))


async def test_a_second_approval_is_refused(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)
    after = disk(room)
    await room.say(IVO, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*is already done. Nothing happened", waiting.thread)
    assert "succeeded" == state(room, waiting.id)
    assert after == disk(room)
    assert 1 == len(room.events("answer-refused"))


async def test_equal_requests_merge_and_no_asker_can_approve(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.command(RUTH, "/release", f"{waiting.run} because I saw the log")
    await room.hears(RUTH, f"{waiting.id}.*already asks for the same.*cannot approve")
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees("You asked for this yourself", waiting.thread)
    assert_untouched(room, waiting)
    await room.say(IVO, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_only_who_asked_can_cancel(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.command(PIA, "/ops", f"cancel {waiting.id}")
    await room.hears(PIA, f"{waiting.id}.*only who asked can cancel")
    assert_untouched(room, waiting)
    assert [PIA] == [entry["actor"] for entry in room.events("answer-refused")]
    await room.command(OMAR, "/ops", f"cancel {waiting.id}")
    await room.sees(f"cancelled.*{waiting.id}.*Nothing was done", waiting.thread)
    assert "cancelled" == state(room, waiting.id)
    assert waiting.disk == disk(room)


async def test_a_denial_without_a_reason_is_refused(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.say(RUTH, "DENIED", waiting.thread)
    await room.sees("A denial needs its reason.*CM-56", waiting.thread)
    assert_untouched(room, waiting)
    assert 1 == len(room.events("answer-refused"))


async def test_a_file_changed_after_the_card_voids_the_request(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    path = room.monitor.root / room.where(waiting.run) / f"run_{waiting.run}.json"
    path.write_bytes(path.read_bytes() + b"\n")
    changed = disk(room)
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees(
        f"{waiting.id}.*is void.*files: changed run_{waiting.run}.json.*Look at the target", waiting.thread
    )
    assert "void" == state(room, waiting.id)
    assert changed == disk(room)


async def test_a_changed_policy_rule_voids_the_request(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    rules = room.policies / "systems" / "credit-monitoring.yaml"
    rules.write_text(rules.read_text().replace("timeout: 30s", "timeout: 20s"))
    async with start_replica(room, activate=True):
        await room.sees("Policies.*are now in force")
        await room.say(RUTH, APPROVED, waiting.thread)
        await room.sees(f"{waiting.id}.*is void.*the policy rules.*have changed", waiting.thread)
        assert 1 == len(room.events("policies-active"))
    assert "void" == state(room, waiting.id)
    assert waiting.disk == disk(room)


async def test_an_approver_who_left_before_the_spending_is_struck(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    # Slack's event of the change is lost: only the fresh look at the moment of spending can tell.
    room.slack.workspace.groups["S03APPROVERS"].users.remove(RUTH)
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.until(
        lambda: any(one["detail"].get("by") == "struck" for one in room.events("request-awaiting_approval")),
        "the approval to be struck",
    )
    await room.sees(r"does not hold: the role is not held now\..*waits to be approved again", waiting.thread)
    assert_untouched(room, waiting)


async def test_a_new_member_of_a_group_waits_until_others_had_time_to_notice(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    group = room.slack.workspace.groups["S03APPROVERS"]
    set_group_members(room.slack.workspace, group, [*group.users, NOOR])
    await room.sees(f"{NOOR}.*joined a group that gives O3 Approver.*after the waiting time")
    await room.say(NOOR, APPROVED, waiting.thread)
    await room.sees(f"{NOOR}.*Only .*may approve release", waiting.thread)
    assert_untouched(room, waiting)
    assert [[NOOR]] == [entry["detail"]["came"] for entry in room.events("group-changed")]
    room.advance(minutes=61)
    await room.say(NOOR, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_an_approval_before_the_case_is_resolved_is_refused_and_the_card_comes_again(
    room: Room,
) -> None:
    waiting = await release_waits(room, OMAR, resolved=False)
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*cannot be approved yet. Not met.*See to it", waiting.thread)
    assert_untouched(room, waiting)
    assert 1 == len(room.events("answer-refused"))
    resolution = await resolution_asked(room, waiting.thread)
    await room.say(RUTH, f"APPROVED {resolution} - complete", waiting.thread)
    await room.sees(f"{waiting.id}.*is now revision 2", waiting.thread)
    await room.say(RUTH, f"APPROVED {waiting.id} - the case is documented", waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


@pytest.mark.parametrize("kind", ["SEV0", "SEV1"])
async def test_an_acknowledgement_needs_the_role(room: Room, kind: str) -> None:
    record = await room.alert(kind)
    channel = CRITICAL if kind == "SEV0" else "C0ALERTS"

    def root() -> str:
        found = [one for one in room.slack.messages(channel) if record["Run_ID"] in text_of(one)]
        return str(found[0]["ts"]) if found else ""

    thread = await room.until(root, "the alert's thread")
    await room.slack.act(VERA, "message", channel=channel, text="ACK - looking", thread_ts=thread)
    await room.until(lambda: room.events("answer-refused"), "the refusal")
    assert [] == room.events("alert-acknowledged")
