"""Where every action of the shipped policies is tried: practice systems, and the bot's adapters on them."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from pyrage import x25519

from bot.policy_folder import read_book
from bot.systems.adapters import ADAPTERS
from handlers.actions import Action, Order, Verified
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged
from handlers.world import World
from policies.loading import resolve_settings
from sandbox.alertmanager import PracticeAlertmanager
from sandbox.cluster import PracticeCluster
from sandbox.credits import CreditMonitor
from sandbox.ledger import PracticeLedger
from sandbox.queue_admin import PracticeQueueAdmin

PATIENT = {"answer_wait": "60s"}
"""For a cluster's answer, where no trial is about that and the machine may be crowded."""
RULES = Path(__file__).parents[3] / "policies" / "rules"
BOOK = read_book(RULES)
RECIPIENT = str(x25519.Identity.generate().to_public())
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
TOKEN = "bearer-of-the-practice"

Values = Mapping[str, Any]


class _Clock:
    def now(self) -> datetime:
        return NOW


@dataclass(frozen=True)
class Place:
    """One system in its first state, and what the bot would do to it."""

    system: str
    world: World
    monitor: CreditMonitor
    cluster: PracticeCluster
    ledger: PracticeLedger
    admin: PracticeQueueAdmin
    alertmanager: PracticeAlertmanager
    evidence: Path

    def action(self, name: str) -> Action:
        return self.world.action(self.system, name)

    def target(self, name: str) -> Any:
        return self.world.target(self.system, self.action(name))

    async def order(self, name: str, values: Values, request_id: str = "R-1") -> Order:
        """An approved request, sealed as the target is now; everything went through JSON, as in the store."""
        action = self.action(name)
        params = action.params.model_validate(values)
        observed = await action.look(self.target(name), params)
        return Order(
            request_id=request_id,
            params=action.params.model_validate_json(params.model_dump_json()),
            sealed=json.loads(json.dumps(observed.sealed)),
            precondition=observed.precondition,
            reason="because",
            approvers=("O3 Ruth",),
            at=NOW,
            approved_because=("agreed",),
        )

    async def do(self, name: str, values: Values, request_id: str) -> Verified:
        """Ask, approve, run."""
        return await self.action(name).run(self.target(name), await self.order(name, values, request_id))


async def recovered(action: Action, target: Any, order: Order) -> Verified:
    """What another replica does with a request that one began and did not finish."""
    verified = await action.ask(target, order)
    if verified is not None:
        return verified
    precondition = ""
    with contextlib.suppress(DoNotRetry, TargetChanged, OutcomeUnknown):
        precondition = (await action.look(target, order.params)).precondition
    return await action.run(target, replace(order, precondition=precondition))


@asynccontextmanager
async def a_place(folder: Path, system: str) -> AsyncIterator[Place]:
    """The practice systems, and the adapters of one system of the shipped policies."""
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(PracticeCluster(step_seconds=0))
        ledger = await stack.enter_async_context(PracticeLedger(TOKEN))
        admin = await stack.enter_async_context(PracticeQueueAdmin(TOKEN))
        manager = await stack.enter_async_context(PracticeAlertmanager(TOKEN, clock=_Clock().now))
        folder.mkdir(exist_ok=True)  # noqa: ASYNC240  a test may wait for its disk
        monitor = CreditMonitor(folder / "monitor", intake_url="", chance=random.Random(1))  # noqa: S311  practice data
        environment = {
            "PROMETHEUS_URL": "http://127.0.0.1:9",
            "CREDIT_MONITORING_ROOT": str(monitor.root),
            "KUBECONFIG": str(cluster.write_kubeconfig(folder / "kubeconfig")),
            "ALERTMANAGER_URL": manager.url,
            "ALERTMANAGER_TOKEN": TOKEN,
            "AUDITRON_ADMIN_URL": admin.url,
            "AUDITRON_ADMIN_TOKEN": TOKEN,
            "LEDGER_URL": ledger.url,
            "LEDGER_TOKEN": TOKEN,
            "COUNTERSIGN_EVIDENCE": str(folder / "evidence"),
            "COUNTERSIGN_BACKUPS": str(folder / "evidence"),
            "COUNTERSIGN_BACKUP_RECIPIENT": RECIPIENT,
        }
        (folder / "evidence").mkdir()
        settings = resolve_settings(BOOK, system, environment, lambda path: Path(path).read_text())
        kinds = BOOK.systems[system].kinds
        adapters = {
            kind: await stack.enter_async_context(
                ADAPTERS[kind].open({**settings, **PATIENT}, _Clock(), environment, BOOK.systems[system])
            )
            for kind in kinds
        }
        nobody = cast(Any, None)
        world = World(BOOK, nobody, _Clock(), nobody, nobody, nobody, {system: adapters}, "U0BOT", nobody)
        yield Place(system, world, monitor, cluster, ledger, admin, manager, folder / "evidence")
