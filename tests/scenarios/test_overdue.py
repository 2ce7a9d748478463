"""The watchdog tells once that due work is late, and that it is done again."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from handlers.alerting.together import Together
from handlers.alerts.model import AlertState
from handlers.alerts.stored import read_alert
from handlers.changes import Cause, Draft, due
from handlers.errors import StoreUnavailable
from handlers.escalating.overdue import climb_beside, look_for_overdue
from handlers.ports.store import Store
from handlers.work import Queue
from tests.scenarios.opening import ops_room
from tests.scenarios.room import PATIENCE, Room, text_of

LATE = 60.0


def said(room: Room) -> list[str]:
    """What the bot says of its own work in the channel for such things."""
    return [text_of(one) for one in room.from_bot() if "ork " in text_of(one) and "late" in text_of(one)]


def without_a_place(policies: Path) -> None:
    file = policies / "systems" / "auditron.yaml"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "watchdog:" not in line))


async def look(room: Room, before: datetime | None, replica: int = 0) -> datetime | None:
    return await look_for_overdue(room.replicas[replica].world, LATE, before)


async def test_late_work_is_told_once_by_all_replicas_together_and_that_it_is_over(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=2, edit=without_a_place) as room:
        first = room.replicas[0].world
        for one in room.replicas:
            one.health.set("test", "held back")
        await asyncio.sleep(0.3)
        now = room.clock.now()
        draft = Draft(Cause("test/late", "test", now))
        draft.arm("board/late", now + timedelta(seconds=1), due("board", channel="C0CRITICAL"))
        await first.store.commit(draft.build())
        room.advance(minutes=5)
        seen = await look(room, None)
        assert seen is not None
        assert [] == room.events("due-work-late")
        await asyncio.gather(look(room, seen), look(room, seen, 1))
        await look(room, seen)
        assert 1 == len(room.events("due-work-late"))
        for one in room.replicas:
            one.health.set("test", "")
        await room.sees("My own work is late")
        await room.until(lambda: _done(room), "the work to be done")
        await in_time_again(room, seen)  # other work may have come due in the five minutes
        await room.sees("My work was late from.*done in time again")
        assert (1, 1) == (len(room.events("due-work-late")), len(room.events("due-work-over")))
        assert 1 == len(said(room))


def _done(room: Room) -> bool:
    with room.server.plain() as client:
        return client.zscore("{cs:T0PRACTICE}:queue:due", "board/late") is None


def _all_taken(room: Room) -> bool:
    with room.server.plain() as client:
        return not client.zcard("{cs:T0PRACTICE}:queue:alerts")


async def held_back(room: Room) -> None:
    for one in room.replicas:
        one.health.set("test", "held back")
    await asyncio.sleep(0.3)


def at_work(room: Room) -> None:
    for one in room.replicas:
        one.health.set("test", "")


async def late_work(room: Room) -> datetime:
    """Something is due and nobody does it, which all replicas see at two looks."""
    await held_back(room)
    now = room.clock.now()
    draft = Draft(Cause(f"test/late/{now:%H%M%S}", "test", now))
    draft.arm("board/late", now + timedelta(seconds=1), due("board", channel="C0CRITICAL"))
    await room.replicas[0].world.store.commit(draft.build())
    room.advance(minutes=5)
    seen = await look(room, None)
    assert seen is not None
    await asyncio.gather(look(room, seen), look(room, seen, 1))
    await look(room, seen)
    return seen


async def taken(room: Room) -> str:
    """Have the recorded alert taken while all other work is held back; the alert's id."""
    world = room.replicas[0].world
    for claimed in await world.store.claim(Queue.ALERTS, room.clock.now(), 60.0, 5):
        await Together(world, no_breath).on_alert(claimed)
    return str(room.events("alert-firing")[-1]["subject"])


async def in_time_again(room: Room, seen: datetime) -> None:
    for _ in range(int(PATIENCE / 0.05)):
        if await look(room, seen) is None:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("work stays late")


async def no_breath() -> None:
    """Nobody else is let go on between two alerts."""


def fired(room: Room, by: str) -> list[tuple[str, int]]:
    """Alerts that fire since such an event, and how far their ladders were climbed."""
    told = [one for one in room.events("alert-firing") if one["detail"].get("by") == by]
    return [(one["subject"], one["detail"]["escalated"]) for one in told]


async def test_late_work_is_an_alert_whose_ladder_climbs_though_timers_wait(tmp_path: Path) -> None:
    """Its thread, its rungs and its end are those of any other alert; late again, it is the same one."""
    async with ops_room(tmp_path, replicas=2) as room:
        worlds = [one.world for one in room.replicas]
        seen = await late_work(room)
        alert = await taken(room)
        await asyncio.gather(*map(climb_beside, worlds))
        assert [(alert, 1)] == fired(room, "clockran")
        assert "pagerduty" in {one["detail"]["notifier"] for one in room.events("notified")}
        room.advance(minutes=10)
        await asyncio.gather(*map(climb_beside, worlds))
        await climb_beside(worlds[0])
        assert [(alert, 1), (alert, 2)] == fired(room, "clockran")

        at_work(room)
        await room.sees("Countersign's own work is late")
        await room.sees("Nobody has acknowledged this within five minutes")
        await room.until(lambda: _done(room), "the work to be done")
        await in_time_again(room, seen)
        await room.until(lambda: room.events("alert-resolved"), "its end")
        assert [(alert, 1), (alert, 2)] == fired(room, "clockran")

        await late_work(room)
        at_work(room)
        await room.until(lambda: fired(room, "fired"), "the same alert anew")
        assert [(alert, 0)] == fired(room, "fired")
        assert [] == [one for one in room.from_bot() if "My own work is late" in text_of(one)]


class _Dying:
    """A store of which a replica reaches only so many writes."""

    def __init__(self, store: Store, writes: int) -> None:
        self._store, self._left = store, writes

    def __getattr__(self, name: str) -> Any:
        if name in ("record", "commit"):
            self._left -= 1
            if self._left < 0:
                raise StoreUnavailable("killed here")
        return getattr(self._store, name)


@pytest.mark.parametrize("writes", range(5))
async def test_whichever_write_a_replica_dies_at_work_that_is_late_anew_fires_anew(
    tmp_path: Path, writes: int
) -> None:
    """It dies while it tells that late work is over; at the next look of another one work is late again."""
    async with ops_room(tmp_path, replicas=2) as room:
        world = room.replicas[1].world
        seen = await late_work(room)
        alert = await taken(room)
        at_work(room)
        await room.until(lambda: _done(room), "the work to be done")
        with contextlib.suppress(StoreUnavailable):
            await look_for_overdue(replace(world, store=cast(Store, _Dying(world.store, writes))), LATE, seen)
        await room.until(lambda: _all_taken(room), "its end to be taken, where it was told")
        await late_work(room)
        await taken(room)
        known = await read_alert(world.store, alert)
        assert known is not None
        assert AlertState.FIRING is known.state


async def test_work_that_is_done_in_time_is_not_told(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        await room.contained()
        assert await look(room, room.clock.now()) is None
        assert [] == room.events("due-work-late")
