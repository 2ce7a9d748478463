"""What somebody who can write to the store does to it; the bot's keys are not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from handlers.changes import due
from handlers.requests.transitions import request_key
from handlers.work import Queue
from tests.attacks.forging import KEYS
from tests.scenarios.room import Json, Room

Change = Callable[[Json], Json]
"""What becomes of a document."""


def stored(room: Room, request: str) -> Json:
    """A request as the store holds it."""
    with room.server.plain() as client:
        document: Json = json.loads(client.hget(KEYS.object(request_key(request)), "doc") or "{}")
    return document


def change(room: Room, request: str, how: Change) -> None:
    """Change the stored request, and not its version."""
    with room.server.plain() as client:
        key = KEYS.object(request_key(request))
        client.hset(key, "doc", json.dumps(how(stored(room, request))))


def inject(room: Room, queue: Queue, name: str, body: str) -> None:
    """Put an item into a queue, due at once."""
    names = KEYS.queue(queue)
    with room.server.plain() as client:
        client.hset(names.bodies, name, body)
        client.zadd(names.visible, {name: 1})


def drop(room: Room, queue: Queue, name: str) -> None:
    """Take an item out of a queue."""
    names = KEYS.queue(queue)
    with room.server.plain() as client:
        client.zrem(names.visible, name)
        client.hdel(names.bodies, name)


def waits(room: Room, queue: Queue, name: str) -> bool:
    """Whether an item is still in its queue, claimed or put off though it may be."""
    with room.server.plain() as client:
        return bool(client.hexists(KEYS.queue(queue).bodies, name))


def have_it_run(room: Room, request: str) -> None:
    """Queue the execution, as an approval does."""
    inject(room, Queue.DUE, f"request/{request}/run", due("execute", request=request))


def with_fields(**fields: Any) -> Change:
    """A change that sets fields of the document."""
    return lambda document: document | fields


def with_seal(**fields: Any) -> Change:
    """A change that sets fields of its seal."""
    return lambda document: document | {"seal": document["seal"] | fields}
