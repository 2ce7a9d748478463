"""The credit monitor: a system of kind `credit-monitoring`, reached through its folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiohttp

from bot.systems.case_files import CasesOnDisk
from bot.systems.disk_lane import DiskLane
from bot.systems.rerun_call import RerunCall
from bot.systems.rerun_files import RerunsOnDisk
from bot.systems.run_files import RunFilesOnDisk

LOCK_WAIT_SECONDS = 5.0
DEADLINE_SECONDS = 60.0


class CreditMonitorOnDisk:
    """The `CreditMonitor` port on the monitor's folder `root`, which holds `runs/` and `cases/`.

    `now` gives the times in stamps. `lock_wait` bounds the wait for another process at work on the same run
    or case, `deadline` every call as a whole, both in seconds. `call` tells of approved reruns.
    """

    def __init__(
        self,
        root: Path,
        now: Callable[[], datetime],
        *,
        lock_wait: float = LOCK_WAIT_SECONDS,
        deadline: float = DEADLINE_SECONDS,
        call: RerunCall | None = None,
    ) -> None:
        self._lane = DiskLane("credit-monitor", deadline=deadline)
        self._files = RunFilesOnDisk(root, self._lane, now, lock_wait)
        self._cases = CasesOnDisk(root, self._lane, now, lock_wait)
        self._reruns = RerunsOnDisk(root, self._lane, lock_wait, call)

    @property
    def files(self) -> RunFilesOnDisk:
        """The runs' files."""
        return self._files

    @property
    def cases(self) -> CasesOnDisk:
        """The cases."""
        return self._cases

    @property
    def reruns(self) -> RerunsOnDisk:
        """The approvals of reruns."""
        return self._reruns

    def close(self) -> None:
        """Begin no more work; what runs goes on to its end."""
        self._lane.close()


@asynccontextmanager
async def opened(
    settings: Mapping[str, str], now: Callable[[], datetime]
) -> AsyncIterator[CreditMonitorOnDisk]:
    """The adapter for a system's settings: `root`, and perhaps `rerun_url` and `rerun_token`.

    Raises DoNotRetry (`bad-url`) for a `rerun_url` that cannot be.
    """
    root, url = Path(settings["root"]), settings.get("rerun_url", "")
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        call = RerunCall(session, url, settings.get("rerun_token", "")) if url else None
        monitor = CreditMonitorOnDisk(root, now, call=call)
        try:
            yield monitor
        finally:
            monitor.close()
