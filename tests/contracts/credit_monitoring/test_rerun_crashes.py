"""An approval or a withdrawal that is killed, refused or frozen at any of its system calls ends right."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.credit_monitoring.folder import (
    HOME,
    RUN,
    companion_of,
    digests_in,
    new_root,
    sha256,
    snapshot,
    tree,
)
from tests.contracts.credit_monitoring.puppet import KILL, STOP, Order, Puppet, Report

FILE = f"runs/APPROVALS/{RUN}.json"
KEPT = f"runs/APPROVALS/WITHDRAWN/{RUN}.R-5.json"
APPROVAL = {
    "run_id": RUN,
    "request_id": "R-5",
    "scenario_id": "EMAIL_SEND_001",
    "approver": "O3 Ruth",
    "mitigation": "max_items limit added",
    "reason": "customer waits",
    "after": "A-1",
}


def _quarantine(root: Path) -> Order:
    move = {"run_id": RUN, "request_id": "A-1", "digests": digests_in(root / HOME), "after": ""}
    return Order(str(root), "quarantine", move)


def _approval(root: Path, **changed: Any) -> Order:
    return Order(str(root), "approve", {**APPROVAL, **changed})


def _withdrawal(root: Path) -> Order:
    """Sealed for the approval that every test here writes: it is the same, byte for byte."""
    wish = {
        "run_id": RUN,
        "request_id": "R-6",
        "approval_id": "R-5",
        "approval_sha256": sha256((root / FILE).read_bytes()),
        "reason": "wrong scenario",
    }
    return Order(str(root), "withdraw", wish)


def _ready_to_approve(root: Path, puppet: Puppet) -> Order:
    new_root(root)
    assert "returned" == puppet.run(_quarantine(root)).ended
    return _approval(root)


def _ready_to_withdraw(root: Path, puppet: Puppet) -> Order:
    assert "returned" == puppet.run(_ready_to_approve(root, puppet)).ended
    return _withdrawal(root)


def _flag(root: Path) -> bool:
    companion = companion_of(root)
    assert companion is not None
    return bool(companion["quarantined"])


def _require_approved(root: Path) -> None:
    assert "R-5" == json.loads((root / FILE).read_bytes())["request_id"]
    assert not _flag(root)


def _require_withdrawn(root: Path) -> None:
    assert not (root / FILE).exists()
    assert "R-6" == json.loads((root / KEPT).read_bytes())["withdrawn"]["request_id"]
    assert _flag(root)


def _flag_never_clear_without_approval(root: Path) -> None:
    """Whoever sees the flag cleared finds the approval that cleared it, standing or kept."""
    assert _flag(root) or (root / FILE).exists() or (root / KEPT).exists()


Ready = Callable[[Path, Puppet], Order]
Require = Callable[[Path], None]
BOTH = pytest.mark.parametrize(
    ("ready", "require"),
    [(_ready_to_approve, _require_approved), (_ready_to_withdraw, _require_withdrawn)],
    ids=["approve", "withdraw"],
)


def _struck(root: Path, ready: Ready, puppet: Puppet, how: str) -> Iterator[tuple[Report, Order]]:
    """The call, made afresh for each of its system calls, struck just before it."""
    pattern = root.with_name("pattern")
    ready(pattern, puppet)
    order = replace(ready(root, puppet), how=how)
    calls = puppet.run(order).calls
    for at in range(1, len(calls) + 1):
        shutil.rmtree(root)
        shutil.copytree(pattern, root)
        yield puppet.run(replace(order, at=at)), order


@BOTH
def test_one_that_is_killed_at_any_call_is_finished_by_the_next(
    tmp_path: Path, puppet: Puppet, ready: Ready, require: Require
) -> None:
    root, struck = tmp_path / "root", 0
    for report, again in _struck(root, ready, puppet, KILL):
        struck += 1
        assert "killed" == report.ended
        _flag_never_clear_without_approval(root)
        assert "returned" == puppet.run(again).ended
        require(root)
        assert [] == [name for name in tree(root) if name.endswith(".tmp")]
    assert struck > 30


@BOTH
@pytest.mark.parametrize("fault", ["ENOSPC", "EACCES"])
def test_a_call_that_the_disk_refuses_is_reported_as_what_it_left(
    tmp_path: Path, puppet: Puppet, ready: Ready, require: Require, fault: str
) -> None:
    """TryAgainLater and DoNotRetry promise that nothing happened: then nothing may have."""
    root, errors = tmp_path / "root", set()
    ready(tmp_path / "before", puppet)
    before = snapshot(tmp_path / "before")
    for report, again in _struck(root, ready, puppet, fault):
        errors.add(report.error)
        if report.error in ("TryAgainLater", "DoNotRetry"):
            left = {path: sha for path, sha in snapshot(root).items() if not path.endswith(".tmp")}
            assert before == left
        assert "returned" == puppet.run(again).ended
        require(root)
    early = "DoNotRetry" if fault == "EACCES" else "TryAgainLater"
    assert {early, "OutcomeUnknown"} == errors


def test_an_executor_that_thaws_after_the_withdrawal_does_not_approve_again(
    root: Path, puppet: Puppet, rival: Puppet
) -> None:
    """It stood before its lock while another replica took its work over and people took the effect back."""
    order = _ready_to_approve(root, puppet)
    rehearsal = shutil.copytree(root, root.with_name("rehearsal"))
    locks_at = puppet.run(replace(order, root=str(rehearsal))).calls.index("flock") + 1
    assert "stopped" == puppet.run(replace(order, at=locks_at, how=STOP)).ended

    assert "returned" == rival.run(order).ended
    assert "returned" == rival.run(_withdrawal(root)).ended

    assert "TargetChanged" == puppet.resume().error
    _require_withdrawn(root)


def test_two_requests_approve_one_rerun_once(tmp_path: Path, puppet: Puppet, rival: Puppet) -> None:
    for number in range(10):
        root = tmp_path / str(number)
        _ready_to_approve(root, puppet)
        puppet.begin(_approval(root))
        rival.begin(_approval(root, request_id="R-9"))

        assert ["", "TargetChanged"] == sorted([puppet.report().error, rival.report().error])
        approved = json.loads((root / FILE).read_bytes())["request_id"]
        companion = companion_of(root)
        assert companion is not None
        assert approved == companion["rerun"]
