"""Somebody without the lock writes in the middle: the monitor, an operator's shell, another move."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts.credit_monitoring.folder import (
    EXPORT,
    HOME,
    ISOLATED,
    RECORD,
    RUN,
    SIDECAR,
    companion_of,
    digests_in,
    new_root,
)
from tests.contracts.credit_monitoring.puppet import STOP, Order, Puppet

LATE = f"run_{RUN}.late.json"
CHANGED = b'{"Status": "Success"}'


def _quarantine(root: Path) -> Order:
    move = {"run_id": RUN, "request_id": "A-1", "digests": digests_in(root / HOME), "after": ""}
    return Order(str(root), "quarantine", move)


def _release(root: Path) -> Order:
    move = {"run_id": RUN, "request_id": "R-1", "digests": digests_in(root / ISOLATED), "after": "A-1"}
    return Order(str(root), "release", move)


def _frozen_at(root: Path, order: Order, puppet: Puppet, call: str, *, after: str) -> None:
    """Freeze the order just before the first call of one name that follows the first of another."""
    rehearsal = root.with_name("rehearsal")
    shutil.copytree(root, rehearsal)
    calls = puppet.run(replace(order, root=str(rehearsal))).calls
    at = calls.index(call, calls.index(after)) + 1
    assert "stopped" == puppet.run(replace(order, at=at, how=STOP)).ended


def _write_into_the_file(path: Path) -> None:
    path.write_bytes(CHANGED)


def _put_another_file_in_its_place(path: Path) -> None:
    path.with_name("new").write_bytes(CHANGED)
    os.replace(path.with_name("new"), path)


@pytest.mark.parametrize("write", [_write_into_the_file, _put_another_file_in_its_place])
@pytest.mark.parametrize("call", ["link", "open"])
def test_a_file_written_while_it_moves_is_not_lost_and_not_called_moved(
    root: Path, puppet: Puppet, write: Callable[[Path], None], call: str
) -> None:
    """Struck before the file has its second name, and after, when the digest is to be read."""
    _frozen_at(root, _quarantine(root), puppet, call, after="link" if call == "open" else "replace")
    write(root / HOME / EXPORT)

    assert "OutcomeUnknown" == puppet.resume().error
    assert CHANGED in {(root / HOME / EXPORT).read_bytes(), (root / ISOLATED / EXPORT).read_bytes()}
    companion = companion_of(root)
    assert companion is not None
    assert ("quarantining", True) == (companion["state"], companion["dispatch_blocked"])


def test_a_file_that_comes_while_others_move_keeps_the_move_from_being_called_done(
    root: Path, puppet: Puppet
) -> None:
    order = _quarantine(root)
    _frozen_at(root, order, puppet, "unlink", after="link")
    (root / HOME / LATE).write_bytes(CHANGED)

    assert "OutcomeUnknown" == puppet.resume().error
    companion = companion_of(root)
    assert companion is not None
    assert ("quarantining", True) == (companion["state"], companion["dispatch_blocked"])
    assert [LATE] == list(digests_in(root / HOME))


def test_a_late_file_leaves_a_half_done_move_unknown_until_a_new_request_takes_it_along(
    root: Path, puppet: Puppet
) -> None:
    order = _quarantine(root)
    _frozen_at(root, order, puppet, "unlink", after="link")
    (root / HOME / LATE).write_bytes(CHANGED)
    puppet.resume()
    assert "OutcomeUnknown" == puppet.run(order).error

    digests = {**digests_in(root / HOME), **digests_in(root / ISOLATED)}
    move = {"run_id": RUN, "request_id": "A-2", "digests": digests, "after": "A-1"}
    assert "returned" == puppet.run(Order(str(root), "quarantine", move)).ended
    assert digests == digests_in(root / ISOLATED)


def _frozen_looks(root: Path, pattern: Path, puppet: Puppet) -> Iterator[None]:
    """A look at a fresh copy of the pattern, frozen before each of its calls in turn."""
    look = Order(str(root), "look", {"run_id": RUN})
    calls = puppet.run(replace(look, root=str(pattern))).calls
    for at in range(1, len(calls) + 1):
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(pattern, root)
        assert "stopped" == puppet.run(replace(look, at=at, how=STOP)).ended
        yield


@pytest.mark.parametrize("quarantined", [False, True], ids=["quarantine", "release"])
def test_a_look_frozen_while_the_files_move_tells_of_one_moment(
    tmp_path: Path, puppet: Puppet, rival: Puppet, quarantined: bool
) -> None:
    pattern, root = new_root(tmp_path / "pattern"), tmp_path / "root"
    if quarantined:
        rival.run(_quarantine(pattern))
    everything = (EXPORT, RECORD, SIDECAR)

    moments = set()
    for _ in _frozen_looks(root, pattern, puppet):
        assert "returned" == rival.run(_release(root) if quarantined else _quarantine(root)).ended
        look = puppet.resume()
        assert "returned" == look.ended
        moments.add(look.found)

    assert {(everything, ()), ((), everything)} == moments
