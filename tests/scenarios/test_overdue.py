"""The watchdog tells once that due work is late, and that it is done again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from handlers.alerting.overdue import look_for_overdue
from handlers.changes import Cause, Draft, due
from tests.scenarios.room import Room, ops_room, text_of

LATE = 60.0


def said(room: Room) -> list[str]:
    """What the bot says of its own work in the channel for such things."""
    return [text_of(one) for one in room.from_bot() if "ork " in text_of(one) and "late" in text_of(one)]


async def look(room: Room, before: datetime | None, replica: int = 0) -> datetime | None:
    return await look_for_overdue(room.replicas[replica].world, LATE, before)


async def test_late_work_is_told_once_by_all_replicas_together_and_that_it_is_over(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=2) as room:
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
        await look(room, seen)
        await room.sees("My work was late from.*done in time again")
        assert (1, 1) == (len(room.events("due-work-late")), len(room.events("due-work-over")))
        assert 1 == len(said(room))


def _done(room: Room) -> bool:
    with room.server.plain() as client:
        return client.zscore("{cs:T0PRACTICE}:queue:due", "board/late") is None


async def test_work_that_is_done_in_time_is_not_told(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        await room.contained()
        assert await look(room, room.clock.now()) is None
        assert [] == room.events("due-work-late")
