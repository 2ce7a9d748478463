"""Where a message goes whose channel takes none: to the channel that policy names, its thread with it."""

from __future__ import annotations

from dataclasses import replace

from handlers import texts
from handlers.errors import DoNotRetry
from handlers.messages import Card, Code, Line, User
from handlers.work import Delivery, Sending
from handlers.world import World
from policies.fields import is_user_id

CLOSED = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
    }
)
"""Slack's words for a channel that takes no message of the bot, whatever it says.

https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""


def instead(world: World, sending: Sending, no: DoNotRetry) -> Delivery | None:
    """The delivery that takes this one's place, None where there is none.

    A reply becomes the root of its thread there, so what follows in that thread follows to the same place.
    """
    delivery, fallback = sending.delivery, world.book.fallback
    if not fallback or delivery.whisper_to or delivery.channel == fallback or no.code not in CLOSED:
        return None
    changes = {
        "channel": fallback,
        "slot": delivery.thread or delivery.slot,
        "thread": "",
        "thread_ts": "",
        "card": _with_reason(delivery.card, delivery.channel, no.code),
        "mark": "",
    }
    return delivery.model_copy(update=changes)


async def saying_so(world: World, sending: Sending) -> Sending:
    """The same, with the reason where it stands in the fallback channel: each newer card says it again."""
    delivery, fallback = sending.delivery, world.book.fallback
    if not fallback or delivery.thread or delivery.whisper_to or delivery.channel == fallback:
        return sending
    moved = await world.store.moved(delivery.slot)
    if moved is None or moved[0] != delivery.channel:
        return sending
    card = _with_reason(delivery.card, *moved)
    return replace(sending, delivery=delivery.model_copy(update={"card": card}))


def _with_reason(card: Card, channel: str, code: str) -> Card:
    where = User(id=channel) if is_user_id(channel) else channel
    line: Line = texts.say(texts.MOVED, channel=where, why=Code(text=code))
    return card.model_copy(update={"body": (line, *card.body)})
