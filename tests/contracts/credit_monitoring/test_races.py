"""Two processes at the same run or case: one effect, and everybody is told the truth."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.errors import TryAgainLater
from tests.contracts.credit_monitoring.folder import (
    CASE,
    HOME,
    ISOLATED,
    RUN,
    companion_of,
    digests_in,
    new_root,
    sha256,
)
from tests.contracts.credit_monitoring.puppet import STOP, Order, Puppet

ROUNDS = 15


def _quarantine(root: Path, request_id: str) -> Order:
    move = {"run_id": RUN, "request_id": request_id, "digests": digests_in(root / HOME), "after": ""}
    return Order(str(root), "quarantine", move)


@pytest.mark.parametrize("others_id", ["A-1", "A-2"], ids=["same-request", "another-request"])
def test_two_processes_quarantine_a_run_once(
    tmp_path: Path, puppet: Puppet, rival: Puppet, others_id: str
) -> None:
    for number in range(ROUNDS):
        root = new_root(tmp_path / str(number))
        digests = digests_in(root / HOME)
        puppet.begin(_quarantine(root, "A-1"))
        rival.begin(_quarantine(root, others_id))

        endings = sorted([puppet.report().error, rival.report().error])

        assert ["", "" if others_id == "A-1" else "TargetChanged"] == endings
        assert {} == digests_in(root / HOME)
        assert digests == digests_in(root / ISOLATED)
        companion = companion_of(root)
        assert companion is not None
        assert ["quarantining", "quarantined"] == [step["state"] for step in companion["history"]]


@pytest.mark.parametrize("quarantined_again", [False, True])
def test_an_executor_frozen_before_its_lock_is_too_late_when_it_thaws(
    root: Path, puppet: Puppet, rival: Puppet, quarantined_again: bool
) -> None:
    """The claim was lost while the process stood still; others have moved the files since."""
    order = _quarantine(root, "A-1")
    assert "returned" == rival.run(order).ended
    move = {"run_id": RUN, "request_id": "R-1", "digests": order.arguments["digests"], "after": "A-1"}
    release = Order(str(root), "release", move)
    rehearsal = shutil.copytree(root, root.with_name("rehearsal"))
    locks_at = puppet.run(replace(release, root=str(rehearsal))).calls.index("flock") + 1

    assert "stopped" == puppet.run(replace(release, at=locks_at, how=STOP)).ended
    assert "returned" == rival.run(replace(release, arguments={**move, "request_id": "R-2"})).ended

    if quarantined_again:
        again = {**order.arguments, "request_id": "Q-2", "after": "R-2"}
        assert "returned" == rival.run(replace(order, arguments=again)).ended

    assert "TargetChanged" == puppet.resume().error
    companion = companion_of(root)
    assert companion is not None
    assert ("Q-2" if quarantined_again else "R-2") == companion["request_id"]


def test_two_processes_open_a_case_once(tmp_path: Path, puppet: Puppet, rival: Puppet) -> None:
    for number in range(ROUNDS):
        root = new_root(tmp_path / str(number))
        case = {"case_id": CASE, "fields": {"Status": "Open"}}
        puppet.begin(Order(str(root), "open", {**case, "request_id": "A-1"}))
        rival.begin(Order(str(root), "open", {**case, "request_id": "A-2"}))

        assert ["", "TargetChanged"] == sorted([puppet.report().error, rival.report().error])
        assert 1 == len(json.loads((root / f"cases/{CASE}.json").read_text())["Stamps"])


def test_two_processes_that_expect_the_same_case_do_not_both_amend_it(
    root: Path, puppet: Puppet, rival: Puppet
) -> None:
    puppet.run(Order(str(root), "open", {"case_id": CASE, "request_id": "A-1", "fields": {"Status": "Open"}}))
    for number in range(ROUNDS):
        path = root / f"cases/{CASE}.json"
        amend = {
            "case_id": CASE,
            "expected_digest": sha256(path.read_bytes()),
            "fields": {},
            "note": f"note {number}",
        }
        puppet.begin(Order(str(root), "amend", {**amend, "request_id": f"R-{number}"}))
        rival.begin(Order(str(root), "amend", {**amend, "request_id": f"S-{number}"}))

        assert ["", "TargetChanged"] == sorted([puppet.report().error, rival.report().error])
        assert number + 1 == len(json.loads(path.read_text())["Notes"])


async def test_a_look_during_moves_never_misses_a_file(
    monitor: CreditMonitorOnDisk, root: Path, puppet: Puppet
) -> None:
    """Each look sees one moment: every file somewhere, and whole."""
    digests, steady, last = digests_in(root / HOME), 0, ""
    for number in range(ROUNDS):
        method = "release" if number % 2 else "quarantine"
        move = {"run_id": RUN, "request_id": f"R-{number}", "digests": digests, "after": last}
        puppet.begin(Order(str(root), method, move))
        last = f"R-{number}"
        for _ in range(10):
            try:
                state = await monitor.files.look(RUN)
            except TryAgainLater:
                continue
            steady += 1
            assert digests == {file.name: file.sha256 for file in (*state.in_home, *state.in_quarantine)}
        assert "" == puppet.report().error
    assert steady > ROUNDS
