"""What was asked for two hours lasts an hour longer, as Ruth agrees: its end moves once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.moments import to_ms
from handlers.requests.model import Request
from handlers.requests.transitions import end_timer
from handlers.work import Queue
from tests.chaos.approved import ApprovedStory
from tests.chaos.once import KEYS, stored
from tests.scenarios.room import ALERTS, OMAR, RUTH, Room
from tests.scenarios.workloads import deployment

NAME = "auditron-worker"


@dataclass
class ExtensionStory(ApprovedStory):
    """`timed` is the request whose end is put off, `ends` that end before."""

    timed: str
    ends: datetime

    async def changed_once(self, room: Room) -> None:
        """The end is an hour later, with the timer that knows it; the target was not touched again."""
        moved = [one for one in room.events("request-extended") if one["subject"] == self.timed]
        assert 1 == len(moved)
        then = end_of(room, self.timed)
        assert timedelta(hours=1) == then - self.ends
        with room.server.plain() as client:
            armed = client.zscore(KEYS.queue(Queue.DUE).visible, end_timer(self.timed))
        assert to_ms(then) == armed
        assert 3 == (await deployment(room, "auditron", NAME))["spec"]["replicas"]


def end_of(room: Room, request: str) -> datetime:
    """When something that was asked for a time is over, as it is stored."""
    ends = Request.model_validate(stored(room, request)).ends_at
    assert ends is not None
    return ends


async def an_extension(room: Room) -> ExtensionStory:
    """Three replicas for two hours are approved and done; more time is asked for in their thread."""
    room.cluster.reset()
    known = {one["ts"] for one in room.from_bot(channel=ALERTS)}
    await room.command(OMAR, "/ops", f"auditron scale {NAME} 3 for 2h because a batch runs")
    card = await room.until(
        lambda: next((one for one in room.from_bot(channel=ALERTS) if one["ts"] not in known), None),
        "the card",
    )
    timed, thread = room.request_id(card), str(card["ts"])
    await room.say(RUTH, "APPROVED - for the batch", thread, channel=ALERTS)
    await room.sees(f"{timed}.*is done and was read back", thread, channel=ALERTS)
    ends = end_of(room, timed)
    await room.say(OMAR, "@countersign extend 1h because the batch is slow", thread, channel=ALERTS)
    more = await room.sees("waiting for approval.*This lets .* last longer", thread, channel=ALERTS)
    return ExtensionStory(ALERTS, thread, room.request_id(more), timed, ends)
