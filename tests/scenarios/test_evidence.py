"""Evidence is saved before repair, in seconds, and no line of it reaches Slack (PF-16, PF-51, CC-56)."""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import pytest

from tests.scenarios.opening import LEDGER_TOKEN
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, VERA, Json, Room, text_of
from tests.scenarios.test_logs import SECRETS, everything_told


async def saved(room: Room, words: str, channel: str) -> Json:
    """Omar asks for it; returns what is said at the end."""
    await room.command(OMAR, "/ops", f"{words} because data exposure")
    return await room.sees("is done and was read back.*SHA-256 [0-9a-f]{64}", channel=channel)


async def test_logs_of_an_hour_are_saved_with_digest_and_custody(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    told = text_of(
        await saved(room, "provability-fabric preserve-logs app=retrieval-gateway since=1h", CRITICAL)
    )

    (line,) = [json.loads(one) for one in (room.evidence / "manifest.jsonl").read_text().splitlines()]
    data = (room.evidence / line["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == line["sha256"]
    assert all(one in told for one in (line["file"], line["sha256"], f"{len(data)} bytes"))
    assert "data exposure" == line["why"]
    assert re.search(rf"O2 Omar.*\({OMAR}\)", line["asked_by"][0])
    assert b"practice-ledger-token" in data
    leaks = [one for one in SECRETS if one in everything_told(room, "".join(capfd.readouterr()))]
    assert [] == leaks


async def test_where_patients_are_the_count_names_the_evidence(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    await room.command(OMAR, "/ops", "clinchat-rag logs clinchat-rag-api")
    await room.hears(OMAR, "No evidence of these lines is saved yet")
    await saved(room, "clinchat-rag preserve-logs clinchat-rag-api 24h", ALERTS)
    (name,) = [one.name for one in room.evidence.glob("*.log")]

    await room.command(OMAR, "/ops", "clinchat-rag logs clinchat-rag-api")

    await room.hears(OMAR, f"Saved last as evidence: {name}")
    assert b"Jane Example" in (room.evidence / name).read_bytes()
    leaks = [one for one in SECRETS if one in everything_told(room, "".join(capfd.readouterr()))]
    assert [] == leaks


async def test_an_exposure_saves_logs_receipts_and_certificates_in_one_go(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    """PF-51: what the ledger has goes into the same manifest, and no row of it to Slack."""
    told = text_of(await saved(room, "provability-fabric preserve-evidence exposure", CRITICAL))

    lines = [json.loads(one) for one in (room.evidence / "manifest.jsonl").read_text().splitlines()]
    assert ["logs of app=retrieval-gateway", "answers of receipts", "answers of certificates"] == [
        one["what"] for one in lines
    ]
    data = {one["what"]: (room.evidence / one["file"]).read_bytes() for one in lines}
    assert [one["sha256"] for one in lines] == [hashlib.sha256(one).hexdigest() for one in data.values()]
    assert "rcpt-1031" in {one["receipt_id"] for one in json.loads(data["answers of receipts"])["receipts"]}
    assert "Access receipts: 4 rows." in told
    assert all(one["sha256"] in told for one in lines)
    assert "rcpt-1031" not in everything_told(room, "".join(capfd.readouterr()))
    assert LEDGER_TOKEN.encode() not in b"".join(data.values())


async def test_the_logs_of_two_deployments_are_saved_by_one_command(room: Room) -> None:
    """PF-16: gateway and firewall, the last hour."""
    await saved(room, "provability-fabric preserve-evidence triage", CRITICAL)

    lines = [json.loads(one) for one in (room.evidence / "manifest.jsonl").read_text().splitlines()]
    assert ["logs of app=retrieval-gateway", "logs of app=egress-firewall"] == [one["what"] for one in lines]
    assert 2 == len(list(room.evidence.glob("*.log")))


async def test_a_ledger_that_is_away_loses_its_part_and_nothing_else(room: Room) -> None:
    room.ledger.fault("html", True)
    await room.command(OMAR, "/ops", "provability-fabric preserve-evidence exposure because data exposure")

    told = text_of(await room.sees("stopped midway"))

    assert "The answers of receipts are not saved: The API" in told
    lines = [json.loads(one) for one in (room.evidence / "manifest.jsonl").read_text().splitlines()]
    assert ["logs of app=retrieval-gateway"] == [one["what"] for one in lines]
    assert lines[0]["sha256"] in told


async def test_events_of_all_namespaces_are_saved(room: Room) -> None:
    told = text_of(await saved(room, "clinchat-rag preserve-events 24h", ALERTS))
    assert "The events of all namespaces are saved as evidence" in told


async def test_a_viewer_may_not_and_a_folder_that_is_away_is_named(room: Room) -> None:
    await room.command(VERA, "/ops", "clinchat-rag preserve-events because I wonder")
    await room.hears(VERA, "O2 Read Operator")
    shutil.rmtree(room.evidence)
    await room.command(OMAR, "/ops", "clinchat-rag preserve-events because data exposure")
    await room.hears(OMAR, "The folder for evidence is not there.*COUNTERSIGN_EVIDENCE")
    assert not room.evidence.exists()
