"""An alert from end to end with real programs: a rule fires, Alertmanager tells the bot, a thread begins, its
picture is measured by that very Prometheus and comes by an update, and the rule resolves."""

from __future__ import annotations

import re
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from sandbox.kept_port import kept_port
from tests.monitoring.servers import DEADLINE, alertmanager, exporter, prometheus
from tests.monitoring.test_alert_story import Scene, brisk, shown
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, INTAKE_TOKEN, Json, text_of


@pytest.fixture
async def measured(tmp_path: Path) -> AsyncIterator[Scene]:
    """A room whose Prometheus measures what its alerts are about."""
    async with AsyncExitStack() as stack:
        port = stack.enter_context(kept_port())
        also = {"PROMETHEUS_URL": f"http://127.0.0.1:{port}", "COUNTERSIGN_PICTURES": "on"}
        room = await stack.enter_async_context(ops_room(tmp_path / "room", also=also))
        target = await stack.enter_async_context(exporter())
        token = tmp_path / "token"
        token.write_text(INTAKE_TOKEN)
        config = brisk(shown("alertmanager.yml"), room, token)
        manager = await stack.enter_async_context(alertmanager(tmp_path / "alertmanager", config))
        rules = shown("rules.yml").replace("for: 5m", "for: 0s")
        measuring = prometheus(
            tmp_path / "prometheus", target.address, rules=rules, alertmanager=manager.url, port=port
        )
        await stack.enter_async_context(measuring)
        yield Scene(room, target)


def picture(root: Json) -> Json | None:
    return next((one for one in root["blocks"] if one["type"] == "image"), None)


async def test_a_rule_fires_and_its_thread_shows_what_prometheus_measured_until_it_resolves(
    measured: Scene,
) -> None:
    room = measured.room
    measured.target.set("queue_waiting", 140, namespace="clinchat-rag")
    root = await measured.sees(r"alert-warning · ", ALERTS)

    def pictured() -> Json | None:
        (first,) = measured.roots(ALERTS, r"alert-warning · ")
        return first if picture(first) else None

    updated: Json = await room.until(pictured, "the picture", DEADLINE)
    block = picture(updated)
    assert block is not None
    assert root["ts"] == updated["ts"]
    assert re.search(r"140 at \d\d:\d\d UTC, .*100", block["alt_text"]), block["alt_text"]
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{room.slack.url}/files-pri/{block['slack_file']['id']}/picture") as response,
    ):
        drawn = await response.read()
    assert (b"\x89PNG", (1200, 480)) == (drawn[:4], struct.unpack(">II", drawn[16:24]))
    measured.target.set("queue_waiting", 3, namespace="clinchat-rag")
    await measured.counted("alert-resolved", 1)
    over = await measured.sees(r"alert-warning · .*Resolved ", ALERTS)
    assert (root["ts"], True) == (over["ts"], picture(over) is not None), text_of(over)
