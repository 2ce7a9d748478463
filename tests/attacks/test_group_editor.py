"""Whoever edits user groups in Slack gives rights. New ones wait and are announced; others are not harmed."""

from __future__ import annotations

from tests.attacks.forging import all_done, tell_event, write
from tests.scenarios.refusing import assert_untouched, release_waits, state
from tests.scenarios.room import IVO, NOOR, OMAR, RUTH, VERA, Room

APPROVED = "APPROVED - false positive confirmed"
APPROVERS = "S03APPROVERS"


async def test_leaving_and_joining_again_does_not_shorten_the_waiting_time(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    room.set_group(APPROVERS, RUTH, IVO, NOOR)
    await room.sees(f"{NOOR}.*joined a group that gives O3 Approver")
    room.advance(minutes=59)
    room.set_group(APPROVERS, RUTH, IVO)
    await room.sees(f"{NOOR}.*left a group that gives O3 Approver")
    room.set_group(APPROVERS, RUTH, IVO, NOOR)
    await room.until(lambda: 3 == len(room.events("group-changed")), "the second joining")
    room.advance(minutes=2)
    await write(room, NOOR, APPROVED, waiting.thread)
    await room.sees(f"{NOOR}.*Only .*may approve release", waiting.thread)
    assert_untouched(room, waiting)


async def test_a_forged_notice_of_a_group_gives_nobody_a_role(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    members = {"type": "subteam_members_changed", "subteam_id": APPROVERS, "team_id": "T0PRACTICE"}
    await tell_event(room, members | {"added_users": [NOOR], "added_users_count": 1, "date_update": 1})
    whole = {"id": APPROVERS, "users": [NOOR, RUTH], "is_usergroup": True, "date_delete": 0}
    await tell_event(room, {"type": "subteam_updated", "subteam": whole})
    await all_done(room)
    room.advance(minutes=61)
    await write(room, NOOR, APPROVED, waiting.thread)
    await room.sees(f"{NOOR}.*Only .*may approve release", waiting.thread)
    assert [] == room.events("group-changed")
    assert_untouched(room, waiting)


async def test_who_joined_before_anybody_spoke_waits_too(room: Room) -> None:
    await room.until(lambda: 3 == len(room.events("group-first-seen")), "the first look at the groups")
    room.set_group(APPROVERS, RUTH, IVO, NOOR)
    waiting = await release_waits(room, OMAR)
    await write(room, NOOR, APPROVED, waiting.thread)
    await room.sees(f"{NOOR}.*Only .*may approve release", waiting.thread)
    assert_untouched(room, waiting)


async def test_a_group_that_is_switched_off_takes_only_its_own_role_away(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    room.slack.workspace.groups["S01VIEWERS"].is_enabled = False
    room.advance(minutes=6)
    await write(room, RUTH, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_a_group_that_is_gone_takes_only_its_own_role_away(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    del room.slack.workspace.groups["S01VIEWERS"]
    room.advance(minutes=6)
    await write(room, RUTH, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_who_is_taken_out_of_the_group_while_the_approval_waits_does_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    root = room.monitor.root
    away = root.rename(root.with_name("away"))
    await write(room, RUTH, APPROVED, waiting.thread)
    await room.until(lambda: state(room, waiting.id) == "approved", "the approval")
    room.set_group(APPROVERS, IVO)

    def struck() -> bool:
        room.advance(seconds=1)
        return any(one["detail"].get("by") == "struck" for one in room.events("request-awaiting_approval"))

    await room.until(struck, "the approval to be struck")
    await room.sees("the role is not held now", waiting.thread)
    away.rename(root)
    assert_untouched(room, waiting)


async def test_the_group_of_viewers_gives_no_more_than_viewing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    room.set_group("S01VIEWERS", VERA, NOOR)
    room.advance(hours=3)
    await write(room, NOOR, APPROVED, waiting.thread)
    await room.sees(f"{NOOR}.*Only .*may approve release", waiting.thread)
    assert_untouched(room, waiting)
