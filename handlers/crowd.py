"""How many at once may wait for one system: one that hangs must not keep the others waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from handlers.errors import TryAgainLater

MOST_INSIDE = 8
"""Due work of one system that a replica does at the same time, of `Tuning.concurrency` in all."""
COME_BACK = 2.0
"""Seconds after which work that found its system crowded is claimed again."""


class Crowd:
    """Counts the work that is inside each system now."""

    def __init__(self) -> None:
        self._inside: Counter[str] = Counter()

    @contextmanager
    def enter(self, system: str) -> Iterator[None]:
        """Work on a system, none for an empty name. Raises TryAgainLater when too many already do."""
        if system and self._inside[system] >= MOST_INSIDE:
            raise TryAgainLater(f"{system} keeps {MOST_INSIDE} others waiting", after=COME_BACK)
        self._inside[system] += 1
        try:
            yield
        finally:
            self._inside[system] -= 1
