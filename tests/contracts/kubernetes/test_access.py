"""What `manifest --rbac` writes is what the bot needs: no permission is missing and none is too many."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from bot.systems.kubernetes.access import permissions_of
from bot.systems.kubernetes.backups import FOLDER, RECIPIENT
from bot.systems.kubernetes.calls import Call
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.marks import REQUEST
from bot.systems.kubernetes.namespace import Namespace
from bot.systems.kubernetes.nodes import NodeRules
from bot.systems.kubernetes.permissions import Permission, as_line, fewest, needed
from bot.systems.kubernetes.reviewing import missing
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.vocabulary import IsolateParams
from handlers.actions.registry import REGISTRY
from handlers.errors import DoNotRetry, StoppedMidway
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.node_place import NodePlace
from tests.contracts.kubernetes.objects import (
    CHANGES,
    FOLLOWER,
    MAP,
    RULES,
    SECRET,
    Change,
    Objects,
    change,
)
from tests.contracts.kubernetes.place import NAME, order
from tests.contracts.kubernetes.role import everything
from tests.contracts.kubernetes.sealing import ACTIONS, EVIDENCE

Used = Callable[[Namespace], Awaitable[None]]
JOBS = (("backup", ()), ("report", ("limit=3", "table=Job")))
MANIFEST_NEEDS = tuple(need for name in ("apply", "unapply") for need in REGISTRY.find((KIND,), name).needs)

DIRECT = {**ACTIONS, **EVIDENCE}

_FRESH = itertools.count(1)
"""Numbers of requests: a target knows its own by them."""


class Counted(Connection):
    """A connection that notes what it is asked."""

    def __init__(self, kubeconfig: Path) -> None:
        super().__init__({"KUBECONFIG": str(kubeconfig)}, "")
        self.used: set[Permission] = set()

    async def call(self, call: Call) -> dict[str, Any]:
        self.used.add(call.permission)
        if call.verb == "apply":  # the server asks for it where the object is not there yet
            self.used.add(replace(call.permission, verb="create"))
        return await super().call(call)

    async def pour(self, call: Call, take: Callable[[bytes], Awaitable[bool]], seconds: float) -> None:
        self.used.add(call.permission)
        await super().pour(call, take, seconds)


def _acting(name: str) -> Used:
    one = DIRECT[name]

    async def use(namespace: Namespace) -> None:
        observed = await one.action.look(namespace, one.params)
        wanted = order(f"R-{name}", one.params, observed.sealed)
        await one.run(namespace, wanted)
        await one.ask(namespace, wanted)

    return use


LOOKS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "config-map": ({"config_map": MAP},),
    "describe": ({"name": NAME}, {"name": "pod/nothing-here"}),
    "follow": ({"name": NAME},),
    "history": ({"deployment": NAME},),
    "logs": ({"name": NAME},),
    "pods": ({"deployment": NAME},),
    "rollout-status": ({"deployment": NAME},),
    "secret-keys": ({"secret": SECRET},),
}
"""The values with which a reading uses all that it needs; without values where it is not named here."""
NOT_THERE = "404"
"""The refusal of what is not there, which is none of a permission."""


def _reading(name: str) -> Used:
    async def use(namespace: Namespace) -> None:
        reading = REGISTRY.find_reading((KIND,), name)
        for values in LOOKS.get(name, ({},)):
            try:
                await reading.read(namespace, reading.params.model_validate(values))
            except DoNotRetry as no:
                if no.code != NOT_THERE:
                    raise

    return use


def _changing(one: Change, ground: Ground) -> Used:
    async def use(namespace: Namespace) -> None:
        objects = Objects(namespace, ground)
        await objects.make()
        wanted = await one.order(objects)
        await one.action.run(namespace, wanted)
        await one.action.ask(namespace, wanted)

    return use


def _turn(name: str) -> tuple[bool, str]:
    """What is paused is resumed before anything else is done to it."""
    return not name.endswith("-rollout"), name


def _cutting_off(alone: NodePlace, name: str) -> Used:
    other = {"isolate": "un-isolate", "un-isolate": "isolate"}[name]
    params = IsolateParams(deployment="otel-collector")

    async def do(namespace: Namespace, name: str) -> None:
        action = REGISTRY.find((KIND,), name)
        wanted = order(f"R-{next(_FRESH)}", params, (await action.look(namespace, params)).sealed)
        await action.run(namespace, wanted)
        await action.ask(namespace, wanted)

    async def use(namespace: Namespace) -> None:
        if (await alone.namespace.isolation.of(params.deployment)).begun == (name == "isolate"):
            await do(alone.namespace, other)
        await do(namespace, name)

    return use


def _on_the_node(alone: NodePlace, name: str) -> Used:
    async def use(namespace: Namespace) -> None:
        await alone.as_at_first(cordoned=name == "uncordon")
        action = alone.action(name)
        observed = await action.look(namespace, alone.params)
        wanted = order(f"R-{name}", alone.params, observed.sealed)
        await action.run(namespace, wanted)
        await action.ask(namespace, wanted)

    return use


def _applying(name: str) -> Used:
    async def use(namespace: Namespace) -> None:
        for done in ("apply", "unapply"):
            one = change(done, "", manifest=name)
            observed = await one.action.look(namespace, one.params)
            await one.action.run(namespace, order(f"R-{done}", one.params, observed.sealed))

    return use


async def _saving(namespace: Namespace) -> None:
    one = change("backup-secrets", SECRET)
    wanted = order(f"R-{id(namespace)}", one.params, (await one.action.look(namespace, one.params)).sealed)
    await one.action.run(namespace, wanted)


def _running(template: str, values: tuple[str, ...], number: int) -> Used:
    runs = count()

    async def use(namespace: Namespace) -> None:
        action = REGISTRY.find((KIND,), "run-job")
        params = action.params.model_validate({"template": template, "values": values})
        observed = await action.look(namespace, params)
        await action.run(
            namespace, order(f"R-{number}-{next(runs)}-{id(namespace)}", params, observed.sealed)
        )

    return use


def every_use(ground: Ground, alone: NodePlace) -> Iterator[tuple[tuple[str, ...], Used]]:
    """Each action and reading: what it declares to need, and how it is used."""
    for name in sorted(DIRECT, key=_turn):
        yield DIRECT[name].action.needs, _acting(name)
    for one in CHANGES:
        yield one.action.needs, _changing(one, ground)
    for name in ("isolate", "un-isolate"):
        yield REGISTRY.find((KIND,), name).needs, _cutting_off(alone, name)
    for name in ("cordon", "drain", "uncordon"):
        yield alone.action(name).needs, _on_the_node(alone, name)
    for name in sorted(RULES.manifests):
        yield MANIFEST_NEEDS, _applying(name)
    yield REGISTRY.find((KIND,), "backup-secrets").needs, _saving
    for number, (template, values) in enumerate(JOBS):
        yield REGISTRY.find((KIND,), "run-job").needs, _running(template, values, number)
    for reading in REGISTRY.readings:
        if reading.kind == KIND:
            yield reading.needs, _reading(reading.name)


@pytest.fixture
def wanted(ground: Ground) -> frozenset[Permission]:
    """What is generated for every action and reading."""
    return permissions_of([everything(namespace=ground.namespace, node_labels="tests=yes")])


@pytest.fixture
def opened(
    ground: Ground, alone: NodePlace, stack: AsyncExitStack, tmp_path: Path
) -> Callable[[Path], tuple[Namespace, Counted]]:
    def open_one(kubeconfig: Path) -> tuple[Namespace, Counted]:
        connection = Counted(kubeconfig)
        stack.push_async_callback(connection.close)
        now, nodes = partial(datetime.now, UTC), NodeRules(names=(alone.node,))
        options = {"rollout_wait": 10, "rules": RULES, "node_rules": nodes, "evidence": tmp_path}
        options["backups"] = {FOLDER: str(tmp_path), RECIPIENT: str(x25519.Identity.generate().to_public())}
        return Namespace(connection, ground.namespace, now, **options), connection  # type: ignore[arg-type]

    return open_one


Opened = Callable[[Path], tuple[Namespace, Counted]]


async def test_every_action_and_reading_together_use_exactly_what_is_generated(
    ground: Ground, alone: NodePlace, opened: Opened, wanted: frozenset[Permission]
) -> None:
    namespace, connection = opened(ground.bot)

    for _, use in every_use(ground, alone):
        await use(namespace)

    given = fewest(_of_any_name(one) for one in wanted)
    assert given == {one for one in given if any(one.covers(used) for used in connection.used)}
    assert set() == {used for used in connection.used if not any(one.covers(used) for one in given)}


async def test_without_any_one_permission_something_is_refused_with_the_rule_to_add(
    ground: Ground, alone: NodePlace, opened: Opened, wanted: frozenset[Permission]
) -> None:
    for number, one in enumerate(sorted(wanted)):
        namespace, connection = opened(await ground.admit(f"without-{number}", wanted - {one}))
        uses = [use for needs, use in every_use(ground, alone) if _is_among(one, needs, ground.namespace)]

        assert {one} == await missing(connection, wanted)
        assert as_line(_of_any_name(one).rule) in await _refusals(namespace, uses), one


def _of_any_name(one: Permission) -> Permission:
    """A call does not tell which names policy lists."""
    return replace(one, name="")


def _is_among(one: Permission, needs: tuple[str, ...], namespace: str) -> bool:
    return any(each.covers(one) for need in needs for each in needed(need, namespace, {}))


async def _refusals(namespace: Namespace, uses: list[Used]) -> str:
    """What is told when they are used one after the other."""
    told = []
    for use in uses:
        try:
            await use(namespace)
        except (DoNotRetry, StoppedMidway) as no:
            told.append(str(no))
    return "\n".join(told)


async def test_where_policy_lists_deployments_no_other_one_can_be_touched(
    ground: Ground, opened: Opened
) -> None:
    listed = permissions_of([everything(namespace=ground.namespace, deployments=f"{NAME}, {FOLLOWER}")])
    namespace, connection = opened(await ground.admit("listed", listed))

    assert NAME == (await namespace.deployment(NAME)).name
    assert frozenset() == await missing(connection, listed)
    with pytest.raises(DoNotRetry, match=r"does not let the bot get deployments\.apps"):
        await namespace.deployment("otel-collector")


async def test_a_scale_carries_no_stamp(ground: Ground) -> None:
    """Why `patch deployments` and not `patch deployments/scale`: docs/adr/0015-least-privilege.md."""
    path = f"/apis/apps/v1/namespaces/{ground.namespace}/deployments/{NAME}"
    stamped = {"metadata": {"annotations": {REQUEST: "R-1"}}, "spec": {"replicas": 4}}

    async with administrator(ground.admin) as cluster:
        await cluster.patch(f"{path}/scale", stamped)
        found = await cluster.get(path)

    assert 4 == found["spec"]["replicas"]
    assert REQUEST not in found["metadata"]["annotations"]
