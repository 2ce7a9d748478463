"""The system's clock, behind the clock port."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """`handlers.ports.Clock` on the machine's own clock."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)
