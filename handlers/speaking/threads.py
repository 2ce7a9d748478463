"""Which of the bot's threads something stands in."""

from __future__ import annotations

from handlers.requests.transitions import thread_set
from handlers.work import Thread
from handlers.world import World


async def find_thread(world: World, channel: str, thread_ts: str) -> Thread | None:
    """The bot's thread with this root; asks Slack when the store has not heard of it yet.

    A root that claims a slot which stands elsewhere is none: who has the bot's token can post one.
    """
    known = await world.store.thread(channel, thread_ts)
    if known is not None:
        return known
    slot = await world.messenger.root_slot(channel, thread_ts)
    if slot is None or await world.store.slot(slot) not in (None, (channel, thread_ts)):
        return None
    objects = await world.store.linked(thread_set(slot))
    return Thread(slot, channel, thread_ts, tuple(objects))
