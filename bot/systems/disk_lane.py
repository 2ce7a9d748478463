"""Threads for blocking file work, so that a disk that hangs delays only the system it belongs to.

A pool of its own and not asyncio's default one: that one also resolves host names, and a few hung reads
would stop those for the whole bot.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from handlers.errors import CountersignError, DoNotRetry, OutcomeUnknown, TryAgainLater

T = TypeVar("T")

NEEDS_A_PERSON = {
    errno.EACCES: "permission-denied",
    errno.EPERM: "permission-denied",
    errno.EROFS: "read-only",
    errno.EXDEV: "other-filesystem",
    errno.ENAMETOOLONG: "name-too-long",
}
"""What waiting does not mend. Everything else (full, away, stale handle) may pass."""


class DiskLane:
    """Runs file work in at most `workers` threads and waits at most `deadline` seconds for each piece."""

    def __init__(self, name: str, *, workers: int = 4, deadline: float = 60.0) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._deadline = deadline

    async def read(self, work: Callable[[], T]) -> T:
        """Run work that changes nothing. Raises TryAgainLater when the disk does not answer in time."""
        try:
            return await self._run(self._threads.submit(work))
        except TimeoutError:
            raise TryAgainLater("The disk does not answer.", self._deadline) from None

    async def change(self, work: Callable[[], T]) -> T:
        """Run work that may change something. Raises OutcomeUnknown when it began and did not end in time.

        It then goes on in its thread, and does so too when the caller is cancelled: file calls cannot be
        interrupted, and half a move would be worse.
        """
        job = self._threads.submit(work)
        try:
            return await self._run(job)
        except TimeoutError:
            if job.cancelled():
                raise TryAgainLater("The disk is busy; nothing was begun.", self._deadline) from None
            raise OutcomeUnknown("The disk did not answer in time; the work may still end.") from None

    async def _run(self, job: Future[T]) -> T:
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.wrap_future(job)
        except TimeoutError:
            raise
        except OSError as error:
            raise nothing_happened(error) from error

    def close(self) -> None:
        """Begin no more work. Work that runs goes on to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def nothing_happened(error: OSError) -> CountersignError:
    """What an error of the disk means to a caller for whom nothing was changed yet."""
    code = NEEDS_A_PERSON.get(error.errno or 0)
    if code is not None:
        return DoNotRetry(f"The disk refused: {error.strerror}. Nothing was changed.", code)
    return TryAgainLater(f"The folder is away or full: {error.strerror}. Nothing was changed.")
