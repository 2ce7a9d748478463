"""What a client may ask first: version, groups, resources, health."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.cluster import PracticeCluster
from tests.sandbox.cluster.raw import Raw


async def _resources(raw: Raw, path: str) -> dict[str, Any]:
    return {each["name"]: each for each in (await raw.get(path))[1]["resources"]}


async def test_the_version_is_told(raw: Raw) -> None:
    assert ("1", "34") == ((version := (await raw.get("/version"))[1])["major"], version["minor"])


async def test_the_groups_are_told(raw: Raw) -> None:
    assert ["v1"] == (await raw.get("/api"))[1]["versions"]
    groups = (await raw.get("/apis"))[1]["groups"]
    assert {"apps/v1", "autoscaling/v2", "policy/v1"} <= {
        each["preferredVersion"]["groupVersion"] for each in groups
    }
    assert "apps" == (await raw.get("/apis/apps"))[1]["name"]


async def test_the_resources_of_a_group_are_told_with_their_verbs(raw: Raw) -> None:
    apps = await _resources(raw, "/apis/apps/v1")
    assert {"get", "list", "watch", "patch", "update"} == set(apps["deployments"]["verbs"])
    assert ("Scale", "autoscaling") == (apps["deployments/scale"]["kind"], apps["deployments/scale"]["group"])
    assert {"pods", "pods/log", "events", "namespaces"} <= set(await _resources(raw, "/api/v1"))


async def test_a_group_that_does_not_exist_is_not_offered(raw: Raw) -> None:
    assert 501 == (await raw.get("/apis/batch/v1"))[0]


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
async def test_health_needs_no_token(cluster: PracticeCluster, path: str) -> None:
    async with aiohttp.ClientSession(cluster.url) as session, session.get(path) as response:
        assert (200, "ok") == (response.status, await response.text())
