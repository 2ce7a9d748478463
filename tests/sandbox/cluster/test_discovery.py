"""What kubectl asks: version, groups, resources, health, and lists as tables."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.cluster import PracticeCluster
from sandbox.cluster.resources import RESOURCES
from tests.sandbox.cluster.raw import Raw

KUBECTL = (
    "application/json;as=Table;v=v1;g=meta.k8s.io,"
    "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
)


async def _resources(raw: Raw, path: str) -> dict[str, Any]:
    return {each["name"]: each for each in (await raw.get(path))[1]["resources"]}


async def test_the_version_is_told(raw: Raw) -> None:
    assert ("1", "36") == ((version := (await raw.get("/version"))[1])["major"], version["minor"])


async def test_the_groups_are_told(raw: Raw) -> None:
    assert ["v1"] == (await raw.get("/api"))[1]["versions"]
    groups = (await raw.get("/apis"))[1]["groups"]
    assert {"apps/v1", "autoscaling/v2", "policy/v1"} <= {
        each["preferredVersion"]["groupVersion"] for each in groups
    }
    assert "apps" == (await raw.get("/apis/apps"))[1]["name"]


async def test_the_resources_of_a_group_are_told_with_their_verbs(raw: Raw) -> None:
    apps = await _resources(raw, "/apis/apps/v1")
    assert {"get", "list", "watch", "create", "patch", "update", "delete"} == set(
        apps["deployments"]["verbs"]
    )
    assert ("Scale", "autoscaling") == (apps["deployments/scale"]["kind"], apps["deployments/scale"]["group"])
    assert {"pods", "pods/log", "events", "namespaces"} <= set(await _resources(raw, "/api/v1"))


async def test_a_group_that_does_not_exist_is_not_offered(raw: Raw) -> None:
    assert 501 == (await raw.get("/apis/storage.k8s.io/v1"))[0]


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
async def test_health_needs_no_token(cluster: PracticeCluster, path: str) -> None:
    async with aiohttp.ClientSession(cluster.url) as session, session.get(path) as response:
        assert (200, "ok") == (response.status, await response.text())


@pytest.mark.parametrize(
    ("path", "titles", "cells"),
    [
        (
            "/apis/apps/v1/namespaces/auditron/deployments",
            ["Name", "Ready", "Up-to-date", "Available", "Age"],
            ["auditron-api", "3/3", "3", "3", "40d"],
        ),
        (
            "/apis/autoscaling/v2/namespaces/auditron/horizontalpodautoscalers",
            ["Name", "Reference", "MinPods", "MaxPods", "Replicas", "Age"],
            ["auditron-api", "Deployment/auditron-api", "3", "10", "3", "40d"],
        ),
        ("/api/v1/namespaces", ["Name", "Status", "Age"], ["auditron", "Active", "40d"]),
        ("/api/v1/namespaces/auditron", ["Name", "Status", "Age"], ["auditron", "Active", "40d"]),
    ],
)
async def test_kubectl_gets_its_table(raw: Raw, path: str, titles: list[str], cells: list[str]) -> None:
    async with raw.session.get(path, headers={"Accept": KUBECTL}) as response:
        table = await response.json()
    assert ("Table", "meta.k8s.io/v1") == (table["kind"], table["apiVersion"])
    assert titles == [each["name"] for each in table["columnDefinitions"]]
    assert cells == table["rows"][0]["cells"]
    assert cells[0] == table["rows"][0]["object"]["metadata"]["name"]


async def test_every_resource_has_a_table(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"replicas": 5}})
    cluster.tick()
    for resource in RESOURCES:
        if "list" in resource.verbs:
            async with raw.session.get(resource.path, headers={"Accept": KUBECTL}) as response:
                table = await response.json()
            assert {len(row["cells"]) for row in table["rows"]} <= {len(table["columnDefinitions"])}
