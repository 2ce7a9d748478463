"""Each scenario runs twice: over signed HTTP and over Socket Mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.opening import ops_room
from tests.scenarios.room import Room


@pytest.fixture(params=["http", "socket"])
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, socket_mode=request.param == "socket") as opened:
        yield opened
