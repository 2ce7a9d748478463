"""Reading through the official client: what is there at first, selectors, pages, what is not there."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from kubernetes.aio import client

from tests.sandbox.cluster.raw import API, PODS, Raw
from tests.sandbox.cluster.wire import names, wire


async def test_the_three_teams_and_the_cluster_have_their_namespaces(core: client.CoreV1Api) -> None:
    teams = ["auditron", "clinchat-rag", "kube-system", "provability-fabric"]
    assert teams == names(await core.list_namespace())


async def test_auditron_begins_with_three_replicas_and_four_revisions(apps: client.AppsV1Api) -> None:
    deployment = wire(await apps.read_namespaced_deployment("auditron-api", "auditron"))
    sets = wire(await apps.list_namespaced_replica_set("auditron", label_selector="app=auditron-api"))
    assert (3, 3) == (deployment["spec"]["replicas"], deployment["status"]["availableReplicas"])
    assert {"1", "2", "3", "4"} == {
        each["metadata"]["annotations"]["deployment.kubernetes.io/revision"] for each in sets["items"]
    }


async def test_a_name_is_shared_by_two_namespaces(apps: client.AppsV1Api) -> None:
    listed = await apps.list_deployment_for_all_namespaces(field_selector="metadata.name=otel-collector")
    assert ["auditron", "clinchat-rag"] == [each["metadata"]["namespace"] for each in wire(listed)["items"]]


async def test_a_deployment_that_is_not_there_is_named(raw: Raw) -> None:
    status, body = await raw.get(API.replace("auditron-api", "auditron-apj"))
    assert (404, "NotFound") == (status, body["reason"])
    assert 'deployments.apps "auditron-apj" not found' == body["message"]
    assert {"name": "auditron-apj", "group": "apps", "kind": "deployments"} == body["details"]


@pytest.mark.parametrize("name", ["Auditron-API", "a" * 300, "a\nb", "a=b", "ä", "..%2f", "a%00b", "<b>"])
async def test_a_name_that_cannot_be_is_not_found(raw: Raw, name: str) -> None:
    status, body = await raw.get(f"{API.rpartition('/')[0]}/{quote(name)}")
    assert (404, "NotFound") == (status, body["reason"])
    assert f'deployments.apps "{name}" not found' == body["message"]


async def test_a_pod_that_is_not_there_has_no_group(raw: Raw) -> None:
    assert {"name": "x", "kind": "pods"} == (await raw.get(f"{PODS}/x"))[1]["details"]


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("app=auditron-api", 3),
        ("app!=auditron-api", 3),
        ("app in (auditron-api,auditron-worker)", 5),
        ("app notin (auditron-api,auditron-worker)", 1),
        ("app,pod-template-hash", 6),
        ("!app", 0),
    ],
)
async def test_pods_are_found_by_their_labels(core: client.CoreV1Api, selector: str, count: int) -> None:
    assert count == len((await core.list_namespaced_pod("auditron", label_selector=selector)).items)


@pytest.mark.parametrize(
    ("selector", "count"), [("status.phase=Running", 6), ("status.phase!=Running", 0), ("spec.nodeName=x", 0)]
)
async def test_pods_are_found_by_their_fields(core: client.CoreV1Api, selector: str, count: int) -> None:
    assert count == len((await core.list_namespaced_pod("auditron", field_selector=selector)).items)


@pytest.mark.parametrize("query", [{"labelSelector": "app==="}, {"fieldSelector": "spec.replicas=3"}])
async def test_a_bad_selector_is_refused(raw: Raw, query: dict[str, str]) -> None:
    status, body = await raw.get(PODS, **query)
    assert (400, "BadRequest") == (status, body["reason"])


async def test_a_long_list_comes_in_pages(core: client.CoreV1Api) -> None:
    seen: list[str] = []
    page = await core.list_pod_for_all_namespaces(limit=4)
    left = wire(page)["metadata"]["remainingItemCount"]
    while token := wire(page)["metadata"]["continue"]:
        seen += names(page)
        page = await core.list_pod_for_all_namespaces(limit=4, _continue=token)
    seen += names(page)
    assert 4 + left == len(seen) == len(set(seen))


async def test_items_of_a_list_carry_no_kind_of_their_own(raw: Raw) -> None:
    _, body = await raw.get(PODS)
    assert ("PodList", "v1") == (body["kind"], body["apiVersion"])
    assert not any("kind" in item for item in body["items"])
