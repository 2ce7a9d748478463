"""Nodes play their pods as the tag of an image says."""

from __future__ import annotations

import pytest

from tests.cluster.conftest import Room
from tests.contracts.kubernetes.waiting import wait_for


async def test_a_pod_is_placed_and_gets_ready(room: Room) -> None:
    pod = await room.start("1.0")

    async def ready() -> bool:
        return bool((await room.container(pod)).get("ready"))

    await wait_for(ready)
    assert (await room.cluster.get(pod))["spec"]["nodeName"].startswith("node-")


async def test_a_pod_may_run_and_never_get_ready(room: Room) -> None:
    pod = await room.start("never-ready")

    async def runs() -> bool:
        return "running" in (await room.container(pod)).get("state", {})

    await wait_for(runs)
    conditions = (await room.cluster.get(pod))["status"]["conditions"]
    assert ["False"] == [one["status"] for one in conditions if one["type"] == "Ready"]


@pytest.mark.parametrize(("tag", "reason"), [("broken", "ImagePullBackOff"), ("crashes", "CrashLoopBackOff")])
async def test_a_pod_may_be_kept_from_running(room: Room, tag: str, reason: str) -> None:
    pod = await room.start(tag)

    async def kept() -> bool:
        return reason == await room.waiting(pod)

    await wait_for(kept)


@pytest.mark.parametrize(("tag", "phase"), [("finishes", "Succeeded"), ("crashes", "Failed")])
async def test_a_pod_that_is_not_restarted_ends(room: Room, tag: str, phase: str) -> None:
    pod = await room.start(tag, restart="Never")

    async def ended() -> bool:
        return bool(phase == (await room.cluster.get(pod))["status"]["phase"])

    await wait_for(ended)


async def test_a_job_is_complete_when_its_pod_finishes(room: Room) -> None:
    container = {"name": "api", "image": "auditron/api:finishes"}
    template = {"spec": {"containers": [container], "restartPolicy": "Never"}}
    jobs = f"/apis/batch/v1/namespaces/{room.namespace}/jobs"
    await room.cluster.create(jobs, {"metadata": {"name": "once"}, "spec": {"template": template}})

    async def complete() -> bool:
        return bool((await room.cluster.get(f"{jobs}/once"))["status"].get("succeeded"))

    await wait_for(complete)


async def test_a_pod_that_is_deleted_goes(room: Room) -> None:
    pod = await room.start("1.0")
    await room.cluster.delete(pod)

    async def gone() -> bool:
        return (await room.cluster.ask("GET", pod))[0] == 404

    await wait_for(gone)


async def test_a_log_is_answered_whole_in_part_and_with_times(room: Room) -> None:
    pod = await room.start("1.0")

    async def begun() -> bool:
        return (await room.cluster.ask("GET", f"{pod}/log"))[0] == 200

    await wait_for(begun)
    _, whole = await room.cluster.ask("GET", f"{pod}/log")
    _, part = await room.cluster.ask("GET", f"{pod}/log?tailLines=1")
    _, timed = await room.cluster.ask("GET", f"{pod}/log?timestamps=true")
    _, short = await room.cluster.ask("GET", f"{pod}/log?limitBytes=4")

    assert "INFO  starting" == whole.splitlines()[0]
    assert 1 == len(part.splitlines())
    assert timed.splitlines()[0].endswith("Z INFO  starting")
    assert "INFO" == short


async def test_the_log_of_the_container_before_is_kept(room: Room) -> None:
    pod = await room.start("crashes")

    async def crashed() -> bool:
        return "CrashLoopBackOff" == await room.waiting(pod)

    await wait_for(crashed)
    _, log = await room.cluster.ask("GET", f"{pod}/log?previous=true")

    assert "FATAL cannot go on" == log.splitlines()[-1]


async def test_a_log_that_is_followed_ends_with_its_container(room: Room) -> None:
    pod = await room.start("finishes", restart="Never")

    async def begun() -> bool:
        return (await room.cluster.ask("GET", f"{pod}/log"))[0] == 200

    await wait_for(begun)
    _, log = await room.cluster.ask("GET", f"{pod}/log?follow=true")

    assert "INFO  done" == log.splitlines()[-1]


async def test_the_log_of_a_container_that_waits_says_why(room: Room) -> None:
    pod = await room.start("broken")

    async def waits() -> bool:
        return "ImagePullBackOff" == await room.waiting(pod)

    await wait_for(waits)
    status, told = await room.cluster.ask("GET", f"{pod}/log")

    assert 400 == status
    assert told["message"].endswith("is waiting to start: trying and failing to pull image")


async def test_an_eviction_that_a_budget_forbids_is_refused(room: Room) -> None:
    pod = await room.start("1.0")
    await room.cluster.patch(pod, {"metadata": {"labels": {"app": "api"}}})
    budgets = f"/apis/policy/v1/namespaces/{room.namespace}/poddisruptionbudgets"
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "api"}}}
    await room.cluster.create(budgets, {"metadata": {"name": "api"}, "spec": spec})

    async def counted() -> bool:
        return bool((await room.cluster.get(f"{budgets}/api"))["status"].get("currentHealthy"))

    await wait_for(counted)
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "1.0"}}
    status, told = await room.cluster.ask("POST", f"{pod}/eviction", eviction, "application/json")

    assert (429, "TooManyRequests") == (status, told["reason"])
