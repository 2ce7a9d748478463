"""Nodes are closed, and pods leave them, as Kubernetes lets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contracts.kubernetes.administrator import MERGE_PATCH, Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME
from tests.contracts.kubernetes.test_api import told
from tests.contracts.kubernetes.truth import CONFLICT, DONE, NOT_FOUND, refused
from tests.contracts.kubernetes.waiting import wait_for

JSON = "application/json"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
NO_ROOM = (429, "TooManyRequests", ("",))


@pytest.fixture
async def cluster(ground: Ground) -> AsyncIterator[Administrator]:
    async with administrator(ground.admin) as opened:
        yield opened


@pytest.fixture
async def node(cluster: Administrator) -> AsyncIterator[str]:
    """The path of a node that is open again afterwards."""
    name = (await cluster.get("/api/v1/nodes"))["items"][0]["metadata"]["name"]
    yield f"/api/v1/nodes/{name}"
    await cluster.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": None}})


@pytest.fixture
def pods(ground: Ground) -> str:
    return f"/api/v1/namespaces/{ground.namespace}/pods"


async def of_the_api(cluster: Administrator, pods: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await cluster.get(f"{pods}?labelSelector=app%3D{NAME}"))["items"]
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def eviction(name: str, **options: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name},
        "deleteOptions": options,
    }


async def test_a_node_that_is_closed_is_marked_and_open_again_when_it_is_opened(
    cluster: Administrator, node: str
) -> None:
    async def marks() -> list[str]:
        spec = (await cluster.get(node))["spec"]
        return [taint["key"] for taint in spec.get("taints", [])]

    async def marked() -> bool:
        return UNSCHEDULABLE in await marks()

    async def unmarked() -> bool:
        return UNSCHEDULABLE not in await marks()

    await cluster.patch(node, {"spec": {"unschedulable": True}})
    await wait_for(marked)
    closed = await cluster.get("/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue")
    await cluster.patch(node, {"spec": {"unschedulable": None}})
    await wait_for(unmarked)

    assert node.rpartition("/")[2] in [one["metadata"]["name"] for one in closed["items"]]


async def test_a_taint_that_is_none_is_refused(cluster: Administrator, node: str) -> None:
    taints = [{"key": "a b", "effect": "Sideways"}]

    answer = told(
        *await cluster.ask("PATCH", f"{node}?dryRun=All", {"spec": {"taints": taints}}, MERGE_PATCH)
    )

    fields = ("metadata.taints[0].effect", "metadata.taints[0].key")
    assert refused(*fields) == (answer[0], answer[1], tuple(sorted({*answer[2]})))


async def test_an_eviction_replaces_a_pod_and_a_dry_run_does_not(cluster: Administrator, pods: str) -> None:
    first = (await of_the_api(cluster, pods))[0]["metadata"]["name"]

    dry = await cluster.create(f"{pods}/{first}/eviction?dryRun=All", eviction(first))
    assert 3 == len(await of_the_api(cluster, pods))
    done = await cluster.create(f"{pods}/{first}/eviction", eviction(first))

    async def replaced() -> bool:
        names = [pod["metadata"]["name"] for pod in await of_the_api(cluster, pods)]
        return first not in names and 3 == len(names)

    await wait_for(replaced)
    assert ("Success", "Success") == (dry["status"], done["status"])


async def test_a_budget_without_room_refuses_the_next_eviction(
    cluster: Administrator, ground: Ground, pods: str
) -> None:
    budget = f"/apis/policy/v1/namespaces/{ground.namespace}/poddisruptionbudgets/{NAME}"
    await cluster.patch(budget, {"spec": {"minAvailable": 3}})

    async def no_room() -> bool:
        found = await cluster.get(budget)
        return bool(found["status"]["desiredHealthy"] == 3 == found["status"]["currentHealthy"])

    await wait_for(no_room)
    name = (await of_the_api(cluster, pods))[0]["metadata"]["name"]
    for query in ("", "?dryRun=All"):
        status, answer = await cluster.ask("POST", f"{pods}/{name}/eviction{query}", eviction(name), JSON)
        assert NO_ROOM == told(status, answer)
        assert [
            {
                "reason": "DisruptionBudget",
                "message": f"The disruption budget {NAME} needs 3 healthy pods and has 3 currently",
            }
        ] == answer["details"]["causes"]
    assert name in [pod["metadata"]["name"] for pod in await of_the_api(cluster, pods)]


async def test_a_budget_counts_what_went_before_the_controller_does(
    cluster: Administrator, pods: str
) -> None:
    names = [pod["metadata"]["name"] for pod in await of_the_api(cluster, pods)]

    answers = [
        (await cluster.ask("POST", f"{pods}/{name}/eviction", eviction(name), JSON))[0] for name in names
    ]

    assert [201, 429] == answers[:2]


async def test_evictions_that_ask_for_something_else_are_refused(cluster: Administrator, pods: str) -> None:
    name = (await of_the_api(cluster, pods))[0]["metadata"]["name"]
    asked = {
        "another name": (name, eviction("other"), (400, "BadRequest", ())),
        "no name": (name, {}, (400, "BadRequest", ())),
        "another uid": (name, eviction(name, preconditions={"uid": "other"}), CONFLICT),
        "nobody": ("nobody", eviction("nobody"), NOT_FOUND),
    }

    answers = {
        what: told(*await cluster.ask("POST", f"{pods}/{where}/eviction", body, JSON))
        for what, (where, body, _) in asked.items()
    }

    assert {what: row[2] for what, row in asked.items()} == answers


async def test_a_pod_that_is_deleted_is_replaced(cluster: Administrator, pods: str) -> None:
    name = (await of_the_api(cluster, pods))[0]["metadata"]["name"]

    dry = await cluster.delete(f"{pods}/{name}?dryRun=All")
    assert DONE == told(*await cluster.ask("GET", f"{pods}/{name}"))
    await cluster.delete(f"{pods}/{name}")

    async def replaced() -> bool:
        names = [pod["metadata"]["name"] for pod in await of_the_api(cluster, pods)]
        return name not in names and 3 == len(names)

    await wait_for(replaced)
    assert "deletionTimestamp" in dry["metadata"]
