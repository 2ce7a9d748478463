"""The adapter of each kind of system, and the settings that policy gives it.

A kind's library is imported only when a system of that kind is opened: the Kubernetes client alone takes
0.7 seconds, and the command line needs none of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.systems.records import Records
from handlers.actions import alertmanager, credit_monitoring, http, kubernetes
from handlers.ports import pictures
from handlers.ports.clock import Clock
from policies.systems import System

Open = Callable[[Mapping[str, str], Clock, Mapping[str, str], System], AbstractAsyncContextManager[Any]]
"""Gets the settings of the system, the clock, the environment of the process, and what policy says."""


@dataclass(frozen=True)
class Adapter:
    """How a kind of system is reached. `settings` must be in its policy file, `optional` may be."""

    open: Open
    settings: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


@asynccontextmanager
async def _credit_monitor(
    settings: Mapping[str, str], clock: Clock, environment: Mapping[str, str], system: System
) -> AsyncIterator[Any]:
    from bot.systems.credit_monitoring import opened

    async with opened(settings, clock.now) as monitor:
        yield monitor


@asynccontextmanager
async def _kubernetes(
    settings: Mapping[str, str], clock: Clock, environment: Mapping[str, str], system: System
) -> AsyncIterator[Any]:
    from bot.systems.kubernetes.opening import opened

    async with (
        _records(settings, clock, system) as records,
        opened(settings, clock, environment, system.cluster, records, system.recent_gates) as namespace,
    ):
        yield namespace


@asynccontextmanager
async def _records(
    settings: Mapping[str, str], clock: Clock, system: System
) -> AsyncIterator[Records | None]:
    """What of the system's own API is kept as evidence; asked for with patience, because it may be long."""
    if not any(rule.readings for rule in system.cluster.evidence.values()):
        yield None
        return
    from bot.systems.http.api import Patience
    from bot.systems.http.opening import opened
    from bot.systems.http.records import RecordsOfApi

    async with opened(settings, clock, Patience(attempt=45.0, whole=90.0)) as api:
        yield RecordsOfApi(api, system.routes)


@asynccontextmanager
async def _http(
    settings: Mapping[str, str], clock: Clock, environment: Mapping[str, str], system: System
) -> AsyncIterator[Any]:
    from bot.systems.http.opening import opened

    async with opened(settings, clock) as api:
        yield api


@asynccontextmanager
async def _prometheus(
    settings: Mapping[str, str], clock: Clock, environment: Mapping[str, str], system: System
) -> AsyncIterator[Any]:
    from bot.systems.prometheus.opening import opened

    async with opened(settings) as prometheus:
        yield prometheus


@asynccontextmanager
async def _alertmanager(
    settings: Mapping[str, str], clock: Clock, environment: Mapping[str, str], system: System
) -> AsyncIterator[Any]:
    from bot.systems.alertmanager.opening import opened

    async with opened(settings, clock, system) as silences:
        yield silences


ADAPTERS: Mapping[str, Adapter] = {
    alertmanager.KIND: Adapter(
        _alertmanager,
        settings=frozenset({"alertmanager_url"}),
        optional=frozenset({"alertmanager_token"}),
    ),
    credit_monitoring.KIND: Adapter(
        _credit_monitor,
        settings=frozenset({"root"}),
        optional=frozenset({"rerun_url", "rerun_token"}),
    ),
    http.KIND: Adapter(_http, settings=frozenset({"url"}), optional=frozenset({"token"})),
    kubernetes.KIND: Adapter(
        _kubernetes,
        settings=frozenset({"namespace"}),
        optional=frozenset(
            {
                "answer_wait",
                "context",
                "deployments",
                "drain_may_lose",
                "evidence_folder",
                "impersonate",
                "log_index",
                "log_system",
                "logs_also",
                "node_labels",
                "nodes",
                "raw_logs",
                "rollout_wait",
            }
        ),
    ),
    pictures.KIND: Adapter(
        _prometheus,
        settings=frozenset({"prometheus_url"}),
        optional=frozenset({"prometheus_token", "prometheus_user", "prometheus_password"}),
    ),
}
