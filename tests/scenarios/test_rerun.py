"""Reruns: asked for, approved with the mitigation, withdrawn while nothing has run (rows CM-52 to CM-56)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.contracts.credit_monitoring.listener import PATH, Listener, listening, status, text
from tests.scenarios.opening import ops_room
from tests.scenarios.room import OMAR, PIA, RUTH, Json, Room, text_of

MITIGATION = "max_items limit added, retry_loop fixed"


async def rerun_asked(room: Room, record: Json, root: Json) -> Json:
    """Omar asks for a rerun; returns its card."""
    await room.command(OMAR, "/rerun", f"{record['Run_ID']} because max_items is 1000 now")
    return await room.sees("Approve a rerun.*waiting for approval", root["ts"])


async def rerun_approved(room: Room) -> tuple[Json, Json, str]:
    """A quarantined run whose rerun Ruth has approved: record, root, request id."""
    record, root = await room.contained()
    card = await rerun_asked(room, record, root)
    await room.say(RUTH, f"APPROVED for rerun - {MITIGATION}", root["ts"])
    request = room.request_id(card)
    await room.sees(f"{request}.*is done and was read back.*runs/APPROVALS", root["ts"])
    return record, root, request


def approval_of(room: Room, record: Json) -> Json | None:
    """The approval file of a run."""
    path = room.monitor.root / "runs/APPROVALS" / f"{record['Run_ID']}.json"
    return json.loads(path.read_text()) if path.exists() else None


def companion_of(room: Room, record: Json) -> Any:
    """The companion file of a run."""
    (path,) = room.monitor.root.glob(f"runs/*/*/run_{record['Run_ID']}.companion.json")
    return json.loads(path.read_text())


async def test_an_approved_rerun_is_written_down_with_its_mitigation_and_clears_the_flag(room: Room) -> None:
    record, root = await room.contained()
    assert companion_of(room, record)["quarantined"]

    card = text_of(await rerun_asked(room, record, root))
    for fact in (
        "SEV0, always (CM-52)",
        "retry_loop",
        "not in the case yet",
        "mitigation applied",
        "1000 now",
    ):
        assert fact in card
    assert approval_of(room, record) is None
    await room.say(RUTH, f"APPROVED for rerun - {MITIGATION}", root["ts"])
    await room.sees("is done and was read back.*The quarantine flag is cleared", root["ts"])

    approval = approval_of(room, record)
    assert approval is not None
    assert (MITIGATION, "max_items is 1000 now", record["Scenario_ID"]) == (
        approval["mitigation"],
        approval["reason"],
        approval["scenario_id"],
    )
    assert approval["approver"].startswith("O3 ")
    assert approval["request_id"] in card
    assert not companion_of(room, record)["quarantined"]
    assert f"runs/QUARANTINE/{record['Run_ID']}" == room.where(record["Run_ID"])


async def test_an_approval_for_rerun_without_its_mitigation_does_not_count(room: Room) -> None:
    record, root = await room.contained()
    await rerun_asked(room, record, root)

    await room.say(RUTH, "APPROVED for rerun", root["ts"])

    await room.sees("This approval needs a reason", root["ts"])
    assert approval_of(room, record) is None


async def test_a_denied_rerun_leaves_everything_as_it_was(room: Room) -> None:
    record, root = await room.contained()
    card = await rerun_asked(room, record, root)

    await room.say(RUTH, "DENIED - root cause not yet identified, investigation ongoing", root["ts"])

    await room.sees(f"denied.*{room.request_id(card)}.*investigation ongoing", root["ts"])
    assert approval_of(room, record) is None
    assert companion_of(room, record)["quarantined"]


async def test_an_approval_for_something_else_does_not_approve_a_rerun(room: Room) -> None:
    record, root = await room.contained()
    await rerun_asked(room, record, root)

    await room.say(RUTH, "APPROVED for release - looks fine", root["ts"])

    await room.sees("Nothing in this thread waits", root["ts"])
    assert approval_of(room, record) is None


async def test_an_operator_does_not_approve_a_rerun(room: Room) -> None:
    record, root = await room.contained()
    await rerun_asked(room, record, root)

    await room.say(PIA, f"APPROVED for rerun - {MITIGATION}", root["ts"])

    await room.sees("Not counted.*O3 Approver", root["ts"])
    assert approval_of(room, record) is None


async def test_a_rerun_is_approved_once(room: Room) -> None:
    record, _, request = await rerun_approved(room)

    await room.command(OMAR, "/rerun", f"{record['Run_ID']} because once more")

    await room.hears(OMAR, f"was approved for rerun by O3 .*{request}")


async def test_a_rerun_that_has_not_run_is_withdrawn(room: Room) -> None:
    record, root, request = await rerun_approved(room)

    await room.say(RUTH, "@countersign withdraw-rerun because wrong scenario", root["ts"])

    await room.sees("is done and was read back.*kept in runs/APPROVALS/WITHDRAWN", root["ts"])
    assert approval_of(room, record) is None
    assert companion_of(room, record)["quarantined"]
    (kept,) = (room.monitor.root / "runs/APPROVALS/WITHDRAWN").iterdir()
    assert request == json.loads(kept.read_text())["request_id"]


async def test_a_rerun_that_has_run_is_not_withdrawn(room: Room) -> None:
    record, root, _ = await rerun_approved(room)
    ran = room.monitor.record("EMAIL_SEND_001", "SEV4", room.clock.now() + timedelta(minutes=5))
    room.monitor.write_run(ran)

    await room.say(RUTH, "@countersign withdraw-rerun because wrong scenario", root["ts"])

    await room.hears(RUTH, f"The scenario has run since, as {ran['Run_ID']}")
    assert approval_of(room, record) is not None


async def ran_again(room: Room, severity: str) -> Json:
    """The scenario's next run, some minutes after the approval, in the monitor's ledger."""
    ran = room.monitor.record("EMAIL_SEND_001", severity, room.clock.now() + timedelta(minutes=5))
    room.monitor.write_run(ran)
    room.advance(minutes=10)
    return ran


async def test_the_next_run_of_the_scenario_is_told_in_the_thread(room: Room) -> None:
    _, root, request = await rerun_approved(room)

    ran = await ran_again(room, "SEV4")

    told = await room.sees(f"{request}.*ran again as {ran['Run_ID']}: SEV4", root["ts"])
    assert "in the expected range" in text_of(told)
    assert f"<@{RUTH}>" not in text_of(told)


async def test_a_rerun_that_spikes_again_calls_those_who_asked_and_agreed(room: Room) -> None:
    _, root, request = await rerun_approved(room)

    ran = await ran_again(room, "SEV1")

    told = text_of(await room.sees(f"{request}.*ran again as {ran['Run_ID']}: SEV1", root["ts"]))
    assert "look deeper before anything runs again" in told
    assert f"<@{RUTH}>" in told
    assert f"<@{OMAR}>" in told


async def test_a_rerun_that_never_comes_is_told_after_a_week(room: Room) -> None:
    _, root, request = await rerun_approved(room)
    room.advance(days=7, hours=1)
    await room.sees(f"{request}.*nothing came of it within 7 days", root["ts"])


async def test_a_ledger_that_cannot_be_read_is_told_after_a_week(room: Room) -> None:
    _, root, request = await rerun_approved(room)
    with (room.monitor.root / "runs/CREDIT_MONITORING/ledger.jsonl").open("a") as ledger:
        ledger.write("{\n")
    room.advance(days=7, hours=1)
    await room.sees(f"{request}.*could not see.*A line of the monitor's ledger cannot be read", root["ts"])


async def test_after_a_withdrawal_nobody_looks_for_the_rerun(room: Room) -> None:
    _, root, request = await rerun_approved(room)
    await room.say(RUTH, "@countersign withdraw-rerun because wrong scenario", root["ts"])
    await room.sees("kept in runs/APPROVALS/WITHDRAWN", root["ts"])

    await ran_again(room, "SEV1")

    await room.until(lambda: room.events("watched"), "the look for the rerun to end")
    assert not [one for one in room.from_bot(root["ts"]) if "ran again" in text_of(one)]
    assert [request] == [entry["subject"] for entry in room.events("watched")]


@asynccontextmanager
async def room_that_tells(folder: Path) -> AsyncIterator[tuple[Room, Listener]]:
    """A room whose policy names a URL that is told of approved reruns."""
    async with listening() as listener:
        (folder / "url").write_text(listener.url)

        def name_the_url(policies: Path) -> None:
            path = policies / "systems/credit-monitoring.yaml"
            text = path.read_text()
            named = text.replace("settings:\n", f"settings:\n  rerun_url: file:{folder}/url\n")
            assert text != named
            path.write_text(named)

        async with ops_room(folder, edit=name_the_url) as room:
            yield room, listener


async def test_the_url_of_policy_is_told_once_what_the_file_says(tmp_path: Path) -> None:
    async with room_that_tells(tmp_path) as (room, listener):
        listener.answers = [status(503)]

        record, root, request = await rerun_approved(room)

        told = text_of(await room.sees(f"{request}.*took the approval \\(HTTP 202\\)", root["ts"]))
        assert PATH not in told
        assert [request, request] == listener.keys
        assert [approval_of(room, record)] * 2 == [json.loads(body) for body in listener.bodies]


async def test_a_url_that_refuses_leaves_the_request_unknown_and_says_what_stands(tmp_path: Path) -> None:
    async with room_that_tells(tmp_path) as (room, listener):
        listener.answers = [text("<!doctype html>", "text/html", 404)]
        record, root = await room.contained()
        card = await rerun_asked(room, record, root)
        assert "Will be told" in text_of(card)

        await room.say(RUTH, f"APPROVED for rerun - {MITIGATION}", root["ts"])

        said = await room.sees("may or may not have had its effect", root["ts"])
        assert "The approval stands in runs/APPROVALS" in text_of(said)
        assert "refused the approval (HTTP 404)" in text_of(said)
        await room.say(RUTH, "@countersign withdraw-rerun because it was refused", root["ts"])
        await room.sees("was told of the approval, not of this: stop it there too", root["ts"])
        assert approval_of(room, record) is None
