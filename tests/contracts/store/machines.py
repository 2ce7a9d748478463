"""What state machines of the store have in common: two clients, one clock, and how they are played."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from bot.store import RedisStore, connect
from tests.contracts.store.make import PATIENT, REVISION, StillClock
from tests.contracts.store.servers import Server

T = TypeVar("T")


class TwoClients(RuleBasedStateMachine):
    """Two clients in a workspace of their own, and a clock that rules move."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = StillClock()
        self.clients = [connect(self.url) for _ in range(2)]
        self.workspace = uuid4().hex[:12]
        self.stores = [
            RedisStore(client, self.workspace, REVISION, self.clock, patience=PATIENT)
            for client in self.clients
        ]

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)

    def teardown(self) -> None:
        for client in self.clients:
            self.run(client.aclose())
        self.runner.close()


def play(machine: type[TwoClients], server: Server, examples: int) -> None:
    """Play a machine against a server; it fails at the first answer that is not its model's."""
    run_state_machine_as_test(
        type("Machine", (machine,), {"url": server.url}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
