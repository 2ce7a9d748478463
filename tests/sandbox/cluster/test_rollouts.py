"""The controllers, a step at a time: scaling, rolling, rolling back, getting stuck."""

from __future__ import annotations

import asyncio
from typing import Any

from kubernetes.aio import client

from sandbox.cluster import PracticeCluster
from tests.sandbox.cluster.raw import API, JSON, MERGE, PODS, Raw, connected
from tests.sandbox.cluster.wire import names, wire

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"


async def _deployment(raw: Raw) -> Any:
    return (await raw.get(API))[1]


async def _pods(raw: Raw) -> list[Any]:
    return (await raw.get(PODS, labelSelector="app=auditron-api"))[1]["items"]  # type: ignore[no-any-return]


async def _sets(raw: Raw) -> dict[str, Any]:
    """The deployment's ReplicaSets by revision."""
    path = "/apis/apps/v1/namespaces/auditron/replicasets"
    items = (await raw.get(path, labelSelector="app=auditron-api"))[1]["items"]
    return {each["metadata"]["annotations"][REVISION]: each for each in items}


def _image(tag: str) -> dict[str, Any]:
    container = {"name": "api", "image": f"auditron/api:{tag}"}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def _condition(deployment: Any, kind: str) -> tuple[str, str]:
    found = next(each for each in deployment["status"]["conditions"] if each["type"] == kind)
    return found["status"], found["reason"]


async def test_a_scaled_deployment_gets_its_pods_step_by_step(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"replicas": 5}})
    seen = []
    while cluster.tick():
        status = (await _deployment(raw))["status"]
        seen.append((len(await _pods(raw)), status["readyReplicas"]))
    assert [(5, 3), (5, 3), (5, 5)] == seen


async def test_the_controller_says_which_generation_it_has_seen(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"replicas": 5}})
    before = await _deployment(raw)
    assert before["metadata"]["generation"] == before["status"]["observedGeneration"] + 1
    cluster.tick()
    after = await _deployment(raw)
    assert after["metadata"]["generation"] == after["status"]["observedGeneration"]


async def test_scaling_makes_no_revision_and_no_rollout(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"replicas": 5}})
    cluster.tick()
    deployment = await _deployment(raw)
    assert ("True", "NewReplicaSetAvailable") == _condition(deployment, "Progressing")
    assert "4" == deployment["metadata"]["annotations"][REVISION]


async def test_pods_that_are_too_many_terminate_and_then_are_gone(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"replicas": 1}})
    cluster.tick()
    assert 2 == sum("deletionTimestamp" in pod["metadata"] for pod in await _pods(raw))
    cluster.tick()
    assert 1 == len(await _pods(raw))


async def test_a_deployment_can_be_scaled_to_nothing_and_back(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"replicas": 0}})
    cluster.settle()
    assert [] == await _pods(raw)
    assert "readyReplicas" not in (await _deployment(raw))["status"]
    await raw.patch({"spec": {"replicas": 3}})
    cluster.settle()
    assert 3 == (await _deployment(raw))["status"]["readyReplicas"]


async def test_a_new_template_makes_the_next_revision(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch(_image("2.5.0"))
    cluster.settle()
    sets = await _sets(raw)
    assert {"1", "2", "3", "4", "5"} == set(sets)
    new = sets["5"]["spec"]
    assert (3, "auditron/api:2.5.0") == (new["replicas"], new["template"]["spec"]["containers"][0]["image"])
    assert {"auditron/api:2.5.0"} == {pod["spec"]["containers"][0]["image"] for pod in await _pods(raw)}


async def test_a_rollout_keeps_between_the_surge_and_what_may_be_unavailable(
    cluster: PracticeCluster, raw: Raw
) -> None:
    await raw.patch({"spec": {"replicas": 8}})
    cluster.settle()
    await raw.patch(_image("2.5.0"))
    ready, there = [], []
    while cluster.tick():
        status = (await _deployment(raw))["status"]
        ready.append(status["readyReplicas"])
        there.append(status["replicas"])
    assert (6, 10) == (min(ready), max(there))


async def test_a_rollout_tells_that_it_goes_on_and_that_it_is_done(
    cluster: PracticeCluster, raw: Raw
) -> None:
    await raw.patch(_image("2.5.0"))
    reasons: list[str] = []
    while cluster.tick():
        reason = _condition(await _deployment(raw), "Progressing")[1]
        if reason not in reasons[-1:]:
            reasons.append(reason)
    assert ["NewReplicaSetCreated", "ReplicaSetUpdated", "NewReplicaSetAvailable"] == reasons


async def test_a_pod_has_the_hash_of_its_template_and_its_owner(cluster: PracticeCluster, raw: Raw) -> None:
    new = (await _sets(raw))["4"]["metadata"]
    for pod in await _pods(raw):
        assert new["labels"]["pod-template-hash"] == pod["metadata"]["labels"]["pod-template-hash"]
        assert new["uid"] == pod["metadata"]["ownerReferences"][0]["uid"]
        assert pod["metadata"]["name"].startswith(f"{new['name']}-")


async def test_a_rollback_uses_the_old_set_again_and_makes_it_the_newest(
    cluster: PracticeCluster, raw: Raw
) -> None:
    old = (await _sets(raw))["2"]
    template = old["spec"]["template"]
    del template["metadata"]["labels"]["pod-template-hash"]
    await raw.patch([{"op": "replace", "path": "/spec/template", "value": template}], JSON)
    cluster.settle()
    sets = await _sets(raw)
    assert {"1", "3", "4", "5"} == set(sets)
    assert old["metadata"]["uid"] == sets["5"]["metadata"]["uid"]
    assert "2" == sets["5"]["metadata"]["annotations"][HISTORY]
    assert "5" == (await _deployment(raw))["metadata"]["annotations"][REVISION]


async def test_a_restart_replaces_every_pod(
    cluster: PracticeCluster, raw: Raw, apps: client.AppsV1Api, core: client.CoreV1Api
) -> None:
    before = set(names(await core.list_namespaced_pod("auditron", label_selector="app=auditron-api")))
    annotations = {"kubectl.kubernetes.io/restartedAt": "2026-11-21T08:00:00Z"}
    body = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    await apps.patch_namespaced_deployment("auditron-api", "auditron", body)
    cluster.settle()
    after = await core.list_namespaced_pod("auditron", label_selector="app=auditron-api")
    assert set() == before & set(names(after))
    assert 3 == len(names(after))
    assert annotations == wire(after)["items"][0]["metadata"]["annotations"]


async def test_an_image_that_cannot_be_pulled_ends_at_the_deadline(
    cluster: PracticeCluster, raw: Raw
) -> None:
    await raw.patch(_image("broken"))
    cluster.settle()
    deployment = await _deployment(raw)
    assert ("False", "ProgressDeadlineExceeded") == _condition(deployment, "Progressing")
    assert ("True", "MinimumReplicasAvailable") == _condition(deployment, "Available")
    assert 3 == deployment["status"]["availableReplicas"]
    states = [pod["status"]["containerStatuses"][0]["state"] for pod in await _pods(raw)]
    assert 1 == sum(each.get("waiting", {}).get("reason") == "ImagePullBackOff" for each in states)


async def test_a_stuck_rollout_is_healed_by_rolling_back(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch(_image("broken"))
    cluster.settle()
    await raw.patch(_image("2.4.1"))
    cluster.settle()
    deployment = await _deployment(raw)
    assert ("True", "NewReplicaSetAvailable") == _condition(deployment, "Progressing")
    assert "6" == deployment["metadata"]["annotations"][REVISION]
    assert 3 == len(await _pods(raw))


async def test_a_paused_deployment_scales_but_does_not_roll(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"paused": True, "replicas": 4}})
    await raw.patch(_image("2.5.0"))
    cluster.settle()
    assert {"auditron/api:2.4.1"} == {pod["spec"]["containers"][0]["image"] for pod in await _pods(raw)}
    assert 4 == len(await _pods(raw))
    await raw.patch({"spec": {"paused": False}})
    cluster.settle()
    assert {"auditron/api:2.5.0"} == {pod["spec"]["containers"][0]["image"] for pod in await _pods(raw)}


