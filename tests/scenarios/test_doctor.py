"""`countersign doctor` says what is missing, and what to add, before `serve` meets it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.cli.doctor import Finding, examined
from tests.scenarios.opening import ops_room
from tests.scenarios.room import Room

PATCH = "- {apiGroups: [apps], resources: [deployments], resourceNames: [clinchat-rag-api, otel-collector]"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Nothing serves yet."""
    async with ops_room(tmp_path, replicas=0) as opened:
        yield opened


async def findings(room: Room, **changed: str) -> tuple[Finding, ...]:
    return await examined({**room.environment, **changed}, room.policies)


async def faults(room: Room, **changed: str) -> list[tuple[str, str]]:
    return [(one.part, one.told) for one in await findings(room, **changed) if not one.well]


async def test_where_everything_is_there_every_part_is_well(room: Room) -> None:
    found = await findings(room)

    assert [] == [one for one in found if not one.well]
    parts = {"settings", "policies", "store", "slack", "auditron", "clinchat-rag", "provability-fabric"}
    assert parts <= {one.part for one in found}


async def test_each_permission_that_the_account_lacks_is_told_with_its_rule(room: Room) -> None:
    """PF-49, AU-06: another team's account may not scale here."""
    kubeconfig = room.cluster.write_kubeconfig(room.folder / "auditron-only", "auditron")
    told = await faults(room, KUBECONFIG=str(kubeconfig))

    assert {"clinchat-rag", "provability-fabric"} <= {part for part, _ in told}
    (patch,) = (one for part, one in told if part == "clinchat-rag" and one.startswith("patch"))
    assert f"in namespace clinchat-rag; add to the Role: {PATCH}, verbs: [patch]}}" in patch


async def test_a_scope_that_the_token_lacks_is_named(room: Room) -> None:
    room.slack.faults.add({"kind": "missing_scope", "scope": "usergroups:read"})

    ((part, told),) = await faults(room)
    assert "slack scope" == part
    assert told.startswith("usergroups:read: print the app manifest anew")


async def test_a_token_of_nobody_and_one_of_another_workspace_are_told(room: Room) -> None:
    ((_, nobody),) = await faults(room, SLACK_BOT_TOKEN="xoxb-of-nobody")
    assert "invalid_auth" in nobody
    roles = room.policies / "roles.yaml"
    roles.write_text(roles.read_text().replace("T0PRACTICE", "T0ELSEWHERE"))
    ((_, elsewhere),) = await faults(room)
    assert "belongs to workspace T0PRACTICE, roles.yaml says T0ELSEWHERE" in elsewhere


async def test_a_previous_secret_is_named_as_something_to_take_out(room: Room) -> None:
    found = await findings(room, SLACK_SIGNING_SECRET_PREVIOUS="f" * 32)

    assert [] == [one for one in found if not one.well]
    (named,) = (one.told for one in found if "_PREVIOUS" in one.told)
    assert named.startswith(
        "SLACK_SIGNING_SECRET_PREVIOUS is set: what was marked with it still counts. Take"
    )
    assert "f" * 32 not in named


async def test_a_previous_secret_that_is_none_is_told(room: Room) -> None:
    same = {"SLACK_BOT_TOKEN_PREVIOUS": room.slack.app.bot_token, "SLACK_SIGNING_SECRET_PREVIOUS": ""}
    told = [told for part, told in await faults(room, **same) if part == "settings"]

    same_told, empty_told = told
    assert same_told.startswith("SLACK_BOT_TOKEN_PREVIOUS is the same as SLACK_BOT_TOKEN. Give it")
    assert empty_told.startswith("SLACK_SIGNING_SECRET_PREVIOUS is set and empty. Give it")


async def test_a_store_that_forgets_is_told_with_the_setting(room: Room) -> None:
    with room.server.plain() as client:
        client.config_set("appendfsync", "everysec")

    ((part, told),) = await faults(room)
    assert "store" == part
    assert told.endswith("set `appendfsync always`")


