"""A move takes exactly the files that were sealed, whatever else lies there (rows CM-47 to CM-51)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.actions.credit_monitoring.ports import Move
from handlers.errors import OutcomeUnknown, TargetChanged
from tests.contracts.credit_monitoring.folder import (
    EXPORT,
    HOME,
    ISOLATED,
    RECORD,
    RUN,
    SIDECAR,
    digests_in,
    put_run,
    snapshot,
)


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

    state = await monitor.files.quarantine(Move(RUN, "A-1", digests_in(root / HOME), after=""))

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
    state = await monitor.files.quarantine(Move(RUN, "A-2", digests, after="A-1"))

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
