"""A system that never answers keeps nobody waiting but those who asked it (invariant 12)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.workers import Tuning
from tests.scenarios.opening import ops_room, start_replica
from tests.scenarios.refusing import release_waits, state
from tests.scenarios.room import OMAR, PIA, RUTH, Room

AT_ONCE = Tuning().concurrency
"""How much of a queue a replica handles at once."""
MANY = AT_ONCE + 8


class Tar:
    """A system whose looks end when the test ends."""

    def __init__(self) -> None:
        self.stuck = False
        self.let_by: dict[str, int] = {}
        """How many calls of a method pass before the next one sticks; none of a method that is not named."""
        self.caught = 0
        self._freed = asyncio.Event()

    def wrap(self, name: str, port: Any) -> Any:
        """`bot.parts.Wrap`."""
        return _Sticky(port, self) if name.startswith("systems.credit-monitoring") else port

    async def catch(self, method: str) -> None:
        """Stay for ever."""
        self.let_by[method] = self.let_by.get(method, 0) - 1
        if self.stuck and self.let_by[method] < 0:
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
            await self._tar.catch(attribute)
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


def hurried(policies: Path) -> None:
    """A release gets two seconds."""
    rules = policies / "systems" / "credit-monitoring.yaml"
    text = rules.read_text()
    assert "timeout: 30s" in text
    rules.write_text(text.replace("timeout: 30s", "timeout: 2s"))


async def test_a_takeover_that_meets_a_hanging_system_ends_too(tmp_path: Path) -> None:
    tar = Tar()
    async with ops_room(tmp_path, replicas=0, edit=hurried) as room:
        async with start_replica(room, wrap=tar.wrap) as first:
            room.served_by(first.url)
            waiting = await release_waits(room, OMAR)
            tar.stuck, tar.let_by = True, {"look": 10}
            await room.say(RUTH, "APPROVED - false positive", waiting.thread)
            await room.until(lambda: tar.caught, "the release to begin")
        tar.let_by = {"look": 1, "release": 10, "amend": 10}
        async with start_replica(room, wrap=tar.wrap) as second:
            room.served_by(second.url)
            room.advance(seconds=20)
            await room.until(lambda: state(room, waiting.id) not in ("approved", "executing"), "an end")