async def test_a_store_a_slack_and_a_cluster_that_are_away_are_told_beside_one_another(room: Room) -> None:
    nowhere = room.cluster.write_kubeconfig(room.folder / "nowhere")
    nowhere.write_text(nowhere.read_text().replace(room.cluster.url, "http://127.0.0.1:9"))
    away = {
        "REDIS_URL": "redis://127.0.0.1:9",
        "COUNTERSIGN_SLACK_API_URL": "http://127.0.0.1:9/api/",
        "KUBECONFIG": str(nowhere),
    }
    told = dict(await faults(room, **away))

    assert {"store", "slack", "cluster"} == set(told)
    assert "look at REDIS_URL" in told["store"]
    assert "cannot be reached; look at this machine's network" in told["slack"]
    assert "cannot be reached" in told["cluster"]


async def test_the_embedded_store_is_tried_too(room: Room) -> None:
    environment = {key: value for key, value in room.environment.items() if key != "REDIS_URL"}
    environment |= {"COUNTERSIGN_DATA": str(room.folder / "data")}

    found = await examined(environment, room.policies)
    (store,) = (one for one in found if one.part == "store")
    assert store.well


@pytest.mark.parametrize("made", [(), ("data",)])
async def test_a_check_of_a_store_that_is_not_there_yet_leaves_nothing_behind(
    room: Room, tmp_path_factory: pytest.TempPathFactory, made: tuple[str, ...]
) -> None:
    place = tmp_path_factory.mktemp("place")
    for name in made:
        (place / name).mkdir()
    environment = {key: value for key, value in room.environment.items() if key != "REDIS_URL"}
    environment |= {"COUNTERSIGN_DATA": str(place / "data")}

    (store,) = (one for one in await examined(environment, room.policies) if one.part == "store")
    assert store.well
    assert [place / name for name in made] == list(place.rglob("*"))


async def test_a_folder_that_cannot_hold_a_store_is_told_by_its_own_name(room: Room) -> None:
    (room.folder / "data").write_text("a file")
    environment = {key: value for key, value in room.environment.items() if key != "REDIS_URL"}
    environment |= {"COUNTERSIGN_DATA": str(room.folder / "data")}

    (store,) = (one for one in await examined(environment, room.policies) if one.part == "store")
    assert not store.well
    assert store.told.startswith(f"{room.folder}/data cannot hold a store (Not a directory)")


async def test_policies_with_faults_and_settings_that_are_not_set_do_not_hide_the_rest(room: Room) -> None:
    (room.policies / "severities.yaml").write_text("severities: {}")
    told = await faults(room, COUNTERSIGN_INTAKE_TOKEN="")

    assert {"settings", "policies"} == {part for part, _ in told}


async def test_no_secret_is_printed(room: Room) -> None:
    printed = str(await findings(room))

    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "COUNTERSIGN_INTAKE_TOKEN"):
        assert room.environment[name] not in printed


async def _run(environment: Mapping[str, str]) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "doctor"),
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()


async def test_the_command_prints_a_table_and_its_exit_status_says_whether_something_is_missing(
    room: Room,
) -> None:
    status, printed = await _run(room.environment)
    assert (0, "Nothing is missing.") == (status, printed.splitlines()[-1])
    assert "ok       auditron            get deployments.apps in namespace auditron" in printed

    status, printed = await _run({**room.environment, "KUBECONFIG": "/nowhere"})
    assert (1, "missing") == (status, printed.splitlines()[-2].split()[0])


async def test_what_to_do_next_is_said_only_where_it_helps(room: Room) -> None:
    kubeconfig = room.cluster.write_kubeconfig(room.folder / "auditron-only", "auditron")
    _, lacking = await _run({**room.environment, "KUBECONFIG": str(kubeconfig)})
    assert "What a cluster lacks, `countersign manifest --rbac" in lacking

    assert "take it out" not in lacking
    _, unset = await _run({**room.environment, "LEDGER_URL": ""})
    assert f"A system that you do not have is a file in {room.policies}/systems: take it out" in unset

    status, nothing_set = await _run({})
    assert (1, "Missing: 4. Mend that, and ask the doctor again.") == (
        status,
        nothing_set.splitlines()[-1],
    )
    assert "cluster" not in nothing_set
