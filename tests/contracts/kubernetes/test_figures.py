"""What pods and nodes use is told by a stand-in on both clusters, in the shape of a metrics server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from tests.contracts.kubernetes.administrator import Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME
from tests.contracts.kubernetes.test_api import told
from tests.contracts.kubernetes.truth import BAD_REQUEST, DONE, NOT_FOUND

ROOT = "/apis/metrics.k8s.io/v1beta1"
STAND_IN = "countersign.dev/stand-in"


@pytest.fixture
async def cluster(ground: Ground) -> AsyncIterator[Administrator]:
    async with administrator(ground.admin) as opened:
        yield opened


async def test_every_running_pod_and_every_node_has_figures(cluster: Administrator, ground: Ground) -> None:
    pods = await cluster.get(f"{ROOT}/namespaces/{ground.namespace}/pods?labelSelector=app%3D{NAME}")
    nodes = await cluster.get(f"{ROOT}/nodes")
    there = await cluster.get("/api/v1/nodes")

    usages = [each["usage"] for pod in pods["items"] for each in pod["containers"]]
    usages += [node["usage"] for node in nodes["items"]]
    names = {node["metadata"]["name"] for node in there["items"]}
    assert (3, "PodMetricsList") == (len(pods["items"]), pods["kind"])
    assert names == {node["metadata"]["name"] for node in nodes["items"]}
    assert all(re.fullmatch(r"\d+n", each["cpu"]) for each in usages)
    assert all(re.fullmatch(r"\d+Ki", each["memory"]) for each in usages)


async def test_they_say_that_nothing_was_measured(cluster: Administrator) -> None:
    (first, *_) = (await cluster.get(f"{ROOT}/nodes"))["items"]

    assert "these figures are made up" == first["metadata"]["annotations"][STAND_IN]


async def test_one_is_found_by_its_name(cluster: Administrator, ground: Ground) -> None:
    pods = f"{ROOT}/namespaces/{ground.namespace}/pods"
    name = (await cluster.get(pods))["items"][0]["metadata"]["name"]

    answers = {
        path: told(*await cluster.ask("GET", path))
        for path in (
            f"{pods}/{name}",
            f"{pods}/nobody",
            f"{ROOT}/nodes/nowhere",
            f"{pods}?labelSelector=a%20b",
        )
    }

    assert [DONE, NOT_FOUND, NOT_FOUND, BAD_REQUEST] == list(answers.values())
