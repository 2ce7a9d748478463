"""Services that know who is on call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Turn:
    """Whose turn it is by a service: its own names or addresses. `stale` when this was read some time ago
    and the service could not be asked since."""

    names: tuple[str, ...]
    read_at: datetime
    stale: bool = False


class Roster(Protocol):
    """A service that knows who is on call. Raises `TryAgainLater` or `DoNotRetry`."""

    async def turn(self, at: datetime) -> Turn:
        """Whose turn it is at a moment."""
        ...
