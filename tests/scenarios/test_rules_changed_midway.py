"""An execution that was put off is not gone on with under other rules than it was approved by."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from handlers.errors import TryAgainLater
from tests.scenarios.hanging import Around, Hanging
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.refusing import disk, release_waits, state
from tests.scenarios.room import OMAR, RUTH


async def test_what_was_put_off_ends_unknown_when_the_rules_have_changed(tmp_path: Path) -> None:
    tried = asyncio.Event()

    async def busy(*_: Any) -> None:
        tried.set()
        raise TryAgainLater("the files are being written", after=3600)

    def wrap(name: str, port: Any) -> Any:
        return Around(port, "files.release", busy) if name == "systems.credit-monitoring" else port

    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room, wrap=wrap):
            waiting = await release_waits(room, OMAR)
            await room.say(RUTH, "APPROVED - digests compared", waiting.thread)
            await room.until(tried.is_set, "the release to be tried")
            assert "executing" == state(room, waiting.id)
        rules = room.policies / "systems" / "credit-monitoring.yaml"
        rules.write_text(
            rules.read_text().replace("title: Release a run from quarantine", "title: Let a run go")
        )
        async with serving_replica(room, activate=True):
            room.advance(hours=2)
            await room.sees(f"{waiting.id}.*may or may not.*rules", waiting.thread)
            assert "unknown" == state(room, waiting.id)
    assert waiting.disk == disk(room)


async def test_what_was_done_by_itself_is_told_as_done_when_the_rules_have_changed(tmp_path: Path) -> None:
    moving = Hanging("credit-monitoring", "files.quarantine", effect=True)
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room, wrap=moving.wrap):
            record = await room.alert("SEV0")
            await room.until(moving.reached.is_set, "the files to be moved")
        rules = room.policies / "systems" / "credit-monitoring.yaml"
        rules.write_text(
            rules.read_text().replace("automatic: [quarantine, open-case]", "automatic: [open-case]")
        )
        async with serving_replica(room, activate=True):
            room.advance(minutes=1)
            await room.sees(f"{record['Run_ID']}.*Quarantined: 2 files")
            assert [] == room.events("request-failed")
