"""Opens the operations room: every server that it has, the policies, and replicas of the bot."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path

from pyrage import x25519

from bot.app import Running, replica
from bot.manifest import manifest
from bot.parts import Wrap
from bot.policy_folder import read_book
from bot.settings import read_settings
from bot.workers import Tuning
from handlers.work import UNPACED
from sandbox.alertmanager import PracticeAlertmanager
from sandbox.cluster import PracticeCluster
from sandbox.credits import CreditMonitor
from sandbox.ledger import PracticeLedger
from sandbox.outside import practice_outside
from sandbox.queue_admin import PracticeQueueAdmin
from sandbox.slack.clock import Clock as SlackClock
from sandbox.slack.server import PracticeSlack
from tests.contracts.store.servers import start_valkey
from tests.scenarios.room import INTAKE_TOKEN, PATIENCE, Room
from tests.scenarios.virtual import VirtualClock

for _library in ("kubernetes.aio.client", "kubernetes.aio.config"):
    # The bot imports them in a thread, and pytest goes through all loggers, unlocked, before it calls a test.
    import_module(_library)

RULES = Path(__file__).parents[2] / "policies" / "rules"
BACKUP_KEY = x25519.Identity.generate()
BACKUP_RECIPIENT = str(BACKUP_KEY.to_public())
LEDGER_TOKEN = "bearer-of-the-practice-ledger"
ADMIN_TOKEN = "bearer-of-the-practice-admin-api"
MANAGER_TOKEN = "bearer-of-the-practice-alertmanager"

BRISK = Tuning(
    poll=0.05, heartbeat=0.2, drift=None, pace=UNPACED, watch=3600.0, patience=PATIENCE, inline=15.0
)
"""How replicas work here. A crowded machine is late by itself: the store and a form's answer may take their
time, and the watchdog looks where a test has it look."""


@asynccontextmanager
async def ops_room(
    folder: Path,
    *,
    socket_mode: bool = False,
    replicas: int = 1,
    edit: Callable[[Path], None] = lambda _: None,
    wrap: Wrap = lambda _, port: port,
    tuning: Tuning | None = None,
    rollout_seconds: float | None = 0,
    also: Mapping[str, str] | None = None,
) -> AsyncIterator[Room]:
    """Open a room. `edit` may change the copied policy folder before it is loaded.

    `also` stands beside the environment of its replicas, or over it.

    `rollout_seconds` is what one step of the cluster takes: 0 is at once, None is whenever the test ticks.
    """
    async with AsyncExitStack() as stack:
        clock = VirtualClock()
        server = await stack.enter_async_context(start_valkey(folder / "store"))
        slack = await stack.enter_async_context(
            PracticeSlack(rate_factor=None, clock=SlackClock(wall=lambda: clock.now().timestamp()))
        )
        cluster = await stack.enter_async_context(PracticeCluster(step_seconds=rollout_seconds))
        ledger = await stack.enter_async_context(PracticeLedger(LEDGER_TOKEN))
        queue_admin = await stack.enter_async_context(PracticeQueueAdmin(ADMIN_TOKEN))
        manager = await stack.enter_async_context(PracticeAlertmanager(MANAGER_TOKEN, clock=clock.now))
        outside = await stack.enter_async_context(practice_outside(folder))
        # A crowded machine must not decide who is believed, nor which words and answers arrive.
        slack.interactions.triggers.lifetime = PATIENCE
        slack.delivery.patience = PATIENCE
        policies = folder / "policies"
        shutil.copytree(RULES, policies)
        edit(policies)
        book = read_book(policies)
        slack.app.adopt_manifest(manifest(book, "http://localhost:3000", socket_mode=socket_mode))
        monitor = CreditMonitor(folder / "monitor", intake_url="", intake_token=INTAKE_TOKEN)
        systems = (cluster, ledger, queue_admin, manager, outside)
        room = Room(slack, server, clock, monitor, *systems, folder, policies, {})
        room.environment |= _environment(room, socket_mode=socket_mode) | dict(also or {})
        for _ in range(replicas):
            running = await stack.enter_async_context(start_replica(room, wrap=wrap, tuning=tuning))
            room.replicas.append(running)
        if room.replicas:
            room.served_by(room.replicas[0].url)
        await room.until(lambda: all(one.health.may_claim() for one in room.replicas), "readiness")
        yield room


def _environment(room: Room, *, socket_mode: bool) -> dict[str, str]:
    """What a replica is told from outside."""
    slack = room.slack
    room.evidence.mkdir(exist_ok=True)
    environment = room.outside.environment | {
        "COUNTERSIGN_POLICIES": str(room.policies),
        "COUNTERSIGN_LISTEN": "127.0.0.1:0",
        "COUNTERSIGN_SLACK_API_URL": slack.api_url,
        "COUNTERSIGN_INTAKE_TOKEN": INTAKE_TOKEN,
        "CREDIT_MONITORING_ROOT": str(room.monitor.root),
        "COUNTERSIGN_EVIDENCE": str(room.evidence),
        "COUNTERSIGN_BACKUPS": str(room.evidence),
        "COUNTERSIGN_BACKUP_RECIPIENT": BACKUP_RECIPIENT,
        "KUBECONFIG": str(room.cluster.write_kubeconfig(room.folder / "kubeconfig")),
        "ALERTMANAGER_URL": room.alertmanager.url,
        "ALERTMANAGER_TOKEN": MANAGER_TOKEN,
        "AUDITRON_ADMIN_URL": room.queue_admin.url,
        "AUDITRON_ADMIN_TOKEN": ADMIN_TOKEN,
        "LEDGER_URL": room.ledger.url,
        "LEDGER_TOKEN": LEDGER_TOKEN,
        "PROMETHEUS_URL": "http://127.0.0.1:9",
        "COUNTERSIGN_PICTURES": "off",
        "REDIS_URL": room.server.url,
        "SLACK_BOT_TOKEN": slack.app.bot_token,
        "SLACK_SIGNING_SECRET": slack.app.signing_secret,
    }
    return environment | ({"SLACK_APP_TOKEN": slack.app.app_token} if socket_mode else {})


@asynccontextmanager
async def start_replica(
    room: Room, *, wrap: Wrap = lambda _, port: port, tuning: Tuning | None = None, activate: bool = False
) -> AsyncIterator[Running]:
    """One replica in this process, with the room's clock."""
    settings = read_settings(room.environment)
    async with replica(
        settings, room.environment, clock=room.clock, tuning=tuning or BRISK, wrap=wrap, activate=activate
    ) as running:
        yield running


@asynccontextmanager
async def serving_replica(
    room: Room, *, wrap: Wrap = lambda _, port: port, tuning: Tuning | None = None, activate: bool = False
) -> AsyncIterator[Running]:
    """A replica that is ready, and that Slack and the monitor speak to."""
    async with start_replica(room, wrap=wrap, tuning=tuning, activate=activate) as running:
        room.served_by(running.url)
        await room.until(running.health.may_claim, "readiness")
        yield running
