"""Watches: what changes, as it changes, through the official client and line by line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kubernetes.aio import client, watch

from sandbox.cluster import PracticeCluster
from tests.sandbox.cluster.raw import API, PODS, Raw
from tests.sandbox.cluster.wire import wire

DEPLOYMENTS = API.rpartition("/")[0]
ONE = {"watch": "true", "fieldSelector": "metadata.name=auditron-api"}
PATIENCE = 30


class Lines:
    """An open watch, read event by event."""

    def __init__(self, content: Any) -> None:
        self._content = content

    async def next(self) -> tuple[str, Any]:
        """(type, object) of the next event; ("", None) at the end."""
        async with asyncio.timeout(PATIENCE):
            line = await self._content.readline()
        event: dict[str, Any] = json.loads(line) if line else {"type": "", "object": None}
        return event["type"], event["object"]


@asynccontextmanager
async def _watching(raw: Raw, path: str, **query: str) -> AsyncIterator[Lines]:
    async with raw.session.get(path, params=query) as response:
        assert 200 == response.status
        yield Lines(response.content)


async def _version(raw: Raw) -> str:
    version: str = (await raw.get(DEPLOYMENTS))[1]["metadata"]["resourceVersion"]
    return version


async def test_the_official_client_follows_a_rollout_to_its_end(
    cluster: PracticeCluster, apps: client.AppsV1Api
) -> None:
    await apps.patch_namespaced_deployment("auditron-api", "auditron", {"spec": {"replicas": 5}})
    ready: list[int] = []
    following = watch.Watch()  # type: ignore[no-untyped-call]
    async with following as stream, asyncio.timeout(PATIENCE):
        async for event in stream.stream(
            apps.list_namespaced_deployment, "auditron", field_selector="metadata.name=auditron-api"
        ):
            ready.append(wire(event["object"])["status"]["readyReplicas"])
            if ready[-1] == 5:
                break
            cluster.settle()
    assert (3, 5) == (ready[0], ready[-1])


async def test_a_watch_begins_with_what_is_there(raw: Raw) -> None:
    async with _watching(raw, DEPLOYMENTS, **ONE) as lines:
        kind, deployment = await lines.next()
        assert ("ADDED", "auditron-api") == (kind, deployment["metadata"]["name"])


async def test_a_watch_from_a_version_tells_only_what_came_later(raw: Raw) -> None:
    version = await _version(raw)
    await raw.patch({"spec": {"replicas": 4}})
    async with _watching(raw, DEPLOYMENTS, **ONE, resourceVersion=version) as lines:
        assert ("MODIFIED", 4) == _replicas(await lines.next())
        await raw.patch({"spec": {"replicas": 5}})
        assert ("MODIFIED", 5) == _replicas(await lines.next())


async def test_pods_come_and_go_in_a_watch(cluster: PracticeCluster, raw: Raw) -> None:
    version = await _version(raw)
    query = {"watch": "true", "labelSelector": "app=auditron-api", "resourceVersion": version}
    async with _watching(raw, PODS, **query) as lines:
        await raw.patch({"spec": {"replicas": 4}})
        cluster.settle()
        assert ["ADDED", "MODIFIED", "MODIFIED"] == [(await lines.next())[0] for _ in range(3)]
        await raw.patch({"spec": {"replicas": 3}})
        cluster.settle()
        assert ["MODIFIED", "DELETED"] == [(await lines.next())[0] for _ in range(2)]


async def test_what_stops_matching_is_deleted_for_the_watcher(raw: Raw) -> None:
    version = await _version(raw)
    query = {"watch": "true", "labelSelector": "team", "resourceVersion": version}
    async with _watching(raw, DEPLOYMENTS, **query) as lines:
        await raw.patch({"metadata": {"labels": {"team": "a"}}})
        await raw.patch({"metadata": {"labels": {"team": None}}})
        assert ["ADDED", "DELETED"] == [(await lines.next())[0] for _ in range(2)]


async def test_a_version_that_is_too_old_is_gone(cluster: PracticeCluster, raw: Raw) -> None:
    version = await _version(raw)
    cluster.reset()
    async with _watching(raw, DEPLOYMENTS, **ONE, resourceVersion=version) as lines:
        kind, status = await lines.next()
    assert ("ERROR", 410, "Expired") == (kind, status["code"], status["reason"])


async def test_a_watch_ends_after_its_time(raw: Raw) -> None:
    version = await _version(raw)
    async with _watching(raw, DEPLOYMENTS, **ONE, resourceVersion=version, timeoutSeconds="1") as lines:
        assert ("", None) == await lines.next()


async def test_a_watch_ends_when_the_cluster_is_reset(cluster: PracticeCluster, raw: Raw) -> None:
    async with _watching(raw, DEPLOYMENTS, **ONE) as lines:
        await lines.next()
        cluster.reset()
        assert ("", None) == await lines.next()


async def test_initial_events_end_with_a_bookmark(raw: Raw) -> None:
    query = {
        "sendInitialEvents": "true",
        "allowWatchBookmarks": "true",
        "resourceVersionMatch": "NotOlderThan",
    }
    async with _watching(raw, DEPLOYMENTS, **ONE, **query) as lines:
        assert "ADDED" == (await lines.next())[0]
        kind, mark = await lines.next()
    assert "BOOKMARK" == kind
    assert {"k8s.io/initial-events-end": "true"} == mark["metadata"]["annotations"]


async def test_a_version_that_is_no_number_is_refused(raw: Raw) -> None:
    status, body = await raw.get(DEPLOYMENTS, watch="true", resourceVersion="abc")
    told = 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'
    assert (500, told) == (status, body["message"])


def _replicas(event: tuple[str, Any]) -> tuple[str, int]:
    kind, deployment = event
    return kind, deployment["spec"]["replicas"]
