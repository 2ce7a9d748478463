"""An attacker's room: one replica over HTTP, because forged payloads come that way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.opening import ops_room
from tests.scenarios.room import Room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened
