"""The documented Role is what the bot needs: no permission is missing from it and none is too many."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.systems.kubernetes.calls import Call
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import REGISTRY
from handlers.actions.kubernetes import KIND
from sandbox.cluster import PracticeCluster
from tests.contracts.kubernetes.place import NAME, order
from tests.contracts.kubernetes.sealing import ACTIONS

DOCUMENT = Path(__file__).parents[3] / "docs" / "systems" / "kubernetes.md"
Permissions = set[tuple[str, str]]


class Counted(Connection):
    """A connection that notes what it is asked."""

    def __init__(self, kubeconfig: Path) -> None:
        super().__init__({"KUBECONFIG": str(kubeconfig)}, "")
        self.used: Permissions = set()

    async def call(self, call: Call) -> dict[str, Any]:
        self.used.add((call.verb, call.resource))
        return await super().call(call)


def documented() -> Permissions:
    """The verbs on resources that the Role in the documentation gives."""
    (block,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    return {
        (verb, f"{resource}.{group}" if group else resource)
        for rule in yaml.safe_load(block)["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


async def test_every_action_and_reading_together_use_exactly_the_documented_role(
    practice: PracticeCluster, stack: AsyncExitStack, tmp_path: Path
) -> None:
    connection = Counted(practice.write_kubeconfig(tmp_path / "kubeconfig"))
    stack.push_async_callback(connection.close)
    namespace = Namespace(connection, "auditron", lambda: datetime.now(UTC), rollout_wait=0)

    for name, one in sorted(ACTIONS.items()):
        observed = await one.action.look(namespace, one.params)
        wanted = order(f"R-{name}", one.params, observed.sealed)
        await one.run(namespace, wanted)
        await one.ask(namespace, wanted)
    for reading in (one for one in REGISTRY.readings if one.kind == KIND):
        values = {"deployment": NAME} if reading.takes else {}
        await reading.read(namespace, reading.params.model_validate(values))

    assert documented() == connection.used
