"""A drain moves a node's pods as fast as their disruption budgets let them go (row CC-55)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.systems.kubernetes.namespace import Namespace
from bot.systems.kubernetes.nodes import NodeRules
from handlers.actions import Progress
from handlers.errors import DoNotRetry, OutcomeUnknown, StoppedMidway, TargetChanged
from tests.contracts.kubernetes.node_place import NAME, NodePlace
from tests.contracts.kubernetes.scripted import Answer, Scripted, answer, cut, scripted, status, troubled
from tests.contracts.kubernetes.waiting import wait_for

EMPTY_DIR = [{"name": "scratch", "emptyDir": {}}]


async def test_every_pod_that_a_drain_moves_leaves_and_the_node_stays_cordoned(alone: NodePlace) -> None:
    await alone.open_other()

    done = await alone.run("drain", await alone.order("drain"))

    assert f"{alone.node} is cordoned, and no pod that a drain moves is left there." == done.lines[0]
    assert f"2 pods went: {alone.workload} (2 pods)." in done.lines
    assert f"uncordon {alone.node}" == done.way_back
    assert [] == await alone.names()
    assert (await alone.raw())["spec"]["unschedulable"]
    assert Progress(2, 2, "pods") == alone.told[-1]


async def test_the_card_says_what_goes_what_stays_and_whether_there_is_room(alone: NodePlace) -> None:
    await alone.protect(1)

    shown = await alone.shown("drain")

    assert "ready, takes pods" == shown["Node"]
    assert f"{alone.workload} (2 pods)" == shown["Pods that go"]
    assert f"{alone.ground.namespace}/{NAME} lets 1 go now, covers 2 of these" == shown["Disruption budgets"]
    assert "2 other nodes: " in shown["Room elsewhere"]
    assert "2 places, 0.50 CPU, 0.00 GiB needed: enough, summed up" in shown["Room elsewhere"]


async def test_a_budget_that_lets_one_go_at_a_time_is_obeyed(alone: NodePlace) -> None:
    await alone.open_other()
    await alone.protect(1)

    await alone.run("drain", await alone.order("drain"))

    assert [] == await alone.names()
    assert Progress(2, 2, "pods") == alone.told[-1]


async def test_a_drain_that_is_blocked_for_a_while_says_which_budget_blocks_which_pod_and_goes_on(
    alone: NodePlace,
) -> None:
    await alone.open_other()
    await alone.protect(2)
    draining = asyncio.ensure_future(alone.run("drain", await alone.order("drain")))

    async def held() -> bool:
        return bool(alone.told and "needs 2 healthy pods and has 2" in alone.told[-1].note)

    await wait_for(held)
    assert (0, 2) == (alone.told[-1].done, alone.told[-1].total)
    assert f"2 pods of {alone.ground.namespace} ({NAME}-" in alone.told[-1].note
    await alone.release()
    await draining

    assert [] == await alone.names()


async def test_a_drain_that_is_blocked_for_ever_says_what_went_what_is_left_and_how_to_go_back(
    alone: NodePlace,
) -> None:
    await alone.protect(1)
    order = await alone.order("drain", seconds=6)

    with pytest.raises(StoppedMidway, match="1 pod did not go") as stopped:
        await alone.run("drain", order)

    assert f"{alone.node} is cordoned and stays so." == stopped.value.lines[0]
    assert "1 of 2 pods went." == stopped.value.lines[1]
    assert f"The disruption budget {NAME} needs 1 healthy pods and has 1 currently" in stopped.value.lines[2]
    assert f"uncordon {alone.node}" == stopped.value.way_back
    assert 1 == len(await alone.names())
    assert await alone.ask("drain", order) is None


async def test_a_drain_that_is_taken_up_again_counts_only_what_was_left(alone: NodePlace) -> None:
    await alone.protect(1)
    order = await alone.order("drain", seconds=2)
    with pytest.raises(StoppedMidway):
        await alone.run("drain", order)
    await alone.release()

    await alone.run("drain", replace(order, seconds=60))

    told = alone.told[-1]
    assert ("pods left when this was taken up again", told.total) == (told.what, told.done)


async def test_pods_that_wait_for_a_node_afterwards_are_told(alone: NodePlace) -> None:
    done = await alone.run("drain", await alone.order("drain"))

    assert "of the cluster's pods wait for a node just now" in done.lines[-1]


async def test_what_would_be_lost_is_refused_by_name_where_policy_does_not_allow_it(alone: NodePlace) -> None:
    await alone.deploy("drafts", 1, volumes=EMPTY_DIR)

    with pytest.raises(DoNotRetry) as no:
        await alone.order("drain")

    assert "would-lose" == no.value.code
    assert f"files in empty directories of Deployment {alone.ground.namespace}/drafts" in str(no.value)
    assert "`drain_may_lose` name `empty-dirs`" in str(no.value)
    assert "unschedulable" not in (await alone.raw())["spec"]


async def test_what_policy_lets_go_is_named_on_the_card_and_goes(alone: NodePlace) -> None:
    alone.namespace.nodes._rules = NodeRules((alone.node,), (), frozenset({"empty-dirs"}))
    await alone.deploy("drafts", 1, volumes=EMPTY_DIR)
    await alone.open_other()
    lost = f"files in empty directories of Deployment {alone.ground.namespace}/drafts"
    assert lost == (await alone.shown("drain"))["Lost with them"]

    await alone.run("drain", await alone.order("drain"))

    assert [] == await alone.names()


async def test_finished_pods_and_those_of_daemon_sets_stay_and_are_told(alone: NodePlace) -> None:
    await alone.open_other()
    await alone.finish("report")
    daemons = [one for one in await alone.namespace.nodes.pods_on(alone.node) if one.stays == "DaemonSet"]

    done = await alone.run("drain", await alone.order("drain"))

    told = next(line for line in done.lines if line.startswith("What stays there"))
    assert "1 pod, finished" in told
    assert bool(daemons) == ("of DaemonSets" in told)
    assert ["report"] == [name.rpartition("-")[0] for name in await alone.names()]


async def test_a_node_that_is_drained_already_is_refused(alone: NodePlace) -> None:
    await alone.run("drain", await alone.order("drain"))

    with pytest.raises(DoNotRetry, match="is cordoned and has no pod that a drain moves") as no:
        await alone.order("drain", "R-2")
    assert "already-so" == no.value.code


async def test_a_cordoned_node_can_be_drained_and_then_has_no_way_back(alone: NodePlace) -> None:
    await alone.administer(alone.node, {"spec": {"unschedulable": True}})

    done = await alone.run("drain", await alone.order("drain"))

    assert "" == done.way_back
    assert [] == await alone.names()


async def test_a_workload_that_came_after_the_approval_voids_it(alone: NodePlace) -> None:
    order = await alone.order("drain")
    await alone.deploy("newcomer", 1)

    with pytest.raises(TargetChanged, match="workloads"):
        await alone.run("drain", order)

    assert "unschedulable" not in (await alone.raw())["spec"]
    assert 3 == len(await alone.names())


async def test_of_two_drains_at_once_the_second_is_void(alone: NodePlace) -> None:
    first, second = await alone.order("drain"), await alone.order("drain", "R-2")
    await alone.run("drain", first)

    with pytest.raises(TargetChanged, match="cordoned"):
        await alone.run("drain", second)


async def test_a_drain_stops_when_somebody_lets_the_node_take_pods_again(alone: NodePlace) -> None:
    await alone.protect(2)
    order = await alone.order("drain")
    draining = asyncio.ensure_future(alone.run("drain", order))

    async def held() -> bool:
        return bool(alone.told)

    await wait_for(held)
    await alone.administer(alone.node, {"spec": {"unschedulable": None}})

    with pytest.raises(StoppedMidway, match=r"let .* take pods again") as stopped:
        await draining
    assert "" == stopped.value.way_back
    with pytest.raises(OutcomeUnknown, match="take pods again"):
        await alone.ask("drain", order)


async def test_what_a_dead_replica_began_is_known_to_be_unfinished_and_another_one_ends_it(
    alone: NodePlace,
) -> None:
    await alone.open_other()
    await alone.protect(2)
    order = await alone.order("drain")
    assert await alone.ask("drain", order) is None
    draining = asyncio.ensure_future(alone.run("drain", order))

    async def held() -> bool:
        return bool(alone.told)

    await wait_for(held)
    draining.cancel()
    assert await alone.ask("drain", order) is None
    await alone.release()

    await alone.run("drain", order)

    assert [] == await alone.names()
    verified = await alone.ask("drain", order)
    assert verified is not None
    assert "no pod that a drain moves is left there" in verified.lines[0]


TROUBLES: dict[str, Answer] = {
    "too busy": answer(429, status(429, "TooManyRequests"), **{"Retry-After": "1"}),
    "an error of its own": answer(500, status(500, "InternalError")),
    "away": answer(503, "<html>no backend</html>"),
    "no answer": cut,
}


def between(alone: NodePlace, connect: Callable[..., Namespace], server: Scripted, folder: Path) -> Namespace:
    """The adapter, with that server in front of the cluster."""
    rules = NodeRules(names=(alone.node,))
    kubeconfig = server.write_kubeconfig(folder / "between")
    return connect(kubeconfig, namespace=alone.ground.namespace, node_rules=rules)


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_server_that_answers_badly_for_a_time_delays_a_drain_and_breaks_nothing(
    alone: NodePlace, connect: Callable[..., Namespace], tmp_path: Path, name: str
) -> None:
    await alone.open_other()
    order = await alone.order("drain")
    async with scripted([troubled(alone.ground.bot, "/eviction", [TROUBLES[name]] * 4)]) as server:
        await alone.action("drain").run(between(alone, connect, server, tmp_path), order)

    assert [] == await alone.names()


async def test_a_server_that_stays_away_in_the_middle_leaves_the_drain_unknown_and_then_unfinished(
    alone: NodePlace, connect: Callable[..., Namespace], tmp_path: Path
) -> None:
    await alone.protect(2)
    order = await alone.order("drain", seconds=4)
    async with scripted([troubled(alone.ground.bot, "/eviction", [])]) as server:
        system = between(alone, connect, server, tmp_path)
        draining = asyncio.ensure_future(alone.action("drain").run(system, order))

        async def held() -> bool:
            return bool(alone.told)

        await wait_for(held)
        server.answers = [TROUBLES["away"]]
        with pytest.raises(OutcomeUnknown, match="error of its own"):
            await draining

    assert await alone.ask("drain", order) is None
