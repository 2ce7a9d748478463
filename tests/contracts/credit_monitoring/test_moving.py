"""Quarantine and release: stamped, once, in order (rows CM-05, CM-47 to CM-51)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.actions.credit_monitoring.ports import Move
from handlers.errors import DoNotRetry, TargetChanged
from tests.contracts.credit_monitoring.folder import (
    COMPANION,
    HOME,
    ISOLATED,
    RECORD,
    RUN,
    companion_of,
    digests_in,
    snapshot,
    tree,
)

AT = "2026-11-20T10:00:00+00:00"


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

    state = await monitor.files.quarantine(replace(quarantine, request_id="R-2", after="R-1"))

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


@pytest.mark.parametrize("after", ["", "A-1", "R-8"])
async def test_a_move_sealed_before_others_were_made_is_too_late(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move, after: str
) -> None:
    """The same files lie in quarantine again, but not since the move that was seen when it was sealed."""
    await monitor.files.quarantine(quarantine)
    await monitor.files.release(release)
    await monitor.files.quarantine(replace(quarantine, request_id="R-2", after="R-1"))
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.files.release(replace(release, request_id="R-3", after=after))

    assert before == snapshot(root)


async def test_a_run_whose_companion_is_gone_is_not_moved_by_what_was_sealed_with_one(
    monitor: CreditMonitorOnDisk, root: Path, quarantine: Move, release: Move
) -> None:
    await monitor.files.quarantine(quarantine)
    (root / HOME / COMPANION).unlink()
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.files.release(release)

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
        await monitor.files.quarantine(replace(quarantine, request_id="A-2", after="A-1"))

    await monitor.files.release(release)
    with pytest.raises(TargetChanged):
        await monitor.files.release(replace(release, request_id="R-2", after="R-1"))

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


async def test_a_run_whose_folder_is_unknown_is_not_released(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    (root / ISOLATED).mkdir(parents=True)
    for name in digests_in(root / HOME):
        (root / HOME / name).unlink()
    (root / ISOLATED / RECORD).write_text("not json")

    with pytest.raises(DoNotRetry) as caught:
        await monitor.files.release(Move(RUN, "R-1", digests_in(root / ISOLATED), after=""))

    assert "no-home" == caught.value.code
