"""The credit monitor: a system of kind `credit-monitoring`, reached through its folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.systems.case_files import CasesOnDisk
from bot.systems.disk_lane import DiskLane
from bot.systems.run_files import RunFilesOnDisk

LOCK_WAIT_SECONDS = 5.0
DEADLINE_SECONDS = 60.0


class CreditMonitorOnDisk:
    """The `CreditMonitor` port on the monitor's folder `root`, which holds `runs/` and `cases/`.

    `now` gives the times in stamps. `lock_wait` bounds the wait for another process at work on the same run
    or case, `deadline` every call as a whole, both in seconds.
    """

    def __init__(
        self,
        root: Path,
        now: Callable[[], datetime],
        *,
        lock_wait: float = LOCK_WAIT_SECONDS,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self._lane = DiskLane("credit-monitor", deadline=deadline)
        self._files = RunFilesOnDisk(root, self._lane, now, lock_wait)
        self._cases = CasesOnDisk(root, self._lane, now, lock_wait)

    @property
    def files(self) -> RunFilesOnDisk:
        """The runs' files."""
        return self._files

    @property
    def cases(self) -> CasesOnDisk:
        """The cases."""
        return self._cases

    def close(self) -> None:
        """Begin no more work; what runs goes on to its end."""
        self._lane.close()
