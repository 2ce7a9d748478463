"""From a series to a thread, with the real Prometheus and Alertmanager: rules like those of the four systems
fire, repeat, resolve and fire again. The configuration is the one that docs/alerts.md shows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.monitoring.servers import DEADLINE, Exporter, alertmanager, exporter, prometheus
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, CRITICAL, INTAKE_TOKEN, Json, Room, text_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "alerts.md"


def shown(title: str) -> str:
    """A file as docs/alerts.md shows it."""
    found = re.search(rf'```yaml title="{re.escape(title)}"\n(.*?)```', DOCUMENT.read_text(), re.DOTALL)
    assert found is not None
    return found.group(1)


def brisk(config: str, room: Room, token: Path) -> str:
    """The documented configuration of Alertmanager with this test's addresses, and hours made seconds."""
    replaced = {
        "https://countersign.example.com": room.intake,
        "/etc/alertmanager/countersign-token": str(token),
        "group_wait: 10s": "group_wait: 0s",
        "group_interval: 1m": "group_interval: 1s",
        "repeat_interval: 4h": "repeat_interval: 1s",
    }
    for old, new in replaced.items():
        assert old in config
        config = config.replace(old, new)
    return config


@dataclass(frozen=True)
class Scene:
    """A room whose alerts come from a real Alertmanager, and the series that make them."""

    room: Room
    target: Exporter

    def roots(self, channel: str, pattern: str) -> list[Json]:
        """The first messages of threads about something."""
        said = self.room.from_bot(channel=channel)
        firsts = [one for one in said if one.get("thread_ts", one["ts"]) == one["ts"]]
        return [one for one in firsts if re.search(pattern, text_of(one), re.DOTALL)]

    async def sees(self, pattern: str, channel: str) -> Json:
        """Wait, as long as three programs take, for the first message of a thread that shows this."""
        found = await self.room.until(
            lambda: self.roots(channel, pattern), f"a thread that shows {pattern!r}", DEADLINE
        )
        first: Json = found[0]
        return first

    async def counted(self, event: str, times: int) -> None:
        await self.room.until(lambda: len(self.room.events(event)) >= times, f"{times} of {event}", DEADLINE)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        room = await stack.enter_async_context(ops_room(tmp_path / "room"))
        target = await stack.enter_async_context(exporter())
        token = tmp_path / "token"
        token.write_text(INTAKE_TOKEN)
        config = brisk(shown("alertmanager.yml"), room, token)
        manager = await stack.enter_async_context(alertmanager(tmp_path / "alertmanager", config))
        rules = shown("rules.yml").replace("for: 5m", "for: 0s")
        await stack.enter_async_context(
            prometheus(tmp_path / "prometheus", target.address, rules=rules, alertmanager=manager.url)
        )
        yield Scene(room, target)


async def test_a_rule_fires_repeats_resolves_and_fires_again_in_one_thread(scene: Scene) -> None:
    scene.target.set("queue_waiting", 140, namespace="auditron")
    root = await scene.sees(r"warning · .*140 jobs wait", ALERTS)
    assert "namespace=auditron" in text_of(root)
    scene.room.advance(minutes=5)  # for the bot; Alertmanager says the same again each second
    await scene.sees(r"warning · .*Told again by its sender, so far: \d+", ALERTS)
    scene.target.set("queue_waiting", 3, namespace="auditron")
    await scene.counted("alert-resolved", 1)
    assert "senderresolved" == scene.room.events("alert-resolved")[0]["detail"]["by"]
    await scene.sees(r"warning · .*Resolved ", ALERTS)
    scene.room.advance(minutes=5)
    fired = len(scene.room.events("alert-firing"))
    scene.target.set("queue_waiting", 180, namespace="auditron")
    await scene.counted("alert-firing", fired + 1)
    assert [root["ts"]] == [one["ts"] for one in scene.roots(ALERTS, "warning · ")]


async def test_one_rule_for_all_systems_makes_a_thread_in_each_with_its_own_severity(scene: Scene) -> None:
    for namespace in ("auditron", "clinchat-rag", "provability-fabric"):
        scene.target.set("request_seconds_p95", 4.2, namespace=namespace)
    scene.target.set("credit_monitor_ledger_changed", 1, component="credit-monitor")
    for pattern, channel in (
        (r"warning · .*namespace=auditron", ALERTS),
        (r"alert-warning · .*namespace=clinchat-rag", ALERTS),
        (r"P1 · .*namespace=provability-fabric", CRITICAL),
        (r"SEV1 · .*component=credit-monitor", ALERTS),
    ):
        await scene.sees(pattern, channel)
    assert 4 == len({one["subject"] for one in scene.room.events("alert-firing")})


async def test_what_policy_cannot_place_is_told_although_alertmanager_drops_it(scene: Scene) -> None:
    scene.target.set("request_seconds_p95", 4.2, namespace="somebody-elses")
    await scene.room.until(
        lambda: [one for one in scene.room.from_bot() if "could not be taken" in text_of(one)],
        "the stray to be told",
        DEADLINE,
    )
    assert [] == scene.room.events("alert-firing")
