"""The bot's own commands: help for slips of the pen, dry runs."""

from __future__ import annotations

import re
from pathlib import Path

from tests.scenarios.opening import ops_room
from tests.scenarios.refusing import disk
from tests.scenarios.room import NOOR, OMAR, RUTH, VERA, Room, text_of


async def test_a_slip_of_the_pen_is_told_the_nearest_commands(room: Room) -> None:
    await room.command(OMAR, "/ops", "credit-monitorin release RUN-1 because x")
    heard = await room.hears(OMAR, "Did you mean")
    assert "/ops credit-monitoring release" in text_of(heard)
    await room.command(OMAR, "/ops", "credit-monitoring relaese RUN-1 because x")
    await room.hears(OMAR, "relaese.*Did you mean.*/ops credit-monitoring release")
    await room.command(OMAR, "/ops", "stauts")
    await room.hears(OMAR, "stauts.*Did you mean.*/ops status")
    await room.command(OMAR, "/ops", "auditron top pods")
    await room.hears(OMAR, "top pods.*Did you mean.*/ops auditron top-pods")


async def test_help_names_a_lockdown_only_to_who_may_start_or_lift_one(room: Room) -> None:
    told = []
    for who in (NOOR, VERA, RUTH):
        await room.command(who, "/ops", "help")
        told.append(text_of(await room.hears(who, "Here is what you may do")))
    assert [True, False, False] == ["Policy gives you nothing in any system" in one for one in told]
    assert [False, True, True] == ["/ops lockdown because" in one for one in told]
    assert [False, False, True] == ["/ops lift because" in one for one in told]


async def test_a_dry_run_shows_the_card_and_asks_for_nothing(room: Room) -> None:
    record, _ = await room.contained()
    before, spoken = disk(room), len(room.from_bot())
    await room.command(OMAR, "/ops", f"dry-run credit-monitoring release {record['Run_ID']}")
    shown = text_of(await room.hears(OMAR, "Dry run: Release a run from quarantine"))
    assert "Case resolved and documented" in shown
    assert "nothing was asked" in shown
    assert "⏳ Approval by" in shown
    assert "Approve…" not in shown
    assert [] == re.findall(r"`R-[0-9A-Z]+|Asked by|Asked ", shown)
    assert (before, spoken) == (disk(room), len(room.from_bot()))
    assert [] == room.events("request-awaiting_approval")


async def test_a_dry_run_is_for_who_may_ask(room: Room) -> None:
    record, _ = await room.contained()
    await room.command(VERA, "/ops", f"dry-run credit-monitoring release {record['Run_ID']}")
    await room.hears(VERA, "Only .*may request release")


async def test_a_prefix_of_policy_stands_before_every_slash_command(tmp_path: Path) -> None:
    def prefix(policies: Path) -> None:
        roles = policies / "roles.yaml"
        roles.write_text(roles.read_text().replace("# command_prefix: cs-", "command_prefix: cs-"))

    async with ops_room(tmp_path, edit=prefix) as room:
        record, root = await room.contained()
        await room.command(OMAR, "/cs-release", f"{record['Run_ID']} because false positive")
        await room.sees("Release a run.*waiting for approval", root["ts"])
        await room.command(OMAR, "/cs-ops", "help credit-monitoring")
        told = text_of(await room.hears(OMAR, "Here is what you may do"))
        assert "Begin with `/cs-ops credit-monitoring`" in told
        assert "/ops" not in told


async def test_a_cancellation_of_nothing_is_asked_which(room: Room) -> None:
    await room.command(OMAR, "/ops", "cancel")
    await room.hears(OMAR, "Which one\\? Write `/ops cancel R-…`")
