"""Quarantine and release: sealed, stamped, once (rows CM-05, CM-47 to CM-51)."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from handlers.ports import Move, RunState
from tests.contracts.credit_monitoring.folder import (
    COMPANION,
    EXPORT,
    HOME,
    ISOLATED,
    RECORD,
    RUN,
    SIDECAR,
    companion_of,
    digests_in,
    put_run,
    snapshot,
    tree,
)
from tests.contracts.credit_monitoring.puppet import Order, Puppet

AT = "2026-11-20T10:00:00+00:00"


@pytest.fixture
def quarantine(root: Path) -> Move:
    """The monitor's first quarantine of the run, sealed as the files are now."""
    return Move(RUN, "A-1", digests_in(root / HOME))


@pytest.fixture
def release(quarantine: Move) -> Move:
    """The request that releases it."""
    return replace(quarantine, request_id="R-1")


async def test_quarantine_moves_every_file_and_blocks_dispatch(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move
) -> None:
    state = await monitor.files.quarantine(quarantine)

    assert {} == digests_in(root / HOME)
    assert quarantine.digests == digests_in(root / ISOLATED)
    assert {
        "schema": 1,
        "run_id": RUN,
        "state": "quarantined",
        "quarantined": True,
        "dispatch_blocked": True,
        "request_id": "A-1",
        "files": quarantine.digests,
        "history": [
            {"at": AT, "request_id": "A-1", "state": "quarantining"},
            {"at": AT, "request_id": "A-1", "state": "quarantined"},
        ],
    } == companion_of(root)
    assert state == await monitor.files.look(RUN)


