"""The practice systems that stand beside the chat, and what the bot must know to reach them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.alertmanager import PracticeAlertmanager
from sandbox.cluster import PracticeCluster
from sandbox.ledger import PracticeLedger
from sandbox.outside import practice_outside
from sandbox.prometheus import PracticePrometheus
from sandbox.queue_admin import PracticeQueueAdmin
from sandbox.slack.panels import Panel

VARIABLES = (
    *("KUBECONFIG", "AUDITRON_ADMIN_", "LEDGER_", "PROMETHEUS_", "ALERTMANAGER_"),
    *("PAGERDUTY_", "SMTP_", "TEXT_GATEWAY_", "OUTSIDE_CA_PATH"),
)
"""How the variables begin that name these systems; a real installation's must never be seen in practice."""


@dataclass(frozen=True)
class PracticeSystems:
    """Running systems: their panels in the order of the page, and the environment that names them.

    `panels` are those that work is done on, `outside` those who are told outside Slack.
    """

    panels: tuple[Panel, ...]
    outside: tuple[Panel, ...]
    environment: dict[str, str]
    alertmanager: PracticeAlertmanager


@asynccontextmanager
async def practice_systems(
    data: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> AsyncIterator[PracticeSystems]:
    """The systems, and PagerDuty, mail and text messages, for as long as the context lasts.

    `now` is the moment by which silences begin and end.
    """
    admin_token, ledger_token, manager_token = (secrets.token_urlsafe(24) for _ in range(3))
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(PracticeCluster())
        admin = await stack.enter_async_context(PracticeQueueAdmin(admin_token))
        ledger = await stack.enter_async_context(PracticeLedger(ledger_token))
        prometheus = await stack.enter_async_context(PracticePrometheus(data / "credit-monitoring"))
        manager = await stack.enter_async_context(PracticeAlertmanager(manager_token, clock=now))
        outside = await stack.enter_async_context(practice_outside(data))
        environment = outside.environment | {
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
        told = (outside.pagerduty, outside.mail, outside.texts)
        yield PracticeSystems(panels, told, environment, manager)
