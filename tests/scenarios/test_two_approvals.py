"""What needs two approvals: somebody else may still ask for the same after the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.opening import ops_room
from tests.scenarios.refusing import release_waits
from tests.scenarios.room import IVO, OMAR, PIA, RUTH, Room

RULE = "request: [o2]\n    approve: {roles: [o3], count: "
NAME = "title: Release a run from quarantine"


def needs_two(policies: Path) -> None:
    """A release takes two approvals."""
    path = policies / "systems" / "credit-monitoring.yaml"
    before, name, after = path.read_text().partition(NAME)
    assert f"{RULE}1" in after
    path.write_text(before + name + after.replace(f"{RULE}1", f"{RULE}2", 1))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, edit=needs_two) as opened:
        yield opened


async def test_an_approval_holds_when_somebody_else_asks_for_the_same_after_it(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.say(RUTH, "APPROVED - digests compared", waiting.thread)
    await room.sees(f"{waiting.id}.*1 of 2|1 of 2.*{waiting.id}", waiting.thread)
    await room.command(PIA, "/release", f"{waiting.run} because the customer waits")
    await room.hears(PIA, f"{waiting.id}.*already asks for the same")
    await room.say(IVO, "APPROVED - compared as well", waiting.thread)
    await room.sees(f"{waiting.id}.*Released: ", waiting.thread)
    assert [] == [one for one in room.events("request-awaiting_approval") if one["detail"]["by"] == "struck"]
