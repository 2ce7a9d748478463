"""How often threads may be read from Slack: fifty times a minute, and the gravest go first.

https://docs.slack.dev/reference/methods/conversations.replies (tier 3). Replies are read back with the same
method, so some of the fifty are left to that.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.errors import TryAgainLater

MOST = 20
EVERY = 1.5
"""Seconds until one more read is free again: forty a minute."""
REST = 3.0
"""Seconds without a read after Slack did not answer one."""
KEPT = 6
"""Reads that only the gravest may use."""


class ThreadReads:
    """Counts reads of threads; one replica's own."""

    def __init__(self) -> None:
        self._left = float(MOST)
        self._at: datetime | None = None
        self._rests_until: datetime | None = None

    def turn(self, now: datetime, *, gravest: bool) -> None:
        """Use one read. Raises TryAgainLater when there is none left for so urgent a thread."""
        if self._rests_until is not None and now < self._rests_until:
            raise TryAgainLater("Slack did not answer a moment ago", after=REST)
        if self._at is not None:
            self._left = min(float(MOST), self._left + max(0.0, (now - self._at).total_seconds()) / EVERY)
        self._at = now
        if self._left < (1 if gravest else 1 + KEPT):
            raise TryAgainLater("many threads are read at once", after=EVERY)
        self._left -= 1

    def rest(self, now: datetime, seconds: float) -> None:
        """Slack does not answer: ask it no more for a while, so that nobody waits for one more silence."""
        self._rests_until = now + timedelta(seconds=max(seconds, REST))
