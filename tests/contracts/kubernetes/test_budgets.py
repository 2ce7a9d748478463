"""Disruption budgets: how many pods may go, and what is no budget."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contracts.kubernetes.administrator import Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME
from tests.contracts.kubernetes.test_api import told
from tests.contracts.kubernetes.truth import BAD_REQUEST, Answer, refused
from tests.contracts.kubernetes.waiting import wait_for

NO_BOUND = {"minAvailable": None, "maxUnavailable": None}
OF_THREE: dict[str, tuple[dict[str, Any], tuple[int, int]]] = {
    "at least none": ({"minAvailable": 0}, (0, 3)),
    "at least two": ({"minAvailable": 2}, (2, 1)),
    "at least more than there are": ({"minAvailable": 5}, (5, 0)),
    "at least half, rounded up": ({"minAvailable": "50%"}, (2, 1)),
    "at least a little more than a third": ({"minAvailable": "34%"}, (2, 1)),
    "at least all": ({"minAvailable": "100%"}, (3, 0)),
    "at most none away": ({"maxUnavailable": 0}, (3, 0)),
    "at most one away": ({"maxUnavailable": 1}, (2, 1)),
    "at most more than there are away": ({"maxUnavailable": 5}, (0, 3)),
    "at most a third away, rounded up": ({"maxUnavailable": "30%"}, (2, 1)),
    "at most more than a third away": ({"maxUnavailable": "34%"}, (1, 2)),
    "at most all away": ({"maxUnavailable": "100%"}, (0, 3)),
}
"""How many of three pods must be there, and how many may go."""
REFUSED: dict[str, tuple[dict[str, Any], Answer]] = {
    "both bounds": ({"minAvailable": 1, "maxUnavailable": 1}, refused("spec")),
    "fewer than none": ({"minAvailable": -1}, refused("spec.minAvailable")),
    "fewer than none away": ({"maxUnavailable": -1}, refused("spec.maxUnavailable")),
    "more than all": ({"minAvailable": "101%"}, refused("spec.minAvailable")),
    "no number": ({"minAvailable": "some"}, refused("spec.minAvailable")),
    "a number as text": ({"maxUnavailable": "2"}, refused("spec.maxUnavailable")),
    "neither number nor text": ({"minAvailable": True}, BAD_REQUEST),
    "half a pod": ({"minAvailable": 1.5}, BAD_REQUEST),
    "no such policy": (
        {"unhealthyPodEvictionPolicy": "Sometimes"},
        refused("spec.unhealthyPodEvictionPolicy"),
    ),
    "no such operator": (
        {"selector": {"matchExpressions": [{"key": "app", "operator": "Like"}]}},
        refused("spec.selector.matchExpressions[0].operator"),
    ),
    "a value for a key that need only be there": (
        {"selector": {"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["x"]}]}},
        refused("spec.selector.matchExpressions[0].values"),
    ),
}
TAKEN: dict[str, dict[str, Any]] = {
    "no bound at all": {},
    "no selector": {"minAvailable": 1},
    "an empty selector": {"minAvailable": 1, "selector": {}},
    "always lets unhealthy pods go": {"minAvailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"},
    "lets unhealthy pods go while others suffice": {
        "minAvailable": 1,
        "unhealthyPodEvictionPolicy": "IfHealthyBudget",
    },
}


@pytest.fixture
async def cluster(ground: Ground) -> AsyncIterator[Administrator]:
    async with administrator(ground.admin) as opened:
        yield opened


@pytest.fixture
def budgets(ground: Ground) -> str:
    return f"/apis/policy/v1/namespaces/{ground.namespace}/poddisruptionbudgets"


@pytest.mark.parametrize("name", OF_THREE)
async def test_a_bound_says_how_many_of_three_pods_may_go(
    cluster: Administrator, budgets: str, name: str
) -> None:
    spec, expected = OF_THREE[name]
    changed = await cluster.patch(f"{budgets}/{NAME}", {"spec": NO_BOUND | spec})
    counted: dict[str, Any] = {}

    async def seen() -> bool:
        counted.update((await cluster.get(f"{budgets}/{NAME}"))["status"])
        full = (counted["currentHealthy"], counted["expectedPods"]) == (3, 3)
        return bool(counted["observedGeneration"] == changed["metadata"]["generation"] and full)

    await wait_for(seen)
    assert expected == (counted["desiredHealthy"], counted["disruptionsAllowed"])
    (condition,) = counted["conditions"]
    told_of = (condition["type"], condition["status"], condition["reason"])
    if expected[1]:
        assert ("DisruptionAllowed", "True", "SufficientPods") == told_of
    else:
        assert ("DisruptionAllowed", "False", "InsufficientPods") == told_of


async def test_a_budget_without_a_bound_lets_nothing_go(cluster: Administrator, budgets: str) -> None:
    changed = await cluster.patch(f"{budgets}/{NAME}", {"spec": NO_BOUND})
    counted: dict[str, Any] = {}

    async def seen() -> bool:
        counted.update((await cluster.get(f"{budgets}/{NAME}"))["status"])
        return bool(counted["observedGeneration"] == changed["metadata"]["generation"])

    await wait_for(seen)
    assert (0, 0, 0) == (counted["expectedPods"], counted["desiredHealthy"], counted["disruptionsAllowed"])


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_budget_is_refused(cluster: Administrator, budgets: str, name: str) -> None:
    spec, expected = REFUSED[name]
    assert expected == told(*await made(cluster, budgets, spec))


@pytest.mark.parametrize("name", TAKEN)
async def test_what_is_one_is_taken_as_it_is(cluster: Administrator, budgets: str, name: str) -> None:
    spec = TAKEN[name]
    status, found = await made(cluster, budgets, spec)
    assert (201, spec) == (status, found.get("spec"))


async def made(cluster: Administrator, budgets: str, spec: dict[str, Any]) -> tuple[int, Any]:
    """The answer to the creation of such a budget, as a dry run."""
    body = {"metadata": {"name": "another"}, "spec": spec}
    return await cluster.ask("POST", f"{budgets}?dryRun=All", body, "application/json")
