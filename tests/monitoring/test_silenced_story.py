"""A silence from Slack in the real Alertmanager: what it hides is not told, and is told once it is ended."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.kept_port import kept_port
from tests.monitoring.servers import (
    MonitoringServer,
    alertmanager,
    exporter,
    prometheus,
    until_told,
)
from tests.monitoring.test_alert_story import Scene, brisk, shown
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, INTAKE_TOKEN, OMAR, RUTH, text_of


@dataclass(frozen=True)
class Silenced:
    """The scene, and its Alertmanager."""

    scene: Scene
    manager: MonitoringServer

    async def suppressed(self) -> list[Any]:
        alerts: list[Any] = await self.manager.get("/api/v2/alerts", active="false")
        return alerts


@pytest.fixture
async def silenced(tmp_path: Path) -> AsyncIterator[Silenced]:
    """A room whose Alertmanager both tells it alerts and takes its silences."""
    async with AsyncExitStack() as stack:
        port = stack.enter_context(kept_port())
        also = {"ALERTMANAGER_URL": f"http://127.0.0.1:{port}"}
        room = await stack.enter_async_context(ops_room(tmp_path / "room", also=also))
        target = await stack.enter_async_context(exporter())
        token = tmp_path / "token"
        token.write_text(INTAKE_TOKEN)
        config = brisk(shown("alertmanager.yml"), room, token)
        manager = await stack.enter_async_context(alertmanager(tmp_path / "alertmanager", config, port=port))
        rules = shown("rules.yml").replace("for: 5m", "for: 0s")
        await stack.enter_async_context(
            prometheus(tmp_path / "prometheus", target.address, rules=rules, alertmanager=manager.url)
        )
        yield Silenced(Scene(room, target), manager)


async def test_what_is_silenced_is_told_only_once_the_silence_is_ended(silenced: Silenced) -> None:
    room = silenced.scene.room
    await room.command(OMAR, "/ops", "auditron silence alertname=QueueBacklog for 2h because it is cleaned")
    card = await room.sees("Hide alerts for a while.*waiting for approval", channel=ALERTS)
    await room.say(RUTH, "APPROVED - fine", card["ts"], channel=ALERTS)
    told = await room.sees("Silence .* is active, until", card["ts"], channel=ALERTS)
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", text_of(told))
    assert found is not None
    silenced.scene.target.set("queue_waiting", 140, namespace="auditron")
    silenced.scene.target.set("queue_waiting", 150, namespace="provability-fabric")
    (hidden,) = await until_told(silenced.suppressed, "Alertmanager to hide it")
    assert [found[0]] == hidden["status"]["silencedBy"]
    await silenced.scene.sees(r"namespace=provability-fabric", channel="C0CRITICAL")
    await room.command(OMAR, "/ops", f"auditron unsilence {found[0]} because it is done")
    await room.sees("Silence .* has ended: Alertmanager says", channel=ALERTS)
    await silenced.scene.sees(r"warning · .*140 jobs wait", ALERTS)
    events = [one["event"] for one in room.record()]
    ended = max(place for place, event in enumerate(events) if event == "request-succeeded")
    assert (1, 1) == (events[:ended].count("alert-firing"), events[ended:].count("alert-firing"))
