"""Files too large for memory, a disk that is full, a lock that is held, a disk that hangs."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.actions.credit_monitoring.ports import Move, RunState
from handlers.errors import OutcomeUnknown, TryAgainLater
from tests.contracts.credit_monitoring.folder import (
    EXPORT,
    HOME,
    RUN,
    digests_in,
    snapshot,
)
from tests.contracts.credit_monitoring.puppet import Order, Puppet


def test_a_file_larger_than_the_memory_for_it_is_read_in_pieces(root: Path, puppet: Puppet) -> None:
    with (root / HOME / EXPORT).open("wb") as file:
        file.truncate(300_000_000)
    move = {"run_id": RUN, "request_id": "A-1", "digests": digests_in(root / HOME), "after": ""}

    report = puppet.run(Order(str(root), "quarantine", move, memory_limit=250_000_000))

    assert ("returned", "") == (report.ended, report.error)


def test_a_disk_that_takes_no_more_bytes_leaves_everything_as_it_was(root: Path, puppet: Puppet) -> None:
    move = {"run_id": RUN, "request_id": "A-1", "digests": digests_in(root / HOME), "after": ""}
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
