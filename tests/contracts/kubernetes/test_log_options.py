"""A log is answered in part, whole, as it grows, and of a container that is no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contracts.kubernetes.administrator import Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME
from tests.contracts.kubernetes.test_api import told
from tests.contracts.kubernetes.truth import BAD_REQUEST, DONE, NOT_FOUND, refused
from tests.contracts.kubernetes.waiting import wait_for


@pytest.fixture
async def cluster(ground: Ground) -> AsyncIterator[Administrator]:
    async with administrator(ground.admin) as opened:
        yield opened


@pytest.fixture
def pods(ground: Ground) -> str:
    return f"/api/v1/namespaces/{ground.namespace}/pods"


async def a_pod(cluster: Administrator, pods: str, selector: str = f"app%3D{NAME}") -> str:
    """The path of one that runs or ran."""
    name = (await cluster.get(f"{pods}?labelSelector={selector}"))["items"][0]["metadata"]["name"]
    return f"{pods}/{name}"


async def a_job(cluster: Administrator, ground: Ground, tag: str) -> str:
    """The path of the pod of a Job whose log has begun."""
    container = {"name": "work", "image": f"auditron/api:{tag}"}
    template = {"spec": {"containers": [container], "restartPolicy": "Never"}}
    jobs = f"/apis/batch/v1/namespaces/{ground.namespace}/jobs"
    spec = {"template": template, "backoffLimit": 0}
    await cluster.create(jobs, {"metadata": {"name": "once"}, "spec": spec})
    pods, selector = f"/api/v1/namespaces/{ground.namespace}/pods", "job-name%3Donce"

    async def begun() -> bool:
        if not (await cluster.get(f"{pods}?labelSelector={selector}"))["items"]:
            return False
        pod = await a_pod(cluster, pods, selector)
        return (await cluster.ask("GET", f"{pod}/log"))[0] == 200

    await wait_for(begun)
    return await a_pod(cluster, pods, selector)


OPTIONS: dict[str, Any] = {
    "": DONE,
    "tailLines=0": DONE,
    "tailLines=-1": refused("tailLines"),
    "tailLines=x": BAD_REQUEST,
    "limitBytes=0": refused("limitBytes"),
    "limitBytes=5": DONE,
    "sinceSeconds=0": refused("sinceSeconds"),
    "sinceSeconds=1": DONE,
    "sinceTime=2020-01-01T00:00:00Z": DONE,
    "sinceTime=x": BAD_REQUEST,
    "sinceSeconds=5&sinceTime=2020-01-01T00:00:00Z": refused("[]"),
    "timestamps=true": DONE,
    "previous=true": BAD_REQUEST,
    "previous=false": DONE,
    "container=nope": BAD_REQUEST,
    "nonsense=1": DONE,
}


async def test_options_of_a_log_are_taken_or_refused(cluster: Administrator, pods: str) -> None:
    pod = await a_pod(cluster, pods)

    answers = {query: told(*await cluster.ask("GET", f"{pod}/log?{query}")) for query in OPTIONS}

    assert OPTIONS == answers
    assert NOT_FOUND == told(*await cluster.ask("GET", f"{pods}/nobody/log"))


async def test_no_more_of_a_log_is_sent_than_was_asked_for(cluster: Administrator, pods: str) -> None:
    pod = await a_pod(cluster, pods)

    _, whole = await cluster.ask("GET", f"{pod}/log")
    _, tail = await cluster.ask("GET", f"{pod}/log?tailLines=1")
    _, none = await cluster.ask("GET", f"{pod}/log?tailLines=0")
    _, short = await cluster.ask("GET", f"{pod}/log?limitBytes=4")
    _, timed = await cluster.ask("GET", f"{pod}/log?timestamps=true&tailLines=1")

    assert (1, 0, 4) == (len(tail.splitlines()), len(none), len(short))
    assert whole.startswith(short)
    assert timed.split()[0].endswith("Z")


@pytest.mark.parametrize(("tag", "last"), [("finishes", "INFO  done"), ("crashes", "FATAL cannot go on")])
async def test_the_log_of_a_job_is_followed_to_its_end(
    cluster: Administrator, ground: Ground, tag: str, last: str
) -> None:
    pod = await a_job(cluster, ground, tag)

    _, log = await cluster.ask("GET", f"{pod}/log?follow=true")
    _, again = await cluster.ask("GET", f"{pod}/log")

    assert ("INFO  starting", last) == (log.splitlines()[0], log.splitlines()[-1])
    assert log == again


async def test_what_a_container_wrote_before_it_crashed_is_kept(
    cluster: Administrator, ground: Ground, pods: str
) -> None:
    path = f"/apis/apps/v1/namespaces/{ground.namespace}/deployments/{NAME}"
    image = "/spec/template/spec/containers/0/image"
    await cluster.patch(path, [{"op": "replace", "path": image, "value": "auditron/api:crashes"}])

    async def crashed() -> list[str]:
        found = await cluster.get(f"{pods}?labelSelector=app%3D{NAME}")
        return [
            f"{pods}/{pod['metadata']['name']}/log"
            for pod in found["items"]
            for each in pod["status"].get("containerStatuses", ())
            if each["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff"
        ]

    async def one_has_crashed() -> bool:
        return bool(await crashed())

    await wait_for(one_has_crashed)
    log = (await crashed())[0]
    _, before = await cluster.ask("GET", f"{log}?previous=true")
    _, now = await cluster.ask("GET", log)

    assert "FATAL cannot go on" == before.splitlines()[-1] == now.splitlines()[-1]
