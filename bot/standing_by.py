"""Whether this replica may work: its policies are the active ones, its clock is right, Slack knows it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import asked
from bot.workers import Tuning
from handlers.activation import policies_active
from handlers.errors import StoreUnavailable, TryAgainLater
from handlers.ports.clock import Clock
from handlers.ports.store import Store
from handlers.trimming import first_trim
from policies.schema import PolicyBook

log = structlog.get_logger(__name__)


class Health:
    """What stands against working, by name; empty means ready."""

    def __init__(self) -> None:
        self._against: dict[str, str] = {"store": "not asked yet", "slack": "not asked yet"}

    def set(self, name: str, why: str) -> None:
        """Something stands against working, or (empty) no longer does."""
        before = self._against.pop(name, "")
        if why:
            self._against[name] = why
        if why != before:
            log.info("health", part=name, against=why or "nothing")

    def against(self) -> Mapping[str, str]:
        return dict(self._against)

    def may_claim(self) -> bool:
        """Whether work may be claimed: nothing stands against it."""
        return not self._against


class NotOurWorkspace(Exception):
    """The token belongs to another workspace than the policies."""


async def who_am_i(slack: AsyncWebClient, book: PolicyBook, health: Health) -> dict[str, Any]:
    """Slack's word on the token; asked until it answers. Raises NotOurWorkspace or DoNotRetry."""
    while True:
        try:
            identity = await asked(slack.auth_test())
        except TryAgainLater as later:
            health.set("slack", str(later))
            await asyncio.sleep(later.after)
            continue
        team = identity.get("team_id")
        if team != book.workspace and (
            not book.enterprise or identity.get("enterprise_id") != book.enterprise
        ):
            raise NotOurWorkspace(
                f"the token belongs to workspace {team}, roles.yaml says {book.workspace}; correct one"
            )
        health.set("slack", "")
        return identity


class Heartbeat:
    """Says that the replica is alive, and hears which policies are in force and what time the store has."""

    def __init__(
        self, replica: str, book: PolicyBook, store: Store, clock: Clock, health: Health, tuning: Tuning
    ) -> None:
        self._replica = replica
        self._book = book
        self._store = store
        self._clock = clock
        self._health = health
        self._tuning = tuning
        self._trims = False

    async def run(self, *, force: bool) -> None:
        """Beat until cancelled, then resign. `force` makes this replica's policies the active ones, once."""
        try:
            while True:
                force = not await self.beat(force=force) and force
                await asyncio.sleep(self._tuning.heartbeat)
        finally:
            try:
                await self._store.resign(self._replica)
            except StoreUnavailable as away:
                log.info("could not resign", why=str(away))

    async def beat(self, *, force: bool = False) -> bool:
        """One beat: enlist, and weigh the answer. Returns whether this replica's policies are in force."""
        now = self._clock.now()
        revision = self._book.revision
        told = policies_active(revision, self._replica, now)
        try:
            enlisted = await self._store.enlist(
                self._replica,
                revision,
                now,
                self._tuning.lifetime,
                force=force,
                drift=self._tuning.drift,
                told=told,
            )
            if not self._trims:
                await self._store.commit(first_trim(now, self._tuning.keep_days))
                self._trims = True
        except StoreUnavailable as away:
            self._health.set("store", str(away))
            return False
        self._health.set("store", "")
        mine, active = revision[:12], enlisted.active_revision[:12]
        in_force = enlisted.active_revision == revision
        other = (
            f"revision {active} is in force, this replica has {mine}; start it with --activate to change that"
        )
        self._health.set("policies", "" if in_force or not active else other)
        drift = abs((enlisted.server_now - now).total_seconds())
        drifted = self._tuning.drift is not None and drift > self._tuning.drift
        self._health.set("clock", f"{drift:.0f} s away from the store's clock" if drifted else "")
        return in_force
