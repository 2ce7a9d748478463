"""The harness itself: a rule of the real Prometheus fires on what a test exposes, and Alertmanager has it."""

from __future__ import annotations

from pathlib import Path

from sandbox.alertmanager import fingerprint
from tests.monitoring.servers import Json, MonitoringServer, alertmanager, exporter, prometheus, until_told

RULES = """
groups:
  - name: practice
    rules:
      - alert: QueueBacklog
        expr: queue_waiting > 100
        labels: {severity: warning}
"""
QUIET = """
route: {receiver: nobody, group_wait: 0s}
receivers: [{name: nobody}]
"""


async def alerts_of(server: MonitoringServer) -> list[Json]:
    listed: list[Json] = await server.get("/api/v2/alerts")
    return listed


async def test_a_rule_fires_on_an_exposed_series_and_alertmanager_has_it(tmp_path: Path) -> None:
    async with (
        exporter() as target,
        alertmanager(tmp_path / "alertmanager", QUIET) as manager,
        prometheus(tmp_path / "prometheus", target.address, rules=RULES, alertmanager=manager.url) as server,
    ):
        target.set("queue_waiting", 140, namespace="auditron")
        (told,) = await until_told(lambda: alerts_of(manager), "Alertmanager to have the alert")
        assert "QueueBacklog" == told["labels"]["alertname"]
        assert "auditron" == told["labels"]["namespace"]
        assert told["fingerprint"] == fingerprint(told["labels"])  # the practice Alertmanager makes it too
        found = await server.get("/api/v1/query", query="queue_waiting")
        assert "140" == found["data"]["result"][0]["value"][1]
