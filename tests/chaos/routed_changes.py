"""Stories of changes over HTTP that policy alone describes: each must end changed once and told once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from sandbox.practice_api import PracticeApi
from tests.chaos.alone import WORDS, delivered_again
from tests.chaos.once import nothing_posted_twice, quiet, recorded_once
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, RUTH, Room, text_of

_FRESH = itertools.count(1)


@dataclass
class RoutedStory:
    """Ruth approves by words what Omar asked for over an API."""

    api: PracticeApi
    channel: str
    thread: str
    request: str

    fuse = WORDS

    async def begin(self, room: Room) -> None:
        await room.say(RUTH, WORDS, self.thread, channel=self.channel)

    async def again(self, room: Room) -> None:
        """Slack delivers again by itself."""
        await delivered_again(room)

    async def ended_once(self, room: Room) -> None:
        """Calls carried the request's key, so one effect came through; thread and record tell it once."""
        await room.sees(f"{self.request}.*is done and was read back", self.thread, channel=self.channel)
        await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
        mine = [key for _, _, key in self.api.calls if key == self.request]
        assert mine
        told = [one for one in room.from_bot(channel=self.channel) if not one.get("deleted")]
        outcomes = [one for one in told if f"`{self.request}` is done" in text_of(one)]
        cards = [one for one in told if f"`{self.request}` · " in text_of(one)]
        assert (1, 1) == (len(outcomes), len(cards))
        recorded_once(room, self.request)
        nothing_posted_twice(told)


async def _waiting(room: Room, api: PracticeApi, channel: str, words: str) -> RoutedStory:
    """A request that waits for Ruth."""
    known = {one["ts"] for one in room.from_bot(channel=channel)}
    await room.command(OMAR, "/ops", f"{words} because it must be")
    card = await room.until(
        lambda: next((one for one in room.from_bot(channel=channel) if one["ts"] not in known), None),
        "the card",
    )
    return RoutedStory(api, channel, card["ts"], room.request_id(card))


async def a_revocation(room: Room) -> RoutedStory:
    """Two fresh tokens are revoked."""
    names = [f"token-{next(_FRESH):05}" for _ in range(2)]
    room.ledger.issue(*names)
    return await _waiting(room, room.ledger, CRITICAL, f"provability-fabric revoke-tokens {' '.join(names)}")


async def a_pause(room: Room) -> RoutedStory:
    """The queue, which runs, is paused."""
    room.queue_admin.reset()
    return await _waiting(room, room.queue_admin, ALERTS, "auditron queue-pause")
