"""The adapter as it acts in people's names, under an account that may act as some of them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.impersonation import permissions_to_act
from bot.systems.kubernetes.namespace import Namespace
from bot.systems.kubernetes.permissions import Permission, needed
from bot.systems.kubernetes.reviewing import missing
from handlers.actions import Signatory, Verified
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.vocabulary import ScaleParams
from handlers.actions.registry import REGISTRY
from handlers.running.acting import in_the_name_of_who_asked
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME, OMAR, order
from tests.contracts.kubernetes.waiting import wait_for

SCALE = REGISTRY.find((KIND,), "scale")
PARAMS = ScaleParams(deployment=NAME, replicas=5)
VERA = Signatory("U01VERA", "O1 Vera", ("o1",))
PIA = Signatory("U02PIA", "O2 Pia", ("o1", "o2"))


def needs_of_scale(ground: Ground) -> frozenset[Permission]:
    return frozenset[Permission]().union(*(needed(need, ground.namespace, {}) for need in SCALE.needs))


async def named(ground: Ground, stack: AsyncExitStack, *, impersonate: bool = True) -> Namespace:
    """It may scale, and act as Omar and Vera; of these, who has the role o2 may scale."""
    scaling = needs_of_scale(ground)
    acting = permissions_to_act((OMAR.user, VERA.user), ("o1", "o2", "o3"))
    kubeconfig = await ground.admit("named", scaling | acting, {"o2": scaling})
    connection = Connection({"KUBECONFIG": str(kubeconfig)}, "", impersonate=impersonate)
    stack.push_async_callback(connection.close)
    if impersonate:
        await wait_for(lambda: _omar_has(connection, scaling))
    return Namespace(connection, ground.namespace, lambda: datetime.now(UTC), rollout_wait=10)


async def _omar_has(connection: Connection, wanted: frozenset[Permission]) -> bool:
    with in_the_name_of_who_asked(order("R-0", PARAMS, {})):
        return not await missing(connection, wanted)


async def scale_as(namespace: Namespace, who: Signatory) -> Verified:
    """As a request of theirs runs; the bot itself has looked before."""
    seen = await SCALE.look(namespace, PARAMS)
    asked = replace(order("R-1", PARAMS, seen.sealed), requested_by=(who,))
    with in_the_name_of_who_asked(asked):
        return await SCALE.run(namespace, asked)
