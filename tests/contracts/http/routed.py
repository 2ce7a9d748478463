"""The shipped policies' routes, against practice APIs: an action as the bot would run it, without the bot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from bot.policy_folder import read_book
from handlers.actions import Action, Observation, Order, Reading, Report, Verified
from handlers.actions.http import registry_of
from handlers.actions.http.acting import Change
from handlers.actions.http.ports import HttpApi
from handlers.actions.registry import Registry
from policies.schema import PolicyBook

RULES = Path(__file__).parents[3] / "policies" / "rules"


@cache
def shipped() -> PolicyBook:
    return read_book(RULES)


@cache
def registry(system: str) -> Registry:
    return registry_of(shipped().systems[system].routes)


def action(system: str, name: str) -> Action:
    return registry(system).find(("http",), name)


def reading(system: str, name: str) -> Reading:
    return registry(system).find_reading(("http",), name)


async def look_at(api: HttpApi, system: str, name: str, **values: Any) -> Report:
    """What a reading finds."""
    what = reading(system, name)
    return await what.read(api, what.params.model_validate(values))


@dataclass(frozen=True)
class Wish:
    """One action with its values, on its way through look, run and ask."""

    what: Action
    values: Mapping[str, Any]

    @property
    def change(self) -> Change:
        """The route behind the action."""
        change: Change = self.what.look.__self__  # type: ignore[attr-defined]
        return change

    async def look(self, api: HttpApi) -> Observation:
        return await self.what.look(api, self.what.params.model_validate(self.values))

    async def run(self, api: HttpApi, request_id: str = "R-1", reason: str = "leaked") -> Verified:
        return await self.what.run(api, self.order(api, request_id, reason))

    async def ask(self, api: HttpApi, request_id: str = "R-1") -> Verified | None:
        return await self.what.ask(api, self.order(api, request_id))

    def order(self, api: HttpApi, request_id: str = "R-1", reason: str = "leaked") -> Order:
        """The approved request, whose target was looked at a moment ago."""
        # As it comes back from the store: through JSON.
        stored = json.loads(self.what.params.model_validate(self.values).model_dump_json())
        params = self.what.params.model_validate(stored)
        return Order(
            request_id=request_id,
            params=params,
            sealed=self.change.request(api, dict(params)),
            precondition="",
            reason=reason,
            approvers=("O3 Ruth",),
            at=datetime(2026, 1, 31, 12, tzinfo=UTC),
            seen="a moment ago",
        )


def revoke(*tokens: str) -> Wish:
    return Wish(action("provability-fabric", "revoke-tokens"), {"token_ids": tokens})


def on_queue(name: str, **values: Any) -> Wish:
    return Wish(action("auditron", name), values)
