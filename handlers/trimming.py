"""Forgetting what is over and long untouched, in slices, so that the store does not grow for ever.

Only what nobody can answer any more goes: ended requests, alerts that are resolved or have no clock, pointers
to them, and the threads they stood in. The audit record keeps every step.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from datetime import datetime, timedelta

from pydantic import ValidationError

from handlers.alerts.members import lists_of
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.stored import alert_key
from handlers.changes import Cause, Draft, due, later, settle
from handlers.requests.model import Request
from handlers.requests.transitions import ended_set, request_key, thread_set
from handlers.work import Commit, Key, Stored, Timer, Verdict
from handlers.world import World

KEEP_DAYS = 90
"""How long what is over stays, unless the operator says otherwise."""
LEAST_KEEP_DAYS = 7
"""Slack delivers again for hours and a delivery's name is known for a day; a week is far from both."""
SLICE = 50
"""How many objects, threads and set-aside things one unit of work looks at, of each."""
_POINTS_TO: Mapping[str, Callable[[str], Key]] = {"subject": alert_key, "same": request_key}
"""Kinds of objects whose body is the id of another."""
_TIMER = "trim"
_PAUSE, _REST = 60.0, 3600.0
"""Seconds until the next slice: while there is more or the bot has just started, and when there is not."""


def first_trim(now: datetime, keep_days: int) -> Commit:
    """What a replica commits at its start; replicas share the one timer.

    Due as soon as the busy first minute is over: arming replaces, so a longer rest would let whoever starts
    the bot anew every hour put the next slice off for ever.
    """
    return Commit(cause=_TIMER, arm=(Timer(_TIMER, later(now, _PAUSE), due("trim", keep_days=keep_days)),))


async def trim(world: World, cause: Cause, keep_days: int) -> Verdict:
    """Forget one slice of what was last touched more than `keep_days` ago, and arm the next."""
    store, now = world.store, world.clock.now()
    before = now - timedelta(days=max(keep_days, LEAST_KEEP_DAYS))
    looked_at = await _trim_objects(world, cause, before)
    # After the objects: while one is linked, its thread stays for as long again.
    threads = await store.untouched(before, SLICE) if looked_at < SLICE else ()
    forgotten = 0
    for thread in threads:
        links = (thread_set(thread), ended_set(thread))
        forgotten += await store.forget_thread(thread, before, now, links)
    aside = await store.forget_set_aside(before, SLICE)
    draft = Draft(cause)
    if forgotten or aside:
        draft.record("threads-forgotten", "store", before=before.isoformat(), threads=forgotten, aside=aside)
    more = SLICE in (looked_at, len(threads), aside)
    draft.arm(_TIMER, later(now, _PAUSE if more else _REST), due("trim", keep_days=keep_days))
    return await store.commit(draft.build())


async def _trim_objects(world: World, cause: Cause, before: datetime) -> int:
    """Forget the objects of one slice that are over; returns how many were looked at."""
    looked_at = 0

    async def decide(draft: Draft) -> None:
        nonlocal looked_at
        draft.keeps_item = True
        keys = await world.store.unwritten(before, SLICE)
        looked_at = len(keys)
        gone: set[Key] = set()
        for key in sorted(keys, key=lambda one: one.kind in _POINTS_TO):  # what is pointed to comes first
            stored = (await world.store.read((key,)))[key]
            draft.saw(stored)
            sets = await _over(world, stored, gone)
            if sets is None:
                draft.save(key, stored.body)  # as it is: looked at again after as long
                continue
            gone.add(key)
            draft.forget(key)
            for name in _lists(stored):
                draft.unrank(name, key)
            for name in sets:
                draft.unlink(name, key)
        if gone:
            draft.record("objects-forgotten", "store", before=before.isoformat(), objects=len(gone))

    await settle(world.store, cause, decide)
    return looked_at


async def _over(world: World, stored: Stored, gone: Container[Key]) -> tuple[str, ...] | None:
    """The named sets of an object that is over; None for one that somebody may still ask for."""
    if not stored.version:
        return ()
    try:
        match stored.key.kind:
            case "request":
                request = Request.model_validate_json(stored.body)
                return (ended_set(request.root_slot),) if request.ended else None
            case "alert":
                return await _over_alert(world, Alert.model_validate_json(stored.body))
            case "strays":
                return ()
            case kind if kind in _POINTS_TO:
                target = _POINTS_TO[kind](stored.body)
                stands = target not in gone and (await world.store.read((target,)))[target].version
                return None if stands else ()
            case _:
                return None
    except ValidationError:  # of another release: not ours to judge
        return None


def _lists(stored: Stored) -> tuple[str, ...]:
    """The ordered lists that an object that goes may stand in."""
    is_alert = stored.key.kind == "alert" and stored.version
    return lists_of(Alert.model_validate_json(stored.body)) if is_alert else ()


async def _over_alert(world: World, alert: Alert) -> tuple[str, ...] | None:
    """An alert is over when it is resolved or has no clock, and no request of its thread is open."""
    name = thread_set(alert.slot)
    others = [one for one in await world.store.linked(name) if one.key != alert_key(alert.id)]
    over = alert.state is AlertState.RESOLVED or alert.due_at is None
    return (name,) if over and not others else None
