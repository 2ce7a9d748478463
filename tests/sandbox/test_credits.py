"""The practice credit monitor writes what the real one writes, and says where everything lies."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.credits import CreditMonitor
from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint, answering
from tests.sandbox.wanted import refused


@pytest.fixture
def monitor(tmp_path: Path, app: Endpoint) -> CreditMonitor:
    made = CreditMonitor(tmp_path, intake_url=app.url, intake_token="practice-token")
    made.prepare(days=2)
    return made


def _run(monitor: CreditMonitor, run_id: str) -> dict[str, Any]:
    return next(run for run in monitor.state()["runs"] if run["run_id"] == run_id)


def test_ordinary_days_have_one_run_of_each_scenario(monitor: CreditMonitor, tmp_path: Path) -> None:
    ledger = (tmp_path / "runs" / "CREDIT_MONITORING" / "ledger.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in ledger]
    assert 6 == len(records)
    assert {("SEV4", "Success")} == {(each["Severity"], each["Status"]) for each in records}
    assert {"config"} < {each.name for each in tmp_path.iterdir()}


def test_a_sidecar_is_bare_hex_of_the_record(monitor: CreditMonitor, tmp_path: Path) -> None:
    (record, *_) = (tmp_path / "runs" / "CREDIT_MONITORING").glob("*/run_*.json")
    sidecar = record.with_name(f"{record.name}.sha256").read_text()
    assert hashlib.sha256(record.read_bytes()).hexdigest() == sidecar


def test_preparing_twice_adds_nothing(monitor: CreditMonitor) -> None:
    assert 0 == monitor.prepare()
    assert 6 == len(monitor.state()["runs"])


async def test_an_alert_is_written_and_posted_with_the_token(monitor: CreditMonitor, app: Endpoint) -> None:
    app.answer = answering(202)
    told = await monitor.alert()
    assert 202 == told["status"]
    (posted,) = app.received
    assert "Bearer practice-token" == posted.headers["Authorization"]
    assert ("SEV0", "Quarantined", "EMAIL_SEND_001") == tuple(
        posted.payload_json[name] for name in ("Severity", "Status", "Scenario_ID")
    )
    run = _run(monitor, told["run_id"])
    assert run["where"].startswith("runs/CREDIT_MONITORING/")
    assert [True, None] == [each["sha256_ok"] for each in run["files"]]


async def test_the_record_on_the_disk_is_the_one_that_is_posted(
    monitor: CreditMonitor, app: Endpoint
) -> None:
    told = await monitor.alert("INTAKE_ANALYSIS", "SEV1")
    (path,) = monitor.root.glob(f"runs/*/*/run_{told['run_id']}.json")
    assert json.loads(path.read_bytes()) == app.received[0].payload_json


async def test_a_run_is_shown_where_it_is_with_its_companion_and_case(monitor: CreditMonitor) -> None:
    run_id = (await monitor.alert())["run_id"]
    (path,) = monitor.root.glob(f"runs/*/*/run_{run_id}.json")
    isolated = monitor.root / "runs" / "QUARANTINE" / run_id
    isolated.mkdir(parents=True)
    path.with_name(f"run_{run_id}.companion.json").write_text('{"quarantined": true}')
    path.with_name(f"{path.name}.sha256").rename(isolated / f"{path.name}.sha256")
    path.rename(isolated / path.name)
    (isolated / path.name).write_bytes(b"changed")
    (monitor.root / "cases").mkdir()
    (monitor.root / "cases" / "CASE-1.json").write_text('{"Case_ID": "CASE-1"}')
    run = _run(monitor, run_id)
    assert (f"runs/QUARANTINE/{run_id}", {"quarantined": True}) == (run["where"], run["companion"])
    assert [False, None] == [each["sha256_ok"] for each in run["files"]]
    assert [{"Case_ID": "CASE-1"}] == monitor.state()["cases"]


async def test_a_bot_that_is_away_leaves_the_run_on_the_disk(monitor: CreditMonitor) -> None:
    monitor.intake_url = "http://127.0.0.1:9/alerts/run-record"
    said = await refused(monitor.alert())
    assert "bot_unreachable" == said.code
    assert _run(monitor, str(said.extra["run_id"]))


async def test_a_severity_that_the_monitor_does_not_know_is_refused(monitor: CreditMonitor) -> None:
    assert "invalid_arguments" == (await refused(monitor.alert("EMAIL_SEND_001", "SEV9"))).code


async def test_the_page_sees_the_folder_and_sends_runs(
    monitor: CreditMonitor, slack: PracticeSlack, session: Any
) -> None:
    slack.control.credits = monitor
    async with session.post(f"{slack.url}/practice/credits/alert", json={"severity": "SEV1"}) as response:
        told = await response.json()
    async with session.get(f"{slack.url}/practice/credits") as response:
        runs = (await response.json())["runs"]
    assert (told["run_id"], "SEV1") == (runs[0]["run_id"], runs[0]["severity"])


async def test_a_storm_is_told_and_not_kept(monitor: CreditMonitor, app: Endpoint) -> None:
    app.answer = answering(202)
    assert {"sent": 300, "taken": 300} == await monitor.storm()
    assert 300 == len({str(one.payload_json["Run_ID"]) for one in app.received})
    assert 6 == len(monitor.state()["runs"])
