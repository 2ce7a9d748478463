"""What stories that Ruth approves by words have in common: how they begin, and how they are told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from tests.chaos.alone import WORDS, delivered_again
from tests.chaos.once import nothing_posted_twice, quiet, recorded_once
from tests.scenarios.room import ALERTS, OMAR, RUTH, Json, Room, text_of


@dataclass
class ApprovedStory(ABC):
    """A request waits for Ruth in `thread`."""

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
        """One card, one outcome, each step of the record once; then the target says what it has."""
        await room.sees(f"{self.request}.*is done and was read back", self.thread, channel=self.channel)
        await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
        told = [one for one in room.from_bot(channel=self.channel) if not one.get("deleted")]
        outcomes = [one for one in told if f"`{self.request}` is done" in text_of(one)]
        cards = [one for one in told if f"`{self.request}` · " in text_of(one)]
        assert (1, 1) == (len(outcomes), len(cards))
        recorded_once(room, self.request)
        nothing_posted_twice(told)
        await self.changed_once(room)

    @abstractmethod
    async def changed_once(self, room: Room) -> None:
        """Assert that the target was changed as it was wanted, once, with this request's stamp."""


async def asked(room: Room, words: str, channel: str = ALERTS, who: str = OMAR) -> tuple[str, str, str]:
    """Somebody asks: the channel, the thread and the id of the request, which waits."""
    known = {one["ts"] for one in room.from_bot(channel=channel)}
    await room.command(who, "/ops", words)
    return await card_since(room, known, channel)


async def card_since(room: Room, known: set[str], channel: str) -> tuple[str, str, str]:
    """The same for the first new card of a channel; what earlier stories left may be told as well."""

    def waiting(one: Json) -> bool:
        return one["ts"] not in known and "waiting for approval" in text_of(one)

    card: Json = await room.until(
        lambda: next(filter(waiting, room.from_bot(channel=channel)), None), "the card"
    )
    return channel, str(card["ts"]), room.request_id(card)
