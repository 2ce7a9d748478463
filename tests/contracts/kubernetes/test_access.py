"""The documented Role is what the bot needs: no permission is missing from it and none is too many."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.systems.kubernetes.calls import Call
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import REGISTRY
from handlers.actions.kubernetes import KIND
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME, order
from tests.contracts.kubernetes.role import Permissions, documented_permissions
from tests.contracts.kubernetes.sealing import ACTIONS


class Counted(Connection):
    """A connection that notes what it is asked."""

    def __init__(self, kubeconfig: Path) -> None:
        super().__init__({"KUBECONFIG": str(kubeconfig)}, "")
        self.used: Permissions = set()

    async def call(self, call: Call) -> dict[str, Any]:
        self.used.add((call.verb, call.resource))
        return await super().call(call)

    async def pour(self, call: Call, take: Callable[[bytes], bool], seconds: float) -> None:
        self.used.add((call.verb, call.resource))
        await super().pour(call, take, seconds)


async def test_every_action_and_reading_together_use_exactly_the_documented_role(
    ground: Ground, stack: AsyncExitStack
) -> None:
    connection = Counted(ground.bot)
    stack.push_async_callback(connection.close)
    namespace = Namespace(connection, ground.namespace, lambda: datetime.now(UTC), rollout_wait=10)

    for name, one in sorted(ACTIONS.items()):
        observed = await one.action.look(namespace, one.params)
        wanted = order(f"R-{name}", one.params, observed.sealed)
        await one.run(namespace, wanted)
        await one.ask(namespace, wanted)
    for reading in (one for one in REGISTRY.readings if one.kind == KIND):
        values = {reading.takes[0]: NAME} if reading.takes else {}
        await reading.read(namespace, reading.params.model_validate(values))

    assert documented_permissions() == connection.used
