"""The clocks behind the clock port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path


class SystemClock:
    """`handlers.ports.clock.Clock` on the machine's own clock."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)


class PracticeClock:
    """The machine's clock and the seconds that a practice workspace has skipped, as a file says them."""

    def __init__(self, skipped: Path) -> None:
        self._file = skipped

    def now(self) -> datetime:
        """The present moment of practice, UTC. Raises OSError or ValueError where the file is none."""
        return datetime.now(UTC) + timedelta(seconds=float(self._file.read_text()))
