"""The practice systems name themselves to the bot as the practice policies expect it."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp

from sandbox.systems import VARIABLES, practice_systems

RULES = Path(__file__).parents[2] / "policies" / "rules"


async def test_every_variable_of_the_practice_policies_is_set(tmp_path: Path) -> None:
    lines = [line for path in RULES.rglob("*.yaml") for line in path.read_text().splitlines()]
    named = {name for line in lines for name in re.findall(r"^\s+\w+: \$\{(\w+)\}$", line)}
    async with practice_systems(tmp_path) as systems:
        assert {"CREDIT_MONITORING_ROOT"} == named - set(systems.environment)
        assert all(name.startswith(VARIABLES) for name in systems.environment)


async def test_every_system_listens_and_has_a_panel_of_its_own(tmp_path: Path) -> None:
    async with practice_systems(tmp_path) as systems:
        shown = [system.panel() for system in systems.panels]
        assert {"cluster", "queue-admin", "ledger", "prometheus", "alertmanager"} == {
            panel["id"] for panel in shown
        }
        told = [system.panel() for system in systems.outside]
        assert ["pagerduty", "mail", "texts"] == [panel["id"] for panel in told]
        assert all(panel["sections"] and panel["faults"] for panel in (*shown, *told))
        headers = {"Authorization": f"Bearer {systems.environment['LEDGER_TOKEN']}"}
        async with (
            aiohttp.ClientSession(systems.environment["LEDGER_URL"], headers=headers) as session,
            session.get("/capability-tokens") as response,
        ):
            assert 200 == response.status
