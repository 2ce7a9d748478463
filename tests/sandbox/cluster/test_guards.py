"""Autoscalers and disruption budgets, through the official client."""

from __future__ import annotations

from kubernetes.aio import client

from sandbox.cluster import PracticeCluster
from tests.sandbox.cluster.raw import API, Raw
from tests.sandbox.cluster.wire import names, wire


async def _replicas(raw: Raw) -> int:
    replicas: int = (await raw.get(API))[1]["spec"]["replicas"]
    return replicas


async def test_the_autoscalers_have_the_bounds_of_the_runbooks(api: client.ApiClient) -> None:
    listed = wire(await client.AutoscalingV2Api(api).list_horizontal_pod_autoscaler_for_all_namespaces())
    bounds = {
        each["metadata"]["name"]: (each["spec"]["minReplicas"], each["spec"]["maxReplicas"])
        for each in listed["items"]
    }
    assert {"auditron-api": (3, 10), "clinchat-rag-api": (3, 20)} == bounds


async def test_the_budget_of_clinchat_leaves_no_pod_to_spare(api: client.ApiClient) -> None:
    policy = client.PolicyV1Api(api)
    assert ["auditron-api", "clinchat-rag-api"] == names(
        await policy.list_pod_disruption_budget_for_all_namespaces()
    )
    budget = wire(await policy.read_namespaced_pod_disruption_budget("clinchat-rag-api", "clinchat-rag"))
    status = budget["status"]
    assert (3, 3, 3, 0) == (
        budget["spec"]["minAvailable"],
        status["currentHealthy"],
        status["expectedPods"],
        status["disruptionsAllowed"],
    )


async def test_the_autoscaler_takes_replicas_back_between_its_bounds(
    cluster: PracticeCluster, raw: Raw, core: client.CoreV1Api
) -> None:
    await raw.patch({"spec": {"replicas": 1}})
    cluster.tick()
    assert 1 == await _replicas(raw)
    cluster.settle()
    assert 3 == await _replicas(raw)
    await raw.patch({"spec": {"replicas": 12}})
    cluster.settle()
    assert 10 == await _replicas(raw)
    told = wire(await core.list_namespaced_event("auditron", field_selector="reason=SuccessfulRescale"))
    assert {
        "New size: 3; reason: Current number of replicas below Spec.MinReplicas",
        "New size: 10; reason: Current number of replicas above Spec.MaxReplicas",
    } == {each["message"] for each in told["items"]}


async def test_a_deployment_scaled_to_nothing_is_left_alone(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"replicas": 0}})
    cluster.settle()
    assert 0 == await _replicas(raw)


async def test_a_deployment_without_an_autoscaler_is_left_alone(cluster: PracticeCluster, raw: Raw) -> None:
    path = API.replace("auditron-api", "auditron-worker")
    await raw.patch({"spec": {"replicas": 1}}, path=path)
    cluster.settle()
    assert 1 == (await raw.get(path))[1]["spec"]["replicas"]
