"""A system that never answers keeps nobody waiting but those who asked it (invariant 12)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.workers import Tuning
from tests.scenarios.room import OMAR, PIA, RUTH, Room, ops_room

AT_ONCE = Tuning().concurrency
"""How much of a queue a replica handles at once."""
MANY = AT_ONCE + 8


class Tar:
    """A system whose looks end when the test ends."""

    def __init__(self) -> None:
        self.stuck = False
        self.caught = 0
        self._freed = asyncio.Event()

    def wrap(self, name: str, port: Any) -> Any:
        """`bot.app.Wrap`."""
        return _Sticky(port, self) if name.startswith("systems.credit-monitoring") else port

    async def catch(self) -> None:
        """Stay for ever."""
        if self.stuck:
            self.caught += 1
            await self._freed.wait()


class _Sticky:
    def __init__(self, port: Any, tar: Tar) -> None:
        self._port, self._tar = port, tar

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._port, attribute)
        if attribute in ("files", "cases"):
            return _Sticky(found, self._tar)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def caught(*args: Any, **kwargs: Any) -> Any:
            await self._tar.catch()
            return await found(*args, **kwargs)

        return caught


@asynccontextmanager
async def stuck_room(folder: Path) -> AsyncIterator[tuple[Room, Tar]]:
    tar = Tar()
    async with ops_room(folder, wrap=tar.wrap) as room:
        yield room, tar


async def ask_much(room: Room) -> None:
    """More is asked of the system than a replica does at once."""
    for number in range(MANY):
        text = f"RUN-20261121-SLOW{number} because it is slow"
        await room.command(OMAR if number % 2 else PIA, "/release", text)


async def test_acknowledgements_count_while_a_system_hangs(tmp_path: Path) -> None:
    async with stuck_room(tmp_path) as (room, tar):
        _, root = await room.contained()
        tar.stuck = True
        await ask_much(room)
        await room.until(lambda: tar.caught, "the system to be asked")
        await room.say(OMAR, "ACK - O2 Omar", root["ts"])
        await room.sees("acknowledged as O2", root["ts"])


async def test_nobody_is_told_late_while_a_system_hangs(tmp_path: Path) -> None:
    async with stuck_room(tmp_path) as (room, tar):
        _, root = await room.contained()
        tar.stuck = True
        await ask_much(room)
        await room.until(lambda: tar.caught, "the system to be asked")
        room.advance(minutes=16)
        await room.sees("Nobody (has )?acknowledged.*within 15 minutes", root["ts"])


async def test_nobody_is_told_late_while_containment_hangs(tmp_path: Path) -> None:
    async with stuck_room(tmp_path) as (room, tar):
        _, root = await room.contained()
        tar.stuck = True
        made = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
        for number in range(MANY):
            assert 202 == (await room.post_record(made | {"Run_ID": f"RUN-20261121-SLOW{number}"}))[0]
        await room.until(lambda: MANY < len(room.events("alert-firing")), "the alerts")
        await room.until(lambda: tar.caught, "the system to be asked")
        room.advance(minutes=16)
        await room.sees("Nobody (has )?acknowledged.*within 15 minutes", root["ts"])


async def test_a_denial_counts_while_a_system_hangs(tmp_path: Path) -> None:
    async with stuck_room(tmp_path) as (room, tar):
        record, root = await room.contained()
        await room.release_asked(record, root)
        tar.stuck = True
        await ask_much(room)
        await room.until(lambda: tar.caught, "the system to be asked")
        await room.say(RUTH, "DENIED - not now", root["ts"])
        await room.sees("denied.*not now", root["ts"])
