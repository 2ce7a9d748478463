"""The practice systems that stand beside the chat, and what the bot must know to reach them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.alertmanager import PracticeAlertmanager
from sandbox.cluster import PracticeCluster
from sandbox.ledger import PracticeLedger
from sandbox.prometheus import PracticePrometheus
from sandbox.queue_admin import PracticeQueueAdmin
from sandbox.slack.panels import Panel

VARIABLES = ("KUBECONFIG", "AUDITRON_ADMIN_", "LEDGER_", "PROMETHEUS_", "ALERTMANAGER_")
"""How the variables begin that name these systems; a real installation's must never be seen in practice."""


@dataclass(frozen=True)
class PracticeSystems:
    """Running systems: their panels in the order of the page, and the environment that names them."""

    panels: tuple[Panel, ...]
    environment: dict[str, str]
    alertmanager: PracticeAlertmanager


@asynccontextmanager
async def practice_systems(data: Path) -> AsyncIterator[PracticeSystems]:
    """A cluster, AUDITRON's admin API, the ledger, Prometheus and Alertmanager, as long as the context."""
    admin_token, ledger_token, manager_token = (secrets.token_urlsafe(24) for _ in range(3))
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(PracticeCluster())
        admin = await stack.enter_async_context(PracticeQueueAdmin(admin_token))
        ledger = await stack.enter_async_context(PracticeLedger(ledger_token))
        prometheus = await stack.enter_async_context(PracticePrometheus(data / "credit-monitoring"))
        manager = await stack.enter_async_context(PracticeAlertmanager(manager_token))
        environment = {
            "KUBECONFIG": str(cluster.write_kubeconfig(data / "kubeconfig")),
            "AUDITRON_ADMIN_URL": admin.url,
            "AUDITRON_ADMIN_TOKEN": admin_token,
            "LEDGER_URL": ledger.url,
            "LEDGER_TOKEN": ledger_token,
            "PROMETHEUS_URL": prometheus.url,
            "ALERTMANAGER_URL": manager.url,
            "ALERTMANAGER_TOKEN": manager_token,
        }
        panels = (cluster, admin, ledger, prometheus, manager)
        yield PracticeSystems(panels, environment, manager)
