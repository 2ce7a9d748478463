"""What somebody with the signing secret can make, and how a test knows that the bot has dealt with it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import redis

from bot.store.keys import Keys
from handlers.work import Queue
from tests.scenarios.edge import JSON, post
from tests.scenarios.refusing import events_withheld
from tests.scenarios.room import CRITICAL, Json, Room

KEYS = Keys("T0PRACTICE")


def message_event(who: str, text: str, ts: str, thread: str, **more: Any) -> Json:
    """A reply in #ops-critical as Slack would tell it."""
    spoken = {"type": "message", "channel": CRITICAL, "channel_type": "channel", "user": who, "text": text}
    return spoken | {"ts": ts, "thread_ts": thread, "event_ts": ts, "team": "T0PRACTICE"} | more


async def tell_event(room: Room, event: Json, event_id: str = "") -> None:
    """Sign an event and send it; the bot takes it for recorded."""
    outer = {
        "type": "event_callback", "team_id": "T0PRACTICE", "api_app_id": "A0COUNTER",
        "event_id": event_id or f"Ev{uuid.uuid4().hex[:10].upper()}", "event": event,
    }  # fmt: skip
    status, text = await post(room, json.dumps(outer).encode(), kind=JSON)
    assert (200, "") == (status, text)


async def write(room: Room, who: str, text: str, thread: str, channel: str = CRITICAL) -> None:
    """Somebody writes, and the bot has recorded it when this returns."""
    with events_withheld(room):
        told = await room.slack.act(who, "message", channel=channel, text=text, thread_ts=thread)
        await tell_event(room, message_event(who, text, str(told["ts"]), thread, channel=channel))


def waiting_items(client: redis.Redis, room: Room) -> int:
    """Items that are due or under way, in any queue, and messages that are not sent."""
    now = room.clock.now().timestamp() * 1000
    queues = [KEYS.queue(queue) for queue in Queue]
    due = sum(int(client.zcount(one.visible, "-inf", now)) for one in queues)
    claimed = sum(int(client.hlen(one.claims)) for one in queues)
    return due + claimed + int(client.hlen(KEYS.outbox_deliveries))


def forget_deliveries(room: Room) -> None:
    """A day passes: the names of deliveries are no longer known."""
    with room.server.plain() as client:
        seen = client.keys(KEYS.seen("*").replace("{", "\\{"))
        client.delete(*seen)


async def all_done(room: Room) -> None:
    """Wait until the bot has dealt with everything that it was told."""

    def quiet() -> bool:
        with room.server.plain() as client:
            return waiting_items(client, room) == 0

    await room.until(quiet, "the queues and the outbox to be empty")
