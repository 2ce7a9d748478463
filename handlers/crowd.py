"""How many at once may wait for one system: one that hangs must not keep the others waiting.

What may take minutes (a drain) has places of its own, so that meanwhile the system is looked at, scaled and
asked about as before, and other systems have their share of the replica.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from handlers.errors import TryAgainLater

MOST_INSIDE = 8
"""Due work of one system that a replica does at the same time, of `Tuning.concurrency` in all."""
MOST_LONG = 4
"""Long work of one system that a replica does at the same time, beside the other."""
MOST_LONG_IN_ALL = 12
"""Long work of all systems together."""
LONG = 60.0
"""Seconds above which what policy gives an action makes it long."""
COME_BACK = 2.0
"""Seconds after which work that found its system crowded is claimed again."""


class Crowd:
    """Counts the work that is inside each system now."""

    def __init__(self) -> None:
        self._inside: Counter[tuple[str, bool]] = Counter()

    @contextmanager
    def enter(self, system: str, *, long: bool = False) -> Iterator[None]:
        """Work on a system, none for an empty name. Raises TryAgainLater when too many already do."""
        most = MOST_LONG if long else MOST_INSIDE
        if system and self._inside[system, long] >= most:
            raise TryAgainLater(f"{system} keeps {most} others waiting", after=COME_BACK)
        if long and sum(count for (_, is_long), count in self._inside.items() if is_long) >= MOST_LONG_IN_ALL:
            raise TryAgainLater(f"{MOST_LONG_IN_ALL} long actions are under way", after=COME_BACK)
        self._inside[system, long] += 1
        try:
            yield
        finally:
            self._inside[system, long] -= 1
