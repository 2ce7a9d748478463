"""Two Alertmanagers, Debian's and the practice one, and the bot's adapter on each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.policy_folder import read_book
from bot.systems.alertmanager.api import AlertmanagerApi
from bot.systems.alertmanager.opening import opened
from handlers.actions import Action, Order, Signatory
from handlers.actions.registry import REGISTRY
from sandbox.alertmanager import PracticeAlertmanager
from tests.monitoring.servers import alertmanager

Json = dict[str, Any]
BOOK = read_book(Path(__file__).parents[3] / "policies" / "rules")
TOKEN = "bearer-of-the-practice"
QUIET = """
route: {receiver: nobody}
receivers: [{name: nobody}]
"""


@dataclass
class Manager:
    """A running Alertmanager: as its administrator sees it, and as the bot's adapter does."""

    url: str
    token: str
    api: AlertmanagerApi

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.url}{path}", json=body) as response,
        ):
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else None

    async def fires(self, name: str, **labels: str) -> None:
        """An alert begins to fire."""
        told = [{"labels": {"alertname": name, **labels}, "startsAt": datetime.now(UTC).isoformat()}]
        status, answer = await self.call("POST", "/api/v2/alerts", told)
        assert 200 == status, answer

    async def suppressed(self) -> set[str]:
        """The names and severities of the alerts that a silence hides."""
        _, alerts = await self.call("GET", "/api/v2/alerts")
        hidden = [one["labels"] for one in alerts if one["status"]["silencedBy"]]
        return {f"{one['alertname']} {one['severity']}" for one in hidden}

    async def silences(self) -> list[Json]:
        _, listed = await self.call("GET", "/api/v2/silences")
        found: list[Json] = listed
        return found

    async def order(self, name: str, values: Mapping[str, Any], request_id: str = "R-7QK2M") -> Order:
        """An approved request, sealed as it was looked at."""
        what = action(name)
        params = what.params.model_validate(values)
        seen = await what.look(self.api, params)
        return Order(
            request_id=request_id,
            params=what.params.model_validate_json(params.model_dump_json()),
            sealed=seen.sealed,
            precondition="",
            reason="the disk is being changed",
            approvers=("O3 Ruth",),
            at=datetime.now(UTC),
            requested_by=(Signatory("U02OMAR", "O2 Omar"),),
        )


def action(name: str) -> Action:
    return REGISTRY.find(("alertmanager",), name)


@asynccontextmanager
async def real(folder: Path) -> AsyncIterator[tuple[str, str]]:
    async with alertmanager(folder / "alertmanager", QUIET) as server:
        yield server.url, ""


@asynccontextmanager
async def practice(_: Path) -> AsyncIterator[tuple[str, str]]:
    async with PracticeAlertmanager(TOKEN) as server:
        yield server.url, TOKEN


@pytest.fixture(params=[real, practice], ids=["real", "practice"])
async def manager(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Manager]:
    async with request.param(tmp_path) as (url, token):
        settings = {"alertmanager_url": url, "alertmanager_token": token}
        async with opened(settings, SystemClock(), BOOK.systems["auditron"]) as api:
            yield Manager(url, token, api)
