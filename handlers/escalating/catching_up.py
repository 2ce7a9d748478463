"""Replies that nobody told the bot of: spoken while it was down, or their event was lost.

A thread is read before a rung is climbed for want of an answer, and all threads with running clocks at start.
What is found goes through the same door as events and counts once, by channel and ts.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from handlers.alerts.model import Alert, AlertState
from handlers.alerts.stored import alert_key, alert_list, read_alert
from handlers.changes import Cause, Draft, due, later
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.ports.slack import Reply
from handlers.speaking.replies import Message, on_message
from handlers.work import Commit, Item, Queue, Timer, Verdict
from handlers.world import World

CATCH_UP = "catch-up"
MOST_AT_START = 500
"""Threads of a system that are looked at when a replica starts; the others are before their next rung."""
_AT_ONCE = 5
_SKEW = timedelta(seconds=5)
"""Slack's stamps and the bot's clock differ by no more, or the bot does not work."""


async def catch_up(world: World, slot: str, since: datetime, *, gravest: bool) -> None:
    """Hear what was said in a thread since then. Nothing happens where it was never posted.

    Raises TryAgainLater when Slack does not let it be read now or commands were found, which then run first;
    DoNotRetry when Slack refuses for good.
    """
    place = await world.store.slot(slot)
    if place is None:
        return
    world.thread_reads.turn(world.clock.now(), gravest=gravest)
    try:
        found = await world.messenger.replies(*place, since - _SKEW)
    except TryAgainLater as away:
        world.thread_reads.rest(world.clock.now(), away.after)
        raise
    waits = [await _hear(world, place, reply) for reply in found if not reply.edited]
    if any(waits):
        raise TryAgainLater("what was said meanwhile is done first", after=1.0)


async def _hear(world: World, place: tuple[str, str], reply: Reply) -> bool:
    """Hear one message; True when a worker must do it first, because it may be more than an answer."""
    channel, thread_ts = place
    name = f"message/{channel}/{reply.ts}"
    if reply.user == world.bot_user:
        return False
    if _is_command(world, reply):
        item = Item(Queue.PEOPLE, name, reply.event)
        return await world.store.record(item, (name,), world.clock.now())
    said = Message(channel, thread_ts, reply.ts, reply.user, reply.text, bot=reply.bot, plain=reply.plain)
    await on_message(world, Cause(name, reply.user, world.clock.now()), said)
    return False


def _is_command(world: World, reply: Reply) -> bool:
    start = reply.text.lstrip()
    return start.startswith((f"<@{world.bot_user}>", f"<@{world.bot_user}|")) and not reply.bot


async def catch_up_all(world: World, cause: Cause, rest: str) -> Verdict:
    """Hear the threads whose clocks run, the gravest first, some at a time; `rest` are those still to do."""
    ids = json.loads(rest) if rest else await _running(world)
    now, later_ids = world.clock.now(), list(ids[_AT_ONCE:])
    for alert_id in ids[:_AT_ONCE]:
        try:
            await _catch_up_one(world, alert_id)
        except TryAgainLater:
            later_ids.append(alert_id)
        except DoNotRetry:
            continue  # its next rung says so in the thread
    draft = Draft(cause)
    if later_ids:
        draft.arm(CATCH_UP, later(now, 2.0), due(CATCH_UP, after=json.dumps(later_ids)))
    return await world.store.commit(draft.build())


def first_catch_up(now: datetime) -> Commit:
    """What a replica commits at its start; replicas share the one timer."""
    return Commit(cause=f"{CATCH_UP}/{now.isoformat()}", arm=(Timer(CATCH_UP, now, due(CATCH_UP, after="")),))


async def _catch_up_one(world: World, alert_id: str) -> None:
    alert = await read_alert(world.store, alert_id)
    if alert is not None and alert.state is AlertState.FIRING:
        await catch_up(world, alert.slot, alert.received_at, gravest=is_gravest(world, alert.severity))


async def _running(world: World) -> list[str]:
    """Ids of the alerts that wait for an answer, the gravest first, of equals the oldest."""
    found: list[tuple[int, datetime, str]] = []
    for system in world.book.systems:
        for stored in (await world.store.ranked(alert_list(system), MOST_AT_START)).objects:
            alert = Alert.model_validate_json(stored.body)
            if stored.key == alert_key(alert.id) and alert.state is AlertState.FIRING:
                found.append((_rank(world, alert.severity), alert.received_at, alert.id))
    return [alert_id for _, _, alert_id in sorted(found)]


def _rank(world: World, severity: str) -> int:
    rules = world.book.severities.get(severity)
    return rules.rank if rules else 0


def is_gravest(world: World, severity: str) -> bool:
    """Whether nothing is graver on its scale; of a severity that policy has lost, nobody knows."""
    return _rank(world, severity) == 0
