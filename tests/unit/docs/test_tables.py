"""The tables of the documents name what there is."""

from __future__ import annotations

import re
from pathlib import Path

from handlers.actions import alertmanager, credit_monitoring, http, kubernetes
from handlers.actions.registry import REGISTRY

ARCHITECTURE = Path(__file__).parents[3] / "docs" / "architecture.md"
KINDS = {alertmanager.KIND, credit_monitoring.KIND, kubernetes.KIND, http.KIND}


def rows(heading: str) -> set[str]:
    """The first cells of the table under a heading."""
    section = ARCHITECTURE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [found for found in re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE) if found != "action"]
    return {name for cell in cells for name in cell.split(", ")}


def test_every_action_tells_how_it_recovers() -> None:
    described = {action.name for action in REGISTRY if action.kind in KINDS}
    assert described | {"any `http` route"} == rows("Recovery, an action at a time")
