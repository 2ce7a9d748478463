"""Who may ask: bearer tokens, and refusals in the original's words."""

from __future__ import annotations

import aiohttp
import pytest

from sandbox.cluster import PracticeCluster
from tests.sandbox.cluster.raw import API, PODS, Raw, connected

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RAG = "/apis/apps/v1/namespaces/clinchat-rag/deployments/clinchat-rag-api"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic cHJhY3RpY2U6", "Bearer ü"])
async def test_nobody_without_a_token_is_answered(cluster: PracticeCluster, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    async with (
        aiohttp.ClientSession(cluster.url, headers=headers) as session,
        session.get(PODS) as response,
    ):
        assert (401, "Unauthorized") == (response.status, (await response.json())["reason"])


async def test_each_account_has_its_own_token(cluster: PracticeCluster) -> None:
    assert 4 == len(set(cluster.tokens.values()))
    assert cluster.token == cluster.tokens["bot"]


async def test_another_cluster_has_other_tokens(cluster: PracticeCluster) -> None:
    assert set() == set(cluster.tokens.values()) & set(PracticeCluster().tokens.values())


async def test_a_reader_reads_and_does_not_write(cluster: PracticeCluster) -> None:
    async with connected(cluster, "reader") as raw:
        assert 200 == (await raw.get(API))[0]
        status, body = await raw.patch({"spec": {"replicas": 5}})
    assert (403, "Forbidden") == (status, body["reason"])
    assert (
        'deployments.apps "auditron-api" is forbidden: User "system:serviceaccount:countersign:reader" '
        'cannot patch resource "deployments" in API group "apps" in the namespace "auditron"'
    ) == body["message"]
    assert {"name": "auditron-api", "group": "apps", "kind": "deployments"} == body["details"]


async def test_a_subresource_is_a_right_of_its_own(cluster: PracticeCluster) -> None:
    async with connected(cluster, "reader") as raw:
        status, body = await raw.put({"spec": {"replicas": 5}}, f"{API}/scale")
    assert 403 == status
    assert 'cannot update resource "deployments/scale"' in body["message"]


async def test_an_account_of_one_namespace_sees_no_other(cluster: PracticeCluster) -> None:
    async with connected(cluster, "auditron") as raw:
        assert 200 == (await raw.get(API))[0]
        assert 403 == (await raw.get(RAG))[0]
        status, body = await raw.get("/apis/apps/v1/deployments")
    assert 403 == status
    assert (
        'deployments.apps is forbidden: User "system:serviceaccount:auditron:operator" cannot list resource '
        '"deployments" in API group "apps" at the cluster scope'
    ) == body["message"]


async def test_what_is_not_there_is_not_told_to_a_stranger(cluster: PracticeCluster) -> None:
    async with connected(cluster, "auditron") as raw:
        assert 403 == (await raw.get(RAG.replace("rag-api", "none")))[0]


async def test_the_bot_may_not_delete_pods(raw: Raw) -> None:
    name = (await raw.get(PODS))[1]["items"][0]["metadata"]["name"]
    assert 403 == (await raw.send("DELETE", f"{PODS}/{name}", {}))[0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", PODS),
        ("POST", PODS),
        ("POST", f"{PODS}/x/exec"),
        ("POST", f"{PODS}/x/portforward"),
        ("GET", "/apis/apps/v1/namespaces/auditron/statefulsets"),
        ("GET", "/api/v1/namespaces/auditron/serviceaccounts"),
        ("GET", "/openapi/v3"),
        ("GET", "/"),
        ("PATCH", f"{API}/status"),
        ("DELETE", "/api/v1/nodes/practice-node-1"),
        ("POST", "/apis/batch/v1/namespaces/auditron/cronjobs"),
        ("POST", "/api/v1/namespaces/auditron/services"),
    ],
)
async def test_what_is_not_practised_says_so(cluster: PracticeCluster, method: str, path: str) -> None:
    async with connected(cluster, "admin") as raw:
        status, body = await raw.send(method, path, {})
    assert (501, "Status", "NotImplemented") == (status, body["kind"], body["reason"])


@pytest.mark.parametrize(
    ("account", "verb", "resource", "namespace", "allowed"),
    [
        ("bot", "patch", "deployments", "auditron", True),
        ("bot", "delete", "pods", "auditron", False),
        ("reader", "patch", "deployments", "auditron", False),
        ("reader", "list", "pods", "", True),
        ("auditron", "patch", "deployments", "auditron", True),
        ("auditron", "patch", "deployments", "clinchat-rag", False),
        ("admin", "delete", "pods", "auditron", True),
    ],
)
async def test_an_account_can_ask_what_it_may(
    cluster: PracticeCluster, account: str, verb: str, resource: str, namespace: str, allowed: bool
) -> None:
    attributes = {"verb": verb, "resource": resource, "namespace": namespace, "group": "apps"}
    async with connected(cluster, account) as raw:
        status, body = await raw.send("POST", REVIEWS, {"spec": {"resourceAttributes": attributes}})
    assert (201, {"allowed": allowed}) == (status, body["status"])


async def test_a_subresource_is_asked_for_by_its_own_name(cluster: PracticeCluster) -> None:
    attributes = {"verb": "patch", "resource": "deployments", "subresource": "scale"}
    async with connected(cluster) as raw:
        body = (await raw.send("POST", REVIEWS, {"spec": {"resourceAttributes": attributes}}))[1]
    assert body["status"]["allowed"]


@pytest.mark.parametrize(("question", "code"), [({}, 422), ({"spec": 5}, 400), ([], 400), (None, 422)])
async def test_a_question_that_asks_nothing_is_refused(raw: Raw, question: object, code: int) -> None:
    assert code == (await raw.send("POST", REVIEWS, question))[0]
