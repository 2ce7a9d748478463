"""The watchdog: due work that nobody does is itself something to be told, once, and resolved when it is over.

It reads one number of the store however many timers there are, and runs beside the queues that it watches.
Where policy has a place for it, it is an alert like any other, whose rungs are climbed from here as well:
its own clock waits among what is late.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.alerting.sources.watchdog import SUBJECT, Lateness, home
from handlers.alerts import machine
from handlers.alerts import wording as w
from handlers.alerts.model import AlertState
from handlers.alerts.stored import read_alert, subject_key
from handlers.cards import note
from handlers.changes import Cause, Draft, settle
from handlers.errors import StoreUnavailable, TryAgainLater
from handlers.escalating.climbing import ClimbDue, climb
from handlers.escalating.notifying import NotifyDue, notify
from handlers.messages import Tone, When
from handlers.work import Item, Key, Queue
from handlers.world import World
from policies.alert_rules import WATCHDOG

log = logging.getLogger(__name__)
_KEY = Key("overdue", Queue.DUE)


class Overdue(BaseModel):
    """That due work is late, and since when; `over` once it was done.

    `alert`: it has a thread of its own; `untold`: that thread has yet to be told that it is over.
    """

    model_config = ConfigDict(frozen=True)

    since: datetime
    over: bool = False
    alert: bool = False
    untold: bool = False

    @property
    def slot(self) -> str:
        return f"overdue/{self.since:%Y%m%dT%H%M%S}"


async def watch_due_work(
    world: World,
    late: float,
    every: float,
    *,
    knows_the_time: Callable[[], bool],
    may_work: Callable[[], bool],
) -> None:
    """Look for ever, `every` so many seconds; work is late after `late` seconds, at two looks in a row.

    A replica whose clock is wrong does not judge, and one that may not work climbs nothing.
    """
    before: datetime | None = None
    while True:
        await asyncio.sleep(every)
        if not knows_the_time():
            before = None
            continue
        try:
            before = await look_for_overdue(world, late, before)
            if before is not None and may_work():
                await climb_beside(world)
        except (StoreUnavailable, TryAgainLater):
            continue
        except Exception:  # whatever it is: it must not end the one that looks after the others
            log.exception("late work not looked for")


async def look_for_overdue(world: World, late: float, before: datetime | None) -> datetime | None:
    """Tell when work is late and was at the look before (`before`), or that it no longer is.

    Returns since when it is late, None when it is not.
    """
    since, now = await world.store.oldest(Queue.DUE), world.clock.now()
    is_late = since is not None and now - since > timedelta(seconds=late)
    known = (await world.store.read((_KEY,)))[_KEY]
    told = Overdue.model_validate_json(known.body) if known.version else None
    open_now = told is not None and not told.over
    # Once more what stands there: whoever wrote it may have died before it was told.
    if told is not None and told.alert and open_now:
        await _fire(world, told.since, late=True)
    elif told is not None and told.untold:
        await _tell_end(world)
    if since is not None and is_late and before is not None and not open_now:
        begun = Overdue(since=since, alert=home(world.book) is not None)
        await _commit(world, begun)
        if begun.alert:
            await _fire(world, begun.since, late=True)
    elif told is not None and open_now and not is_late:
        await _commit(world, told.model_copy(update={"over": True, "untold": told.alert}))
        await _tell_end(world)
    return since if is_late else None


async def _fire(world: World, since: datetime, *, late: bool) -> None:
    """Record it as a sender's body is, once for all replicas: its name is what it says."""
    now = world.clock.now()
    name = f"{WATCHDOG}/{since.isoformat()}/{'late' if late else 'over'}"
    record = Lateness(since=since, late=late).model_dump(mode="json")
    body = json.dumps({"source": WATCHDOG, "received_at": now.isoformat(), "record": record})
    await world.store.record(Item(Queue.ALERTS, name, body), (name,), now)


async def _tell_end(world: World) -> None:
    """Have the alert resolved where it is untold, and write that it was: only then something begins anew."""
    stored = (await world.store.read((_KEY,)))[_KEY]
    over = Overdue.model_validate_json(stored.body)
    if not over.untold:
        return
    await _fire(world, over.since, late=False)

    async def decide(draft: Draft) -> None:
        if draft.load((await world.store.read((_KEY,)))[_KEY], Overdue) == over:
            draft.save(_KEY, over.model_copy(update={"untold": False}))

    await settle(world.store, Cause(f"{over.slot}/told", "countersign", world.clock.now()), decide)


async def _commit(world: World, wanted: Overdue) -> None:
    """Write what was seen, unless another replica has."""
    now = world.clock.now()
    ending = "over" if wanted.over else "late"
    cause = Cause(f"{wanted.slot}/{ending}", "countersign", now)

    async def decide(draft: Draft) -> None:
        told = draft.load((await world.store.read((_KEY,)))[_KEY], Overdue)
        lasts = None if told is None or told.over else told.since
        if lasts != (wanted.since if wanted.over else None):
            return
        draft.save(_KEY, wanted)
        draft.record(f"due-work-{ending}", str(_KEY), since=wanted.since.isoformat())
        if wanted.alert:
            return
        since = When(at=wanted.since)
        if wanted.over:
            card = note(texts.say(w.OVERDUE_OVER, since=since, until=When(at=now)), Tone.GOOD)
        else:
            card = note(texts.say(w.OVERDUE, since=since), Tone.CRITICAL)
        draft.show(world.book.announce, wanted.slot, card)

    await settle(world.store, cause, decide)


async def climb_beside(world: World) -> None:
    """Climb the next rung of the watchdog's own alert if its time has come, and tell whom it tells outside.

    The timer of that rung means nothing once it is climbed, so nobody is told of one rung twice.
    """
    place = home(world.book)
    if place is None:
        return
    pointer = subject_key(place[0], SUBJECT)
    alert = await read_alert(world.store, (await world.store.read((pointer,)))[pointer].body)
    if alert is None or alert.joined or alert.held or alert.state is not AlertState.FIRING:
        return
    now, at, rung = world.clock.now(), machine.rung_due(alert), alert.escalated + 1
    if at is None or at > now:
        return
    cause = Cause(f"{alert.slot}/beside/{alert.epoch}/{rung}", "countersign", now)
    await climb(world, cause, ClimbDue(alert=alert.id, rung=rung, epoch=alert.epoch, waiting_since=at))
    for name in alert.ladder[rung - 1].notify:
        asked = NotifyDue(kind="alert", subject=alert.id, notifier=name, system=f"notify {name}")
        await notify(world, cause, asked)
