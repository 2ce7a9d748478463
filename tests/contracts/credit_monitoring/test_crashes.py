"""A move that is killed, refused or frozen at any of its system calls ends right when it is made again.

The system calls are not listed here: a move that comes through whole says which it makes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.credit_monitoring.folder import (
    HOME,
    ISOLATED,
    RUN,
    companion_of,
    digests_in,
    new_root,
    snapshot,
    tree,
)
from tests.contracts.credit_monitoring.puppet import KILL, STOP, Order, Puppet, Report

CHANGING = frozenset({"flock", "mkdir", "open", "replace", "link", "unlink", "rmdir"})
"""Between two of these calls the disk looks the same to everybody else."""


@dataclass(frozen=True)
class Moving:
    """A move, the one before it, the folder it takes files from and the one it brings them to, its stages."""

    method: str
    request_id: str
    after: str
    source: str
    destination: str
    doing: str
    done: str


QUARANTINE = Moving("quarantine", "A-1", "", HOME, ISOLATED, "quarantining", "quarantined")
RELEASE = Moving("release", "R-1", "A-1", ISOLATED, HOME, "releasing", "released")
BOTH_WAYS = pytest.mark.parametrize("moving", [QUARANTINE, RELEASE], ids=["quarantine", "release"])


def _order(root: Path, moving: Moving, digests: Mapping[str, str], **what: Any) -> Order:
    move = {"run_id": RUN, "request_id": moving.request_id, "digests": digests, "after": moving.after}
    return Order(str(root), moving.method, move, **what)


def _ready(root: Path, moving: Moving, puppet: Puppet) -> dict[str, str]:
    """Make a folder in which this move can be made; the digests of its files."""
    pattern = root.with_name("pattern")
    if not pattern.exists():
        new_root(pattern)
        if moving is RELEASE:
            puppet.run(_order(pattern, QUARANTINE, digests_in(pattern / HOME)))
    if root.exists():
        shutil.rmtree(root)
    shutil.copytree(pattern, root)
    return digests_in(root / moving.source)


def _struck_moves(
    root: Path, moving: Moving, puppet: Puppet, how: str, at_calls: frozenset[str] = frozenset()
) -> Iterator[tuple[Report, Order, dict[str, str]]]:
    """The move, made afresh for each of its system calls (or those named), struck just before the call."""
    calls = puppet.run(_order(root, moving, _ready(root, moving, puppet), how=how)).calls
    for at, call in enumerate(calls, start=1):
        if call in at_calls or not at_calls:
            order = _order(root, moving, _ready(root, moving, puppet), at=at, how=how)
            yield puppet.run(order), replace(order, at=0), dict(order.arguments["digests"])


def _require_nothing_lost(root: Path, moving: Moving, digests: Mapping[str, str]) -> None:
    """Every file is somewhere, whole; and a file that has left is covered by the stamp."""
    source, destination = digests_in(root / moving.source), digests_in(root / moving.destination)
    assert digests == {**source, **destination}
    assert digests == {**destination, **source}
    companion = companion_of(root) or {}
    if destination:
        assert (moving.request_id, digests) == (companion["request_id"], companion["files"])
        assert companion["state"] in (moving.doing, moving.done)
    if digests_in(root / ISOLATED) or digests != digests_in(root / HOME):
        assert companion["dispatch_blocked"]


def _require_done(root: Path, moving: Moving, digests: Mapping[str, str]) -> None:
    """Every file exactly once, and the companion tells the truth."""
    assert {} == digests_in(root / moving.source)
    assert digests == digests_in(root / moving.destination)
    companion = companion_of(root)
    assert companion is not None
    assert (moving.done, moving.request_id) == (companion["state"], companion["request_id"])
    assert (moving is QUARANTINE) is companion["dispatch_blocked"] is companion["quarantined"]
    stages = [step["state"] for step in companion["history"] if step["request_id"] == moving.request_id]
    assert [moving.doing, moving.done] == stages
    assert [] == [name for name in tree(root) if name.endswith(".tmp")]


@BOTH_WAYS
def test_a_move_killed_at_any_call_is_finished_by_the_next(
    tmp_path: Path, puppet: Puppet, moving: Moving
) -> None:
    root, struck = tmp_path / "root", 0
    for report, again, digests in _struck_moves(root, moving, puppet, KILL):
        struck += 1
        assert "killed" == report.ended
        _require_nothing_lost(root, moving, digests)
        assert "returned" == puppet.run(again).ended
        _require_done(root, moving, digests)
    assert struck > 100


@BOTH_WAYS
@pytest.mark.parametrize("fault", ["ENOSPC", "EACCES"])
def test_a_call_that_the_disk_refuses_is_reported_as_what_it_left(
    tmp_path: Path, puppet: Puppet, moving: Moving, fault: str
) -> None:
    """TryAgainLater and DoNotRetry promise that nothing happened: then nothing may have."""
    root, errors = tmp_path / "root", set()
    _ready(root, moving, puppet)
    before = snapshot(root)
    for report, again, digests in _struck_moves(root, moving, puppet, fault):
        errors.add(report.error)
        _require_nothing_lost(root, moving, digests)
        if report.error in ("TryAgainLater", "DoNotRetry"):
            assert before == {
                path: digest for path, digest in snapshot(root).items() if not path.endswith(".tmp")
            }
        assert "returned" == puppet.run(again).ended
        _require_done(root, moving, digests)
    early = "DoNotRetry" if fault == "EACCES" else "TryAgainLater"
    assert {early, "OutcomeUnknown"} == errors


@BOTH_WAYS
def test_a_frozen_move_keeps_others_out_and_can_be_looked_at(
    tmp_path: Path, puppet: Puppet, rival: Puppet, moving: Moving
) -> None:
    root, endings = tmp_path / "root", set()
    for report, again, digests in _struck_moves(root, moving, puppet, STOP, CHANGING):
        assert "stopped" == report.ended
        _require_nothing_lost(root, moving, digests)
        assert "returned" == rival.run(Order(str(root), "look", {"run_id": RUN})).ended
        other = rival.run(replace(again, lock_wait=0.0))
        assert "returned" == puppet.resume().ended
        endings.add(other.error or other.ended)
        _require_done(root, moving, digests)
    assert {"returned", "TryAgainLater"} == endings, "the lock was free at first, then held"


@BOTH_WAYS
def test_a_stamp_is_on_disk_before_the_first_move_and_a_copy_before_its_original_goes(
    tmp_path: Path, puppet: Puppet, moving: Moving
) -> None:
    """Killing a process loses nothing that a power cut would: so the order of the calls is checked too."""
    root = tmp_path / "root"
    digests = _ready(root, moving, puppet)

    calls = list(puppet.run(_order(root, moving, digests)).calls)

    stamp, last = calls.index("replace"), len(calls) - 1 - calls[::-1].index("replace")
    links = [at for at, call in enumerate(calls) if call == "link"]
    assert 3 == len(links)
    assert stamp < links[0]
    assert links[-1] < last
    assert "fsync" in calls[stamp : links[0]]
    for link in links:
        gone = calls.index("unlink", link)
        assert "fsync" in calls[link:gone]
        assert "fsync" in calls[gone:last]
    assert "fsync" in calls[last:]


@BOTH_WAYS
def test_a_request_that_died_midway_can_be_taken_over_and_is_then_stale(
    tmp_path: Path, puppet: Puppet, moving: Moving
) -> None:
    """Half released, quarantined again: the way back is open at every point."""
    root, overtaken = tmp_path / "root", 0
    back = replace(QUARANTINE if moving is RELEASE else RELEASE, request_id="R-9", after=moving.request_id)
    for _, again, digests in _struck_moves(root, moving, puppet, KILL, CHANGING):
        if (companion_of(root) or {}).get("state") != moving.doing:
            continue
        overtaken += 1
        assert "returned" == puppet.run(_order(root, back, digests)).ended
        assert digests == digests_in(root / back.destination)
        before = snapshot(root)
        assert "TargetChanged" == puppet.run(again).error
        assert before == snapshot(root)
    assert overtaken > 10


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strikes=st.lists(st.integers(30, 160), min_size=2, max_size=5))
def test_a_move_killed_again_and_again_ends_right(tmp_path: Path, puppet: Puppet, strikes: list[int]) -> None:
    root = tmp_path / "root"
    digests = _ready(root, RELEASE, puppet)
    for at in strikes:
        puppet.run(_order(root, RELEASE, digests, at=at))
        _require_nothing_lost(root, RELEASE, digests)

    assert "returned" == puppet.run(_order(root, RELEASE, digests)).ended
    _require_done(root, RELEASE, digests)
