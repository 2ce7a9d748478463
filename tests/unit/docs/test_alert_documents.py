"""What docs/alerts.md shows is what the bot takes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.catalog import catalog
from bot.notify.kinds import outside
from bot.policy_folder import read_book, read_folder
from handlers.alerting.sources import SOURCES
from handlers.alerting.sources.generic import GenericBody
from policies.loading import load
from policies.schema import PolicyBook

ROOT = Path(__file__).parents[3]
SCHEMA: Any = json.loads((ROOT / "docs" / "alert.schema.json").read_text())
BOOK = read_book(ROOT / "policies" / "rules")


def example() -> Any:
    text = (ROOT / "docs" / "alerts.md").read_text()
    (found,) = re.findall(r'```json title="alert.json"\n(.*?)```', text, re.DOTALL)
    return json.loads(found)


def test_the_published_schema_is_that_of_the_code() -> None:
    assert GenericBody.model_json_schema() == SCHEMA


def test_the_example_fits_the_schema_and_is_taken() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(example())
    (signal,) = SOURCES["generic"].read(BOOK, example()).told.signals
    assert ("auditron", "warning", True) == (signal.system, signal.severity, signal.firing)
    assert "The nightly import failed" == signal.title


def documented_book() -> PolicyBook:
    """The practice workspace with the part of AUDITRON's policy that the page shows."""
    rules = ROOT / "policies" / "rules"
    files = read_folder(rules)
    text = (rules / "systems" / "auditron.yaml").read_text()
    page = (ROOT / "docs" / "alerts.md").read_text()
    (shown,) = re.findall(r'```yaml title="a part of systems/auditron.yaml"\n(.*?)```', page, re.DOTALL)
    begins, ends = text.index("alerts:\n"), text.index("# The runbook names no roles")
    files["systems/auditron.yaml"] = (text[:begins] + shown + text[ends:]).encode()
    return load(files, catalog(), outside())


def test_the_policy_that_the_page_shows_loads_and_maps_other_json() -> None:
    body = {"checks": [{"check_id": 7, "state": "down", "summary": "No answer", "priority": "critical"}]}
    (signal,) = SOURCES["generic"].read(documented_book(), body, "uptime").told.signals
    assert ("auditron", "critical", "SiteDown", "generic:7", True) == (
        signal.system, signal.severity, signal.name, signal.subject, signal.firing
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"checks": [{"check_id": 7, "state": "down"}]}, None),
        ({"checks": [{"state": "down"}]}, "alerts.0.id"),
        ({"checks": ["text"]}, "alerts.0.id"),
        ({}, "`each` finds nothing"),
    ],
)
def test_what_a_mapping_does_not_fit_is_refused_with_the_reason(
    body: dict[str, Any], reason: str | None
) -> None:
    source = SOURCES["generic"]
    if reason is None:
        assert source.read(documented_book(), body, "uptime").told.signals
        return
    with pytest.raises(ValueError, match=re.escape(reason)):
        source.read(documented_book(), body, "uptime")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "alerts.0.id"),
        ({"state": "down"}, "alerts.0.state"),
        ({"labels": {"a b": "c"}}, "alerts.0.labels"),
        ({"started_at": "2026-11-21T02:10:00"}, "alerts.0.started_at"),
        ({"links": [{"label": "Log", "url": "javascript:alert(1)"}]}, "alerts.0.links.0.url"),
        ({"colour": "red"}, "alerts.0.colour"),
    ],
)
def test_what_the_schema_refuses_the_bot_refuses_with_the_place(change: dict[str, Any], reason: str) -> None:
    body = example()
    body["alerts"][0] |= change
    with pytest.raises(ValueError, match=re.escape(reason)):
        SOURCES["generic"].read(BOOK, body)
