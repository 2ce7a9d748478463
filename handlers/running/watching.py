"""What comes of an effect later: looked for after the action has succeeded, and told once (CM-57).

The look is due work like any other: it outlives processes, and a system that hangs keeps nobody waiting.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from handlers import texts
from handlers.actions import Action, Again, Progress, Sighting
from handlers.cards import note, people
from handlers.changes import Cause, Draft, due
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from handlers.messages import Code, Line, Tone, plain
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import read_request
from handlers.running import wording as w
from handlers.running.progress import end_progress, is_told, show_progress
from handlers.work import Verdict
from handlers.world import World

SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)
"""How long a look waits for the next one: a tenth of the time that has gone, within these bounds."""
PROGRESS = timedelta(seconds=5)
"""The shortest wait where a message in the thread says how far it is."""
LONGEST = timedelta(days=7)
"""After so long it is said that nothing came, and nobody looks any more."""
TIMEOUT = 20.0
"""Seconds that a system has for an answer."""


def goes_on(world: World, ended: Request) -> bool:
    """Whether a success has something to look for that is not over."""
    if ended.state is not RequestState.SUCCEEDED or ended.extends or ended.outcome.over:
        return False
    return world.action(ended.system, ended.action).watch is not None


async def watch_from_now(draft: Draft, world: World, succeeded: Request) -> None:
    """Begin to look, soon where people watch how far it is."""
    if goes_on(world, succeeded):
        soon = await is_told(draft, world, succeeded)
        _look_later(draft, succeeded, _next(world, succeeded, PROGRESS if soon else SOONEST))


async def watch(world: World, cause: Cause, request_id: str) -> Verdict:
    """Look once: tell what came, or that nothing did for too long, or look again later."""
    draft = Draft(cause)
    request = await read_request(world.store, request_id)
    if request is None or request.state is not RequestState.SUCCEEDED:
        return await world.store.commit(draft.build())
    if not world.has_action(request.system, request.action):
        await end_progress(draft, world, request, well=False)
        return await world.store.commit(draft.build())
    seen = await _seen(world, request, world.action(request.system, request.action))
    if isinstance(seen, Sighting):
        _tell(draft, request, seen)
        await end_progress(draft, world, request, *seen.lines, well=seen.well)
    elif isinstance(seen, Again):
        _look_later(draft, request, seen.at)
    elif isinstance(seen, Progress) and world.clock.now() - request.changed_at < LONGEST:
        await show_progress(draft, world, request, seen)
        _look_later(draft, request, _next(world, request, PROGRESS))
    elif world.clock.now() - request.changed_at < LONGEST:
        _look_later(draft, request, _next(world, request))
    else:
        why = seen if isinstance(seen, str) else ""
        words = w.WATCHED_BLIND if why else w.WATCHED_IN_VAIN
        line = texts.say(words, id=Code(text=request.id), days=LONGEST.days, why=why)
        _show(draft, request, line, Tone.WARNING)
        await end_progress(draft, world, request, plain(line), well=False)
    return await world.store.commit(draft.build())


async def _seen(world: World, request: Request, action: Action) -> Sighting | Progress | Again | str:
    """What can be seen now, else why nothing can be, empty when there is nothing yet."""
    if action.watch is None:
        return Sighting()
    params = action.params.model_validate(request.params)
    try:
        async with asyncio.timeout(TIMEOUT):
            return await action.watch(world.target(request.system, action), params, request.id) or ""
    except (TryAgainLater, DoNotRetry, OutcomeUnknown, TargetChanged, TimeoutError) as away:
        return str(away) or w.STILL_UNKNOWN


def _next(world: World, request: Request, soonest: timedelta = SOONEST) -> datetime:
    now = world.clock.now()
    return now + min(max((now - request.changed_at) / 10, soonest), LATEST)


def _look_later(draft: Draft, request: Request, at: datetime) -> None:
    body = due("watch", request=request.id, system=request.system)
    draft.arm(f"request/{request.id}/watch", at, body)


def _tell(draft: Draft, request: Request, seen: Sighting) -> None:
    """Say it in the thread; when it is not well, to those who asked and agreed."""
    draft.record("watched", request.id, well=seen.well, lines=seen.lines)
    if not seen.lines or (seen.moot_once_undone and request.undone_by):
        return
    first: Line = (Code(text=request.id), f": {seen.lines[0]}")
    more: list[Line] = [(line,) for line in seen.lines[1:]]
    if not seen.well:
        more.append(people(dict.fromkeys((*(one.by for one in request.approvals), *request.requesters))))
    _show(draft, request, first, Tone.GOOD if seen.well else Tone.CRITICAL, *more)


def _show(draft: Draft, request: Request, line: Line, tone: Tone, *more: Line) -> None:
    slot = f"{request.card_slot}/watched"
    draft.show(request.channel, slot, note(line, tone, *more), thread=request.root_slot)
