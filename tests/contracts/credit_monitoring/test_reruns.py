"""Approvals of reruns on the disk: written once, taken back while nothing has run (rows CM-53 to CM-56)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.actions.credit_monitoring.ports import Move, RerunApproval, RerunWithdrawal
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from tests.contracts.credit_monitoring.folder import (
    COMPANION,
    HOME,
    RUN,
    companion_of,
    digests_in,
    snapshot,
)
from tests.contracts.credit_monitoring.puppet import AT

SCENARIO = "EMAIL_SEND_001"
FILE = f"runs/APPROVALS/{RUN}.json"
KEPT = f"runs/APPROVALS/WITHDRAWN/{RUN}.R-5.json"
LEDGER = "runs/CREDIT_MONITORING/ledger.jsonl"
APPROVAL = RerunApproval(
    RUN, "R-5", SCENARIO, "O3 Ruth", "max_items limit added", "customer waits", AT, after="A-1"
)


def _approved(root: Path) -> Mapping[str, Any]:
    said: Mapping[str, Any] = json.loads((root / FILE).read_bytes())
    return said


async def _withdrawal(monitor: CreditMonitorOnDisk) -> RerunWithdrawal:
    """The request that takes the approval back, sealed as it is now."""
    state = await monitor.reruns.look(RUN)
    return RerunWithdrawal(RUN, "R-6", "R-5", state.approval_sha256, "wrong scenario", AT)


def _ran(root: Path, run_id: str, timestamp: str, scenario: str = SCENARIO) -> None:
    entry = {"Run_ID": run_id, "Timestamp": timestamp, "Scenario_ID": scenario}
    with (root / LEDGER).open("a") as ledger:
        ledger.write(json.dumps(entry) + "\n")


@pytest.fixture
async def quarantined(monitor: CreditMonitorOnDisk, quarantine: Move) -> CreditMonitorOnDisk:
    """The adapter on a folder whose run is in quarantine by A-1."""
    await monitor.files.quarantine(quarantine)
    return monitor


@pytest.fixture
async def approved(quarantined: CreditMonitorOnDisk) -> CreditMonitorOnDisk:
    """The same with an approved rerun."""
    await quarantined.reruns.approve(APPROVAL)
    return quarantined


async def test_an_approval_is_written_and_the_quarantine_flag_cleared(
    quarantined: CreditMonitorOnDisk, root: Path
) -> None:
    before = companion_of(root)
    assert before is not None

    await quarantined.reruns.approve(APPROVAL)

    assert {
        "schema": 1,
        "run_id": RUN,
        "scenario_id": SCENARIO,
        "request_id": "R-5",
        "approver": "O3 Ruth",
        "mitigation": "max_items limit added",
        "reason": "customer waits",
        "time": "2026-11-20T10:00:00.000Z",
    } == _approved(root)
    assert {**before, "quarantined": False, "rerun": "R-5"} == companion_of(root)
    assert _approved(root) == (await quarantined.reruns.look(RUN)).approval


async def test_dispatch_of_the_old_files_stays_blocked(approved: CreditMonitorOnDisk, root: Path) -> None:
    companion = companion_of(root)
    assert companion is not None
    assert companion["dispatch_blocked"]


async def test_a_run_that_was_never_quarantined_gets_an_approval_and_no_companion(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    await monitor.reruns.approve(replace(APPROVAL, after=""))

    assert "R-5" == _approved(root)["request_id"]
    assert companion_of(root) is None


async def test_the_same_approval_again_changes_nothing(approved: CreditMonitorOnDisk, root: Path) -> None:
    before = snapshot(root)

    await approved.reruns.approve(APPROVAL)

    assert before == snapshot(root)


async def test_a_second_request_does_not_approve_over_the_first(
    approved: CreditMonitorOnDisk, root: Path
) -> None:
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await approved.reruns.approve(replace(APPROVAL, request_id="R-9"))

    assert before == snapshot(root)


async def test_an_approval_sealed_before_the_last_move_is_too_late(
    quarantined: CreditMonitorOnDisk, root: Path, release: Move
) -> None:
    await quarantined.files.release(release)
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await quarantined.reruns.approve(APPROVAL)

    assert before == snapshot(root)


async def test_a_flag_that_a_later_move_has_set_is_not_cleared(
    approved: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await approved.files.release(release)
    await approved.files.quarantine(replace(quarantine, request_id="R-7", after="R-1"))
    before = snapshot(root)

    await approved.reruns.approve(APPROVAL)

    assert before == snapshot(root)
    companion = companion_of(root)
    assert companion is not None
    assert (True, "R-5") == (companion["quarantined"], companion["rerun"])


async def test_when_the_files_moved_before_the_flag_was_cleared_nobody_says_it_was(
    quarantined: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    """Killed between the two writes, then released and quarantined again by others."""
    companion = (root / HOME / COMPANION).read_bytes()
    await quarantined.reruns.approve(APPROVAL)
    (root / HOME / COMPANION).write_bytes(companion)
    await quarantined.files.release(release)
    await quarantined.files.quarantine(replace(quarantine, request_id="R-7", after="R-1"))

    with pytest.raises(OutcomeUnknown):
        await quarantined.reruns.approve(APPROVAL)


async def test_a_release_after_an_approval_moves_the_files_as_ever(
    approved: CreditMonitorOnDisk, root: Path, release: Move
) -> None:
    await approved.files.release(release)

    assert release.digests == digests_in(root / HOME)
    companion = companion_of(root)
    assert companion is not None
    assert ("released", "R-5") == (companion["state"], companion["rerun"])


async def test_a_withdrawal_takes_the_approval_away_and_sets_the_flag_again(
    approved: CreditMonitorOnDisk, root: Path
) -> None:
    approval = _approved(root)

    await approved.reruns.withdraw(await _withdrawal(approved))

    assert not (root / FILE).exists()
    taken = {"request_id": "R-6", "reason": "wrong scenario", "time": "2026-11-20T10:00:00.000Z"}
    assert {**approval, "withdrawn": taken} == json.loads((root / KEPT).read_bytes())
    companion = companion_of(root)
    assert companion is not None
    assert companion["quarantined"]
    assert "rerun" not in companion
    state = await approved.reruns.look(RUN)
    assert (None, 1) == (state.approval, len(state.withdrawn))


async def test_after_a_release_a_withdrawal_sets_no_flag(
    approved: CreditMonitorOnDisk, root: Path, release: Move
) -> None:
    await approved.files.release(release)

    await approved.reruns.withdraw(await _withdrawal(approved))

    companion = companion_of(root)
    assert companion is not None
    assert not companion["quarantined"]


async def test_the_same_withdrawal_again_changes_nothing(approved: CreditMonitorOnDisk, root: Path) -> None:
    withdrawal = await _withdrawal(approved)
    await approved.reruns.withdraw(withdrawal)
    before = snapshot(root)

    await approved.reruns.withdraw(withdrawal)

    assert before == snapshot(root)


async def test_what_was_withdrawn_is_not_withdrawn_by_another(approved: CreditMonitorOnDisk) -> None:
    withdrawal = await _withdrawal(approved)
    await approved.reruns.withdraw(withdrawal)

    with pytest.raises(TargetChanged):
        await approved.reruns.withdraw(replace(withdrawal, request_id="R-8"))


async def test_an_approval_that_was_withdrawn_is_not_written_again_by_its_own_request(
    approved: CreditMonitorOnDisk, root: Path
) -> None:
    """Its executor stood still all the while."""
    await approved.reruns.withdraw(await _withdrawal(approved))
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await approved.reruns.approve(APPROVAL)

    assert before == snapshot(root)


async def test_after_a_withdrawal_another_request_may_approve(
    approved: CreditMonitorOnDisk, root: Path
) -> None:
    await approved.reruns.withdraw(await _withdrawal(approved))

    await approved.reruns.approve(replace(APPROVAL, request_id="R-8"))

    assert "R-8" == _approved(root)["request_id"]


async def test_an_approval_that_was_edited_is_not_withdrawn_under_the_old_seal(
    approved: CreditMonitorOnDisk, root: Path
) -> None:
    withdrawal = await _withdrawal(approved)
    (root / FILE).write_text(json.dumps({**_approved(root), "mitigation": "none"}))

    with pytest.raises(TargetChanged):
        await approved.reruns.withdraw(withdrawal)

    assert (root / FILE).exists()


async def test_what_has_run_cannot_be_withdrawn(approved: CreditMonitorOnDisk, root: Path) -> None:
    withdrawal = await _withdrawal(approved)
    _ran(root, "RUN-20261120-EMA962", "2026-11-20T10:05:00.000Z")

    ran = await approved.reruns.ran(RUN)
    assert ran is not None
    assert "RUN-20261120-EMA962" == ran["Run_ID"]
    with pytest.raises(TargetChanged):
        await approved.reruns.withdraw(withdrawal)

    assert (root / FILE).exists()


@pytest.mark.parametrize(
    ("timestamp", "scenario"),
    [("2026-11-20T09:59:59.999Z", SCENARIO), ("2026-11-20T10:05:00.000Z", "INTAKE_ANALYSIS")],
)
async def test_earlier_runs_and_other_scenarios_are_no_rerun(
    approved: CreditMonitorOnDisk, root: Path, timestamp: str, scenario: str
) -> None:
    _ran(root, "RUN-20261120-EMA962", timestamp, scenario)

    assert await approved.reruns.ran(RUN) is None


async def test_of_several_runs_the_first_counts_in_a_ledger_of_many_blocks(
    approved: CreditMonitorOnDisk, root: Path
) -> None:
    for number in range(1500):
        _ran(root, f"RUN-20261120-INT{number}", "2026-11-20T09:50:00.000Z", "INTAKE_ANALYSIS")
    _ran(root, "RUN-20261120-EMA962", "2026-11-20T10:05:00.000Z")
    for number in range(1500):
        _ran(root, f"RUN-20261120-EXP{number}", "2026-11-20T10:06:00.000Z", "INTAKE_ANALYSIS")
    _ran(root, "RUN-20261120-EMA963", "2026-11-20T10:07:00.000Z")

    ran = await approved.reruns.ran(RUN)
    assert ran is not None
    assert "RUN-20261120-EMA962" == ran["Run_ID"]


@pytest.mark.parametrize("line", ["{", "[]", '{"Run_ID": "RUN-1"}', '{"Timestamp": "2026-11-20T10:00:00"}'])
async def test_a_ledger_that_cannot_be_read_is_said_so(
    approved: CreditMonitorOnDisk, root: Path, line: str
) -> None:
    with (root / LEDGER).open("a") as ledger:
        ledger.write(line + "\n")

    with pytest.raises(DoNotRetry) as caught:
        await approved.reruns.ran(RUN)

    assert "bad-ledger" == caught.value.code


async def test_a_ledger_that_is_being_written_is_read_later(
    approved: CreditMonitorOnDisk, root: Path
) -> None:
    with (root / LEDGER).open("a") as ledger:
        ledger.write('{"Run_ID": "RUN-2026')

    with pytest.raises(TryAgainLater):
        await approved.reruns.ran(RUN)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        json.dumps({"run_id": RUN, "request_id": 5, "scenario_id": "X", "time": "2026-11-20T10:00:00Z"}),
        json.dumps({"run_id": "RUN-X", "request_id": "R-5", "scenario_id": "X", "time": "now"}),
    ],
)
async def test_a_damaged_approval_stops_everything(
    approved: CreditMonitorOnDisk, root: Path, content: str
) -> None:
    withdrawal = await _withdrawal(approved)
    (root / FILE).write_text(content)
    before = snapshot(root)

    for call in (
        approved.reruns.look(RUN),
        approved.reruns.ran(RUN),
        approved.reruns.approve(APPROVAL),
        approved.reruns.withdraw(withdrawal),
    ):
        with pytest.raises(DoNotRetry) as caught:
            await call
        assert "bad-approval" == caught.value.code
    assert before == snapshot(root)


async def test_a_link_in_the_place_of_an_approval_is_refused(
    quarantined: CreditMonitorOnDisk, root: Path
) -> None:
    (root / "runs/APPROVALS").mkdir()
    (root / "elsewhere.json").write_text("{}")
    (root / FILE).symlink_to(root / "elsewhere.json")

    with pytest.raises(DoNotRetry) as caught:
        await quarantined.reruns.approve(APPROVAL)

    assert "unsafe-path" == caught.value.code


@pytest.mark.parametrize("request_id", ["", "../R-5", "R 5", "R-5\n", "x" * 61])
async def test_a_request_id_that_names_no_file_is_refused(
    quarantined: CreditMonitorOnDisk, request_id: str
) -> None:
    with pytest.raises(DoNotRetry) as caught:
        await quarantined.reruns.approve(replace(APPROVAL, request_id=request_id))

    assert "bad-request-id" == caught.value.code


async def test_a_look_shows_the_scenarios_configuration(monitor: CreditMonitorOnDisk, root: Path) -> None:
    (root / "config/scenarios").mkdir(parents=True)
    (root / f"config/scenarios/{SCENARIO}.json").write_text('{"max_items": 1000}')

    state = await monitor.reruns.look(RUN, SCENARIO)

    assert {"max_items": 1000} == state.config
    assert 64 == len(state.config_sha256)


@pytest.mark.parametrize("scenario", ["", "NO_SUCH", "../scenarios/EMAIL_SEND_001", "a/b", "."])
async def test_a_scenario_without_configuration_has_none(
    monitor: CreditMonitorOnDisk, root: Path, scenario: str
) -> None:
    (root / "config/scenarios").mkdir(parents=True)
    (root / f"config/scenarios/{SCENARIO}.json").write_text('{"max_items": 1000}')

    state = await monitor.reruns.look(RUN, scenario)

    assert (None, "") == (state.config, state.config_sha256)