async def test_release_brings_them_back_and_unblocks_dispatch(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await monitor.files.quarantine(quarantine)

    state = await monitor.files.release(release)

    companion = companion_of(root)
    assert companion is not None
    assert release.digests == digests_in(root / HOME)
    assert ("released", False, False, "R-1") == tuple(
        companion[key] for key in ("state", "quarantined", "dispatch_blocked", "request_id")
    )
    assert ["quarantining", "quarantined", "releasing", "released"] == [
        step["state"] for step in companion["history"]
    ]
    assert f"{ISOLATED}" not in tree(root)
    assert state == await monitor.files.look(RUN)


async def test_other_runs_and_the_ledger_stay_as_they_are(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move
) -> None:
    others = {path: digest for path, digest in snapshot(root).items() if f"{RUN}." not in path}

    await monitor.files.quarantine(quarantine)

    assert others.items() <= snapshot(root).items()


async def test_the_same_move_again_changes_nothing(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    first = await monitor.files.quarantine(quarantine)
    before = snapshot(root)
    assert first == await monitor.files.quarantine(quarantine)
    assert before == snapshot(root)

    second = await monitor.files.release(release)
    before = snapshot(root)
    assert second == await monitor.files.release(release)
    assert before == snapshot(root)


async def test_a_released_run_can_be_quarantined_by_a_new_request(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    await monitor.files.release(release)

    state = await monitor.files.quarantine(replace(quarantine, request_id="R-2"))

    assert (0, 3) == (len(state.in_home), len(state.in_quarantine))
    assert state.companion is not None
    assert "R-2" == state.companion["request_id"]
    assert 6 == len(state.companion["history"])


async def test_a_stale_request_moves_nothing(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    await monitor.files.release(release)
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.files.quarantine(quarantine)

    assert before == snapshot(root)


async def test_one_stamp_does_not_serve_two_moves(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.files.release(quarantine)

    assert before == snapshot(root)


async def test_what_another_request_has_done_is_not_done_again(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    with pytest.raises(TargetChanged):
        await monitor.files.quarantine(replace(quarantine, request_id="A-2"))

    await monitor.files.release(release)
    with pytest.raises(TargetChanged):
        await monitor.files.release(replace(release, request_id="R-2"))

    companion = companion_of(root)
    assert companion is not None
    assert 4 == len(companion["history"])


async def test_a_run_that_was_never_quarantined_is_not_released(
    monitor: CreditMonitorOnDisk, root: Path, release: Move
) -> None:
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.files.release(release)

    assert before == snapshot(root)


def _change_the_record(folder: Path) -> None:
    (folder / RECORD).write_text("{}")


def _add_a_file(folder: Path) -> None:
    (folder / f"run_{RUN}.late.json").write_text("{}")


def _lose_a_file(folder: Path) -> None:
    (folder / EXPORT).unlink()


def _change_the_sidecar(folder: Path) -> None:
    (folder / SIDECAR).write_text("0" * 64)


CHANGES = pytest.mark.parametrize(
    "change", [_change_the_record, _add_a_file, _lose_a_file, _change_the_sidecar]
)


@CHANGES
async def test_files_other_than_the_sealed_ones_are_not_quarantined(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, change: Callable[[Path], None]
) -> None:
    change(root / HOME)
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.files.quarantine(quarantine)

    assert before == snapshot(root)


@CHANGES
async def test_files_other_than_the_sealed_ones_are_not_released(
    monitor: CreditMonitorOnDisk,
    root: Path,
    quarantine: Move,
    release: Move,
    change: Callable[[Path], None],
) -> None:
    await monitor.files.quarantine(quarantine)
    change(root / ISOLATED)
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.files.release(release)

    assert before == snapshot(root)


@pytest.mark.parametrize("name", [RECORD, f"run_{RUN}.stranger"])
async def test_another_file_at_the_destination_stops_the_move_before_it_begins(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, name: str
) -> None:
    (root / ISOLATED).mkdir(parents=True)
    (root / ISOLATED / name).write_text("another")
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.files.quarantine(quarantine)

    assert before == snapshot(root)


async def test_a_record_written_again_during_quarantine_is_not_overwritten_by_release(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    put_run(root, RUN, Status="Success")
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.files.release(release)

    assert before == snapshot(root)


@pytest.mark.parametrize("sidecar", [None, "0" * 64, "no digest"])
async def test_a_bad_sidecar_does_not_keep_a_run_out_of_quarantine(
    monitor: CreditMonitorOnDisk, root: Path, sidecar: str | None
) -> None:
    (root / HOME / SIDECAR).unlink()
    if sidecar is not None:
        (root / HOME / SIDECAR).write_text(sidecar)

    state = await monitor.files.quarantine(Move(RUN, "A-1", digests_in(root / HOME)))

    record = next(file for file in state.in_quarantine if file.name == RECORD)
    assert (None if sidecar is None else False) is record.sidecar_ok


async def test_files_moved_by_hand_are_stamped_where_they_are(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    (root / ISOLATED).mkdir(parents=True)
    for name in quarantine.digests:
        os.rename(root / HOME / name, root / ISOLATED / name)
    state = await monitor.files.quarantine(quarantine)
    assert state.companion is not None
    assert "quarantined" == state.companion["state"]

    for name in quarantine.digests:
        os.rename(root / ISOLATED / name, root / HOME / name)
    state = await monitor.files.release(release)
    assert state.companion is not None
    assert "released" == state.companion["state"]


async def test_files_brought_back_by_hand_are_not_moved_twice_by_one_request(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    for name in quarantine.digests:
        os.rename(root / ISOLATED / name, root / HOME / name)
    before = snapshot(root)

    with pytest.raises(OutcomeUnknown):
        await monitor.files.quarantine(quarantine)

    assert before == snapshot(root)


async def test_a_late_file_is_quarantined_by_a_new_request(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    _add_a_file(root / HOME)
    assert 1 == len((await monitor.files.quarantine(quarantine)).in_home)

    digests = {**quarantine.digests, **digests_in(root / HOME)}
    state = await monitor.files.quarantine(Move(RUN, "A-2", digests))

    assert (0, 4) == (len(state.in_home), len(state.in_quarantine))


async def test_what_else_lies_in_the_quarantine_folder_stays_there(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    (root / ISOLATED / "notes.txt").write_text("an operator's notes")

    await monitor.files.release(release)

    assert ["notes.txt"] == [path.name for path in (root / ISOLATED).iterdir()]


async def test_a_copy_at_the_destination_counts_as_the_file_when_its_digest_does(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move
) -> None:
    (root / ISOLATED).mkdir(parents=True)
    (root / ISOLATED / RECORD).write_bytes((root / HOME / RECORD).read_bytes())

    state = await monitor.files.quarantine(quarantine)

    assert (0, 3) == (len(state.in_home), len(state.in_quarantine))


async def test_a_run_whose_folder_is_unknown_is_not_released(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    (root / ISOLATED).mkdir(parents=True)
    for name in digests_in(root / HOME):
        (root / HOME / name).unlink()
    (root / ISOLATED / RECORD).write_text("not json")

    with pytest.raises(DoNotRetry) as caught:
        await monitor.files.release(Move(RUN, "R-1", digests_in(root / ISOLATED)))

    assert "no-home" == caught.value.code


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        '{"schema": 2}',
        json.dumps({"schema": 1, "run_id": RUN, "state": "elsewhere"}),
        json.dumps(
            {
                "schema": 1,
                "run_id": "RUN-20261120-EMA9610",
                "state": "released",
                "quarantined": False,
                "dispatch_blocked": False,
                "request_id": "R-9",
                "files": {},
                "history": [],
            }
        ),
    ],
)
async def test_a_damaged_companion_stops_every_move(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, content: str
) -> None:
    (root / HOME / COMPANION).write_text(content)
    before = snapshot(root)

    with pytest.raises(DoNotRetry) as caught:
        await monitor.files.quarantine(quarantine)

    assert "bad-companion" == caught.value.code
    assert before == snapshot(root)


async def test_what_others_add_to_the_companion_is_kept(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    companion = companion_of(root)
    assert companion is not None
    (root / HOME / COMPANION).write_text(json.dumps({**companion, "rerun": "R-7"}))

    state = await monitor.files.release(release)

    assert state.companion is not None
    assert ("R-7", "released") == (state.companion["rerun"], state.companion["state"])


@pytest.mark.parametrize("request_id", ["", "R-1\n", "x" * 201, "\ud800"])
async def test_a_move_without_a_proper_stamp_is_refused(
    monitor: CreditMonitorOnDisk, quarantine: Move, request_id: str
) -> None:
    with pytest.raises(DoNotRetry) as caught:
        await monitor.files.quarantine(replace(quarantine, request_id=request_id))

    assert "bad-request-id" == caught.value.code


def test_a_file_larger_than_the_memory_for_it_is_read_in_pieces(root: Path, puppet: Puppet) -> None:
    with (root / HOME / EXPORT).open("wb") as file:
        file.truncate(300_000_000)
    move = {"run_id": RUN, "request_id": "A-1", "digests": digests_in(root / HOME)}

    report = puppet.run(Order(str(root), "quarantine", move, memory_limit=250_000_000))

    assert ("returned", "") == (report.ended, report.error)


def test_a_disk_that_takes_no_more_bytes_leaves_everything_as_it_was(root: Path, puppet: Puppet) -> None:
    move = {"run_id": RUN, "request_id": "A-1", "digests": digests_in(root / HOME)}
    before = snapshot(root)

    report = puppet.run(Order(str(root), "quarantine", move, file_size_limit=100))

    assert "TryAgainLater" == report.error
    assert before == {path: digest for path, digest in snapshot(root).items() if not path.endswith(".tmp")}


@contextmanager
def _lock_held(root: Path) -> Iterator[None]:
    (root / ".locks").mkdir(exist_ok=True)
    with (root / f".locks/run_{RUN}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def test_a_locked_run_is_tried_again_later_and_can_be_looked_at(root: Path, quarantine: Move) -> None:
    monitor = CreditMonitorOnDisk(root, lambda: datetime.now(UTC), lock_wait=0.1)
    with _lock_held(root):
        with pytest.raises(TryAgainLater):
            await monitor.files.quarantine(quarantine)
        assert 3 == len((await monitor.files.look(RUN)).in_home)

    assert 3 == len((await monitor.files.quarantine(quarantine)).in_quarantine)
    monitor.close()


async def test_a_disk_that_hangs_holds_up_neither_the_loop_nor_the_caller_for_ever(
    root: Path, quarantine: Move
) -> None:
    """Four threads wait for a lock as they would for a disk; a fifth call never begins."""
    monitor = CreditMonitorOnDisk(root, lambda: datetime.now(UTC), lock_wait=30.0, deadline=0.3)
    with _lock_held(root):
        hanging = [asyncio.create_task(_ending(monitor, quarantine)) for _ in range(5)]
        ticks = 0
        while not all(task.done() for task in hanging):
            await asyncio.sleep(0.01)
            ticks += 1
        assert [OutcomeUnknown] * 4 + [TryAgainLater] == [task.result() for task in hanging]
        assert ticks > 5
    monitor.close()


async def _ending(monitor: CreditMonitorOnDisk, move: Move) -> type[Exception] | RunState:
    try:
        return await monitor.files.quarantine(move)
    except (OutcomeUnknown, TryAgainLater) as error:
        return type(error)
