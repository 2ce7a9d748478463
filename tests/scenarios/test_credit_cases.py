"""Cases and runs of the credit monitor between alert and release (rows CM-11, CM-14, CM-21, CM-49, CM-50)."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.room import ALERTS, OMAR, RUTH, VERA, Json, Room, text_of


async def classified(room: Room, root: Json, cause: str) -> None:
    """Omar proposes a root cause, Ruth approves it."""
    await room.say(OMAR, f"@countersign classify-case {cause} because the iterator had no limit", root["ts"])
    await room.sees("Classify the case.*waiting for approval", root["ts"])
    await room.say(RUTH, "APPROVED for classify-case - seen in the record", root["ts"])
    await room.sees("now reads Investigating", root["ts"])


@pytest.mark.parametrize(
    ("typed", "cause"), [("Misconfig", "Misconfig"), ("legit-load", "Legit Load"), ("UNKNOWN", "Unknown")]
)
async def test_a_root_cause_is_proposed_approved_and_written(room: Room, typed: str, cause: str) -> None:
    record, root = await room.contained()

    await classified(room, root, typed)

    case = room.case_of(record)
    assert ("Investigating", cause) == (case["Status"], case["Root_Cause"])
    assert "the iterator had no limit" in case["Notes"][-1]["Text"]


async def test_a_root_cause_that_the_runbook_does_not_know_is_not_asked_for(room: Room) -> None:
    _, root = await room.contained()

    await room.say(OMAR, "@countersign classify-case Gremlins because they were there", root["ts"])

    await room.hears(OMAR, "root_cause")
    assert "Open" == room.case()["Status"]


async def test_a_rerun_of_a_sev1_is_asked_for_once_its_alert_is_acknowledged(room: Room) -> None:
    record = await room.alert("SEV1")
    root = await room.sees(rf"{record['Run_ID']}", channel=ALERTS)
    words = f"{record['Run_ID']} because max_items is 1000 now"

    await room.command(OMAR, "/rerun", words)
    await room.hears(OMAR, "Nobody has acknowledged the alert.*CM-21")
    await room.say(OMAR, "ACK - on it", root["ts"], channel=ALERTS)
    await room.sees("acknowledged as O2", root["ts"], channel=ALERTS)
    await room.command(OMAR, "/rerun", words)

    card = text_of(await room.sees("Approve a rerun.*waiting for approval", root["ts"], channel=ALERTS))
    assert "SEV1, always (CM-52)" in card
    assert "Quarantine flag*\\nnot set" in card


async def test_a_viewer_verifies_a_run_and_sees_whether_dispatch_is_blocked(room: Room) -> None:
    record, _ = await room.contained()

    await room.command(VERA, "/ops", f"credit-monitoring verify {record['Run_ID']}")
    assert "nothing differs from its sidecar" in text_of(await room.hears(VERA, "have one that is equal"))
    await room.command(VERA, "/ops", f"credit-monitoring run {record['Run_ID']}")
    told = text_of(await room.hears(VERA, "Dispatch is blocked, the quarantine flag is set"))
    assert "No rerun is approved" in told


async def test_a_viewer_sees_a_record_that_was_changed(room: Room) -> None:
    record, _ = await room.contained()
    path = room.monitor.root / room.where(record["Run_ID"]) / f"run_{record['Run_ID']}.json"
    path.write_text(json.dumps({**record, "Credits_Total": 1}))

    await room.command(VERA, "/ops", f"credit-monitoring verify {record['Run_ID']}")

    await room.hears(VERA, f"run_{record['Run_ID']}.json DIFFERS from its sidecar")


async def test_a_sensitive_run_is_not_cleared_by_a_mitigation_alone(room: Room) -> None:
    """Somebody resolved the case by hand, without evidence that nothing was exposed."""
    record, root = await room.contained()
    (path,) = (room.monitor.root / "cases").glob("CASE-*.json")
    by_hand = {
        "Status": "Resolved",
        "Root_Cause": "Misconfig",
        "Root_Cause_Analysis": "no limit",
        "Mitigation": "limited",
    }
    path.write_text(json.dumps({**json.loads(path.read_text()), **by_hand}))

    await room.release_asked(record, root)
    await room.say(RUTH, "APPROVED - mitigated", root["ts"])

    await room.sees("cannot be approved yet. Not met: Exposure is a false positive", root["ts"])
    assert f"runs/QUARANTINE/{record['Run_ID']}" == room.where(record["Run_ID"])
