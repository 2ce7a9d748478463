"""Lines of a log are followed: one message that ends, wherever the replica dies that shows them (AU-05)."""

from __future__ import annotations

import contextlib

from sandbox.slack.errors import RefusedAct
from tests.chaos.alone import delivered_again
from tests.chaos.once import nothing_posted_twice, quiet
from tests.scenarios.room import CRITICAL, VERA, Json, Room, text_of

WORDS = "auditron follow auditron-api for 10s"
TITLE = "The newest lines of auditron-api"


class FollowStory:
    """Vera follows for a few seconds."""

    fuse = WORDS

    def __init__(self, room: Room) -> None:
        self._before = {one["ts"] for one in _shown(room)}
        self._ended = len(room.events("follow-ended"))

    async def begin(self, room: Room) -> None:
        with contextlib.suppress(RefusedAct):
            await room.command(VERA, "/ops", WORDS, CRITICAL)

    async def again(self, room: Room) -> None:
        """A command is recorded before the points at which this story dies, so nobody types it again."""
        await delivered_again(room)

    async def ended_once(self, room: Room) -> None:
        """There is one message, it says that the time is over, and the record has one end."""

        def over() -> list[Json]:
            mine = [one for one in _shown(room) if one["ts"] not in self._before]
            return mine if any("The time is over" in text_of(one) for one in mine) else []

        mine = await room.until(over, "the message to end")
        await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
        assert 1 == len(mine)
        assert self._ended + 1 == len(room.events("follow-ended"))
        nothing_posted_twice(_shown(room))


def _shown(room: Room) -> list[Json]:
    return [
        one for one in room.from_bot(channel=CRITICAL) if TITLE in text_of(one) and not one.get("deleted")
    ]


async def a_following(room: Room) -> FollowStory:
    """Nothing need wait for it."""
    return FollowStory(room)
