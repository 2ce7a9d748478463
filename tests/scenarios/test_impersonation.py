"""`impersonate: on` from Slack to the cluster, under the account that `manifest --rbac` writes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.doctor import examined
from tests.scenarios.opening import ops_room, start_replica
from tests.scenarios.room import RUTH, Room
from tests.scenarios.workloads import asked, deployment, outcome


def impersonating(policies: Path) -> None:
    file = policies / "systems" / "auditron.yaml"
    file.write_text(
        file.read_text().replace("  namespace: auditron\n", "  namespace: auditron\n  impersonate: on\n")
    )


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, edit=impersonating, replicas=0, socket_mode=True) as opened:
        yield opened


async def manifest(room: Room) -> list[dict[str, Any]]:
    """What the command writes; it asks Slack for the members of the roles' groups."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "manifest", "--rbac"),
        env={"PATH": os.environ["PATH"], **room.environment},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert 0 == process.returncode
    return list(yaml.safe_load_all(printed))


def admitted(room: Room, documents: list[dict[str, Any]]) -> None:
    """The bot's account, as these objects make it."""
    room.cluster.admit("generated", documents)
    kubeconfig = room.cluster.write_kubeconfig(room.folder / "generated", "generated")
    room.environment["KUBECONFIG"] = str(kubeconfig)


async def scaled(room: Room) -> dict[str, Any]:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    await room.say(RUTH, "APPROVED - seen the queue", card["ts"], channel="C0ALERTS")
    return card


async def test_the_account_may_act_as_the_members_of_the_roles_and_nobody_else(room: Room) -> None:
    found = await manifest(room)

    acting = {
        rule["resources"][0]: rule["resourceNames"]
        for one in found
        for rule in one.get("rules", ())
        if "impersonate" in rule["verbs"]
    }
    assert {
        "users": ["slack:U02OMAR", "slack:U02PIA", "slack:U03IVO", "slack:U03RUTH"],
        "groups": ["countersign:o1", "countersign:o2", "countersign:o3"],
    } == acting


async def test_a_request_runs_with_the_rights_of_the_role_of_whoever_asked(room: Room) -> None:
    admitted(room, await manifest(room))
    async with start_replica(room):
        await outcome(room, await scaled(room), "is done and was read back")

    assert 5 == (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]


async def test_what_was_asked_for_before_it_was_switched_on_is_void(room: Room) -> None:
    """The approver was not shown in whose name it would run."""
    rules = room.policies / "systems" / "auditron.yaml"
    rules.write_text(rules.read_text().replace("impersonate: on", "impersonate: off"))
    async with start_replica(room) as running:
        await room.until(running.health.may_claim, "readiness")
        card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    rules.write_text(rules.read_text().replace("impersonate: off", "impersonate: on"))
    async with start_replica(room, activate=True) as running:
        await room.until(running.health.may_claim, "readiness")
        await room.say(RUTH, "APPROVED - seen the queue", card["ts"], channel="C0ALERTS")
        await outcome(room, card, "is void.*rules")

    assert 3 == (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]


async def test_where_the_cluster_gives_the_role_nothing_the_thread_says_who_lacks_which_rule(
    room: Room,
) -> None:
    """The bot's own account could do it: the cluster's own rules decide too."""
    for_people = "countersign-o2"
    admitted(room, [one for one in await manifest(room) if one["metadata"]["name"] != for_people])
    async with start_replica(room):
        card = await scaled(room)
        await outcome(
            room, card, r"does not let O2 Omar Haddad .slack:U02OMAR. .*countersign:o2, lacks the rule"
        )

    assert 3 == (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]


async def test_doctor_names_a_member_as_whom_the_bot_may_not_act_yet(room: Room) -> None:
    found = await manifest(room)
    for one in found:
        for rule in one.get("rules", ()):
            rule["resourceNames"] = [name for name in rule.get("resourceNames", ()) if "PIA" not in name]
            if not rule["resourceNames"]:
                del rule["resourceNames"]
    admitted(room, found)

    (missing,) = (one for one in await examined(room.environment, room.policies) if not one.well)
    assert missing.told.startswith("impersonate users in the whole cluster; add to the ClusterRole:")
    assert 'resourceNames: ["slack:U02PIA"]' in missing.told


async def test_without_slacks_word_on_the_groups_nothing_is_written(room: Room) -> None:
    environment = {**room.environment, "SLACK_BOT_TOKEN": ""}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "manifest", "--rbac"),
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, told = await process.communicate()

    assert (2, b"") == (process.returncode, printed)
    assert b"SLACK_BOT_TOKEN is not set" in told
