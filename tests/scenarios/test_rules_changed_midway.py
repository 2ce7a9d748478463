"""An execution that was put off is not gone on with under other rules than it was approved by."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from handlers.errors import TryAgainLater
from tests.scenarios.opening import ops_room, start_replica
from tests.scenarios.refusing import disk, release_waits, state
from tests.scenarios.room import OMAR, RUTH


class Busy:
    """A credit monitor whose files are always being written when somebody wants to release them."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.tried = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name == "files":
            return _BusyFiles(found, self)
        return found


class _BusyFiles:
    def __init__(self, files: Any, monitor: Busy) -> None:
        self._files, self._monitor = files, monitor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    async def release(self, move: Any) -> Any:
        self._monitor.tried += 1
        raise TryAgainLater("the files are being written", after=3600)


async def test_what_was_put_off_ends_unknown_when_the_rules_have_changed(tmp_path: Path) -> None:
    monitors: list[Busy] = []

    def wrap(name: str, port: Any) -> Any:
        if not name.startswith("systems.credit-monitoring"):
            return port
        monitors.append(Busy(port))
        return monitors[-1]

    async with ops_room(tmp_path, replicas=0, wrap=wrap) as room, AsyncExitStack() as first:
        running = await first.enter_async_context(start_replica(room, wrap=wrap))
        room.intake = running.url
        room.slack.request_url = f"{running.url}/slack/events"
        await room.until(running.health.may_claim, "readiness")
        waiting = await release_waits(room, OMAR)
        await room.say(RUTH, "APPROVED - digests compared", waiting.thread)
        await room.until(lambda: sum(one.tried for one in monitors), "the release to be tried")
        assert "executing" == state(room, waiting.id)
        await first.aclose()

        rules = room.policies / "systems" / "credit-monitoring.yaml"
        rules.write_text(
            rules.read_text().replace("title: Release a run from quarantine", "title: Let a run go")
        )
        async with start_replica(room, activate=True) as second:
            await room.until(second.health.may_claim, "readiness")
            room.advance(hours=2)
            await room.sees(f"{waiting.id}.*may or may not.*rules", waiting.thread)
            assert "unknown" == state(room, waiting.id)
    assert waiting.disk == disk(room)


class _Mute:
    """A credit monitor that moves files and never says so."""

    def __init__(self, port: Any, moved: asyncio.Event) -> None:
        self._port, self._moved = port, moved

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return _Mute(found, self._moved) if name == "files" else found

    async def quarantine(self, move: Any) -> Any:
        await self._port.quarantine(move)
        self._moved.set()
        await asyncio.Event().wait()


async def test_what_was_done_by_itself_is_told_as_done_when_the_rules_have_changed(tmp_path: Path) -> None:
    moved = asyncio.Event()

    def wrap(name: str, port: Any) -> Any:
        return _Mute(port, moved) if name == "systems.credit-monitoring" else port

    async with ops_room(tmp_path, replicas=0) as room:
        async with start_replica(room, wrap=wrap) as running:
            room.intake = running.url
            await room.until(running.health.may_claim, "readiness")
            record = await room.alert("SEV0")
            await room.until(moved.is_set, "the files to be moved")
        rules = room.policies / "systems" / "credit-monitoring.yaml"
        rules.write_text(
            rules.read_text().replace("automatic: [quarantine, open-case]", "automatic: [open-case]")
        )
        async with start_replica(room, activate=True) as second:
            await room.until(second.health.may_claim, "readiness")
            room.advance(minutes=1)
            await room.sees(f"{record['Run_ID']}.*Quarantined: 2 files")
            assert [] == room.events("request-failed")
