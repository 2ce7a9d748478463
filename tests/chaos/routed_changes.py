"""Stories of changes over HTTP that policy alone describes: each must end changed once and told once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from sandbox.practice_api import PracticeApi
from tests.chaos.approved import ApprovedStory, asked
from tests.scenarios.room import CRITICAL, Room

_FRESH = itertools.count(1)


@dataclass
class RoutedStory(ApprovedStory):
    """What is changed over an API."""

    api: PracticeApi

    async def changed_once(self, room: Room) -> None:
        """Calls carried the request's key, so one effect came through."""
        assert [key for _, _, key in self.api.calls if key == self.request]


async def a_revocation(room: Room) -> RoutedStory:
    """Two fresh tokens are revoked."""
    names = [f"token-{next(_FRESH):05}" for _ in range(2)]
    room.ledger.issue(*names)
    words = f"provability-fabric revoke-tokens {' '.join(names)} because it must be"
    return RoutedStory(*await asked(room, words, CRITICAL), room.ledger)


async def a_pause(room: Room) -> RoutedStory:
    """The queue, which runs, is paused."""
    room.queue_admin.reset()
    return RoutedStory(*await asked(room, "auditron queue-pause because it must be"), room.queue_admin)
