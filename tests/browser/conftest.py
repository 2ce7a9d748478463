"""The room with a browser before it: the practice Slack, the real bot, and a page that may not complain."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.opening import ops_room
from tests.scenarios.room import Room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        opened.monitor.prepare()
        opened.monitor.intake_url = f"{opened.intake}/alerts/run-record"
        opened.slack.control.credits = opened.monitor
        yield opened
