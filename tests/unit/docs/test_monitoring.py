"""Dashboard and alert rules ask for metrics that the bot has, in PromQL that Prometheus itself takes."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

import bot.app  # noqa: F401  every module that has metrics
from bot.metrics import Exposition
from bot.policy_folder import read_book
from tests.monitoring.servers import program
from tests.scenarios.virtual import VirtualClock
from tests.unit.telling.measured import Measured

ROOT = Path(__file__).parents[3]
DASHBOARD = ROOT / "deploy" / "grafana" / "countersign.json"
RULES = ROOT / "deploy" / "prometheus" / "countersign.rules.yaml"
LATE = "The oldest has been due for 1m 30s. The store or a system is slow, or no replica claims work."
_OURS = re.compile(r"\bcountersign_\w+")
_MADE_OF = re.compile(r"_(?:bucket|sum|count)\Z")


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return loaded


def expressions() -> Iterator[str]:
    """Every expression of the dashboard and of the rules."""
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


async def exposed() -> dict[str, set[str]]:
    """The labels of every metric that a replica exposes, by its name in an expression."""
    told = Exposition(Measured(), VirtualClock(), read_book(ROOT / "policies" / "rules"), lambda: True)
    text = (await told.text()).decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = {label for sample in family.samples for label in sample.labels}
    return found


async def test_every_metric_that_is_asked_for_is_exposed() -> None:
    known = await exposed()
    asked = {_MADE_OF.sub("", name) for expr in expressions() for name in _OURS.findall(expr)}
    assert asked
    assert set() == asked - known.keys()


async def test_what_the_store_tells_is_on_the_dashboard() -> None:
    shown = {
        name for panel in dashboard()["panels"] for t in panel["targets"] for name in _OURS.findall(t["expr"])
    }
    assert {
        "countersign_alerts", "countersign_outbox_messages", "countersign_outbox_oldest_seconds",
        "countersign_slack_rate_limited_total", "countersign_decisions_total",
        "countersign_queue_late_seconds", "countersign_alert_acknowledge_seconds_bucket",
    } <= shown  # fmt: skip


def test_prometheus_itself_takes_the_rules() -> None:
    checked = subprocess.run(
        [program("promtool"), "check", "rules", str(RULES)], capture_output=True, text=True, check=False
    )
    assert 0 == checked.returncode, checked.stdout + checked.stderr


def test_prometheus_itself_takes_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expr.replace("$__rate_interval", "5m")}
        for number, expr in enumerate(expressions())
    ]
    path = tmp_path / "panels.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    checked = subprocess.run(
        [program("promtool"), "check", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert 0 == checked.returncode, checked.stdout + checked.stderr


def test_the_rules_fire_when_they_should(tmp_path: Path) -> None:
    """`promtool test rules` over made-up series: late work fires, a replica that is ready does not."""
    late = 'countersign_queue_late_seconds{queue="due",instance="a"}'
    tests = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "30s",
        "tests": [
            {
                "interval": "30s",
                "input_series": [
                    {"series": late, "values": "0 0 90x10"},
                    {"series": 'countersign_ready{instance="a"}', "values": "1x20"},
                    {"series": 'countersign_ready{instance="b"}', "values": "0x20"},
                ],
                "promql_expr_test": [],
                "alert_rule_test": [
                    {"eval_time": "30s", "alertname": "CountersignDueWorkLate", "exp_alerts": []},
                    {
                        "eval_time": "4m",
                        "alertname": "CountersignDueWorkLate",
                        "exp_alerts": [
                            {
                                "exp_labels": {"severity": "critical"},
                                "exp_annotations": {
                                    "summary": "Rungs, expiries or executions are over a minute late",
                                    "description": LATE,
                                },
                            }
                        ],
                    },
                    {"eval_time": "5m", "alertname": "CountersignNotReady", "exp_alerts": []},
                    {"eval_time": "5m", "alertname": "CountersignGone", "exp_alerts": []},
                ],
            }
        ],
    }
    path = tmp_path / "tests.yaml"
    path.write_text(yaml.safe_dump(tests))
    told = subprocess.run(
        [program("promtool"), "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert 0 == told.returncode, told.stdout + told.stderr


def test_the_dashboard_is_one_that_grafana_draws() -> None:
    made = dashboard()
    assert {"title", "uid", "schemaVersion", "panels", "templating", "time"} <= made.keys()
    (variable,) = made["templating"]["list"]
    assert ("datasource", "prometheus") == (variable["type"], variable["query"])
    panels = made["panels"]
    assert len(panels) == len({panel["id"] for panel in panels})
    for panel in panels:
        assert {
            "title",
            "description",
            "type",
            "gridPos",
            "targets",
            "fieldConfig",
            "options",
        } <= panel.keys()
        assert "${datasource}" == panel["datasource"]["uid"]
        refs = [target["refId"] for target in panel["targets"]]
        assert len(refs) == len(set(refs))
    assert [] == [(one["title"], two["title"]) for one, two in combinations(panels, 2) if _overlap(one, two)]


def _overlap(one: dict[str, Any], two: dict[str, Any]) -> bool:
    a, b = one["gridPos"], two["gridPos"]
    assert 24 >= a["x"] + a["w"]
    apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
    return not (apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"])
