"""A clock that a test moves; it never runs backwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class VirtualClock:
    """`handlers.ports.clock.Clock`: the machine's time plus what the test has skipped."""

    def __init__(self) -> None:
        self._skipped = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._skipped

    def advance(self, **duration: float) -> None:
        """Skip ahead, as `advance(minutes=15)`."""
        self._skipped += timedelta(**duration)
