"""Who is on call: from policy, or from a service that policy names. Only Slack ids count, never names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from handlers import texts
from handlers.alerts import wording as w
from handlers.errors import CountersignError
from handlers.messages import Group, Line, Span, User, When
from handlers.rungs import Rung
from handlers.world import World
from policies.on_call import Feed, Schedule
from policies.schema import PolicyBook

PATIENCE = 5.0
"""Seconds that a service may take to say who is on call."""


@dataclass(frozen=True)
class OnCall:
    """Who answers now. Without `users` nobody is known and `fallback` is called; `note` says what to know."""

    users: tuple[str, ...]
    fallback: str
    note: Line = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Whom to mention."""
        return tuple(User(id=user) for user in self.users) or (Group(id=self.fallback),)


async def on_call_now(world: World, system: str, at: datetime) -> OnCall | None:
    """Who is on call for a system at a moment; None where policy names no schedule."""
    name = world.book.systems[system].on_call if system in world.book.systems else None
    return await on_call_of(world, name, at) if name else None


def on_call_by_policy(book: PolicyBook, system: str, at: datetime) -> tuple[str, ...]:
    """Whose turn it is where policy itself says so; no service is asked here, so that no alert
    waits for one."""
    name = book.systems[system].on_call if system in book.systems else None
    rotation = book.schedules[name].rotation if name else None
    user = rotation.on_call(at) if rotation else ""
    return (user,) if user else ()


async def on_call_of(world: World, name: str, at: datetime) -> OnCall:
    """Who is on call by a schedule. Raises KeyError where policy has no such schedule any more."""
    schedule = world.book.schedules[name]
    if schedule.rotation is not None:
        user = schedule.rotation.on_call(at)
        return OnCall((user,), schedule.fallback) if user else _nobody(schedule)
    return await _by_feed(world, name, schedule, schedule.feed, at)


async def _by_feed(world: World, name: str, schedule: Schedule, feed: Feed | None, at: datetime) -> OnCall:
    roster = world.rosters.get(name)
    if roster is None or feed is None:
        return _nobody(schedule)
    try:
        async with asyncio.timeout(PATIENCE):
            turn = await roster.turn(at)
    except (CountersignError, TimeoutError) as away:
        why = str(away) or "no answer"
        line = texts.say(w.ON_CALL_AWAY, schedule=schedule.title, why=why, group=Group(id=schedule.fallback))
        return OnCall((), schedule.fallback, line)
    known = {label.casefold(): user for label, user in feed.people.items()}
    users = _once(known[one.casefold()] for one in turn.names if one.casefold() in known)
    if not users:
        nobody = _nobody(schedule)
        strangers = texts.say(w.ON_CALL_STRANGERS, schedule=schedule.title) if turn.names else ()
        return OnCall((), schedule.fallback, (*strangers, " ", *nobody.note) if strangers else nobody.note)
    old = texts.say(w.ON_CALL_OLD, when=When(at=turn.read_at), schedule=schedule.title) if turn.stale else ()
    return OnCall(users, schedule.fallback, old)


def _nobody(schedule: Schedule) -> OnCall:
    line = texts.say(w.ON_CALL_NOBODY, schedule=schedule.title, group=Group(id=schedule.fallback))
    return OnCall((), schedule.fallback, line)


def _once(users: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(users))


async def on_call_for(world: World, rung: Rung) -> Mapping[str, OnCall]:
    """Who is on call now by each schedule of a rung; one that policy has lost names nobody."""
    known = [name for name in rung.tell_on_call if name in world.book.schedules]
    return {name: await on_call_of(world, name, world.clock.now()) for name in known}