async def test_recreate_ends_all_old_pods_before_new_ones_begin(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}, MERGE)
    await raw.patch(_image("2.5.0"))
    while cluster.tick():
        assert len({pod["spec"]["containers"][0]["image"] for pod in await _pods(raw)}) <= 1
    assert {"auditron/api:2.5.0"} == {pod["spec"]["containers"][0]["image"] for pod in await _pods(raw)}


async def test_old_revisions_are_forgotten_beyond_the_limit(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"revisionHistoryLimit": 2}})
    cluster.settle()
    assert {"2", "3", "4"} == set(await _sets(raw))


async def test_the_request_that_changed_it_is_copied_to_the_set(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"metadata": {"annotations": {"countersign.dev/request": "R-7"}}, **_image("2.5.0")})
    cluster.settle()
    assert "R-7" == (await _sets(raw))["5"]["metadata"]["annotations"]["countersign.dev/request"]


async def test_events_tell_what_was_scaled(
    cluster: PracticeCluster, raw: Raw, core: client.CoreV1Api
) -> None:
    await raw.patch({"spec": {"replicas": 5}})
    cluster.settle()
    told = wire(await core.list_namespaced_event("auditron", field_selector="reason=ScalingReplicaSet"))
    name = (await _sets(raw))["4"]["metadata"]["name"]
    assert [f"Scaled up replica set {name} from 3 to 5"] == [each["message"] for each in told["items"]]
    assert "auditron-api" == told["items"][0]["involvedObject"]["name"]


async def test_nothing_moves_where_nothing_was_asked(cluster: PracticeCluster, raw: Raw) -> None:
    before = await _deployment(raw)
    assert not cluster.tick()
    assert before == await _deployment(raw)


async def test_an_instant_cluster_is_done_with_the_write() -> None:
    async with PracticeCluster(step_seconds=0) as cluster, connected(cluster) as raw:
        await raw.patch({"spec": {"replicas": 5}})
        assert 5 == (await _deployment(raw))["status"]["readyReplicas"]


async def test_a_cluster_left_alone_takes_its_steps_by_itself() -> None:
    async with PracticeCluster(step_seconds=0.01) as cluster, connected(cluster) as raw:
        moved = asyncio.Event()
        cluster.on_change = moved.set
        await raw.patch({"spec": {"replicas": 5}})
        async with asyncio.timeout(30):
            while (await _deployment(raw))["status"]["readyReplicas"] != 5:
                await moved.wait()
                moved.clear()


async def test_the_youngest_pods_go_first(cluster: PracticeCluster, raw: Raw) -> None:
    first = {pod["metadata"]["name"] for pod in await _pods(raw)}
    for replicas in (5, 3):
        await raw.patch({"spec": {"replicas": replicas}})
        cluster.settle()
    assert first == {pod["metadata"]["name"] for pod in await _pods(raw)}


async def test_a_failing_pull_is_told_once_and_then_as_a_back_off(
    cluster: PracticeCluster, raw: Raw, core: client.CoreV1Api
) -> None:
    await raw.patch(_image("broken"))
    cluster.settle()
    told = wire(await core.list_namespaced_event("auditron", field_selector="type=Warning"))["items"]
    assert ["BackOff", "Failed"] == sorted(each["reason"] for each in told)
    assert all('"auditron/api:broken"' in each["message"] for each in told)
