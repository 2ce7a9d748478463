"""A Job runs a pod to its end, and its exit code can be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contracts.kubernetes.administrator import MERGE_PATCH, Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.test_api import told
from tests.contracts.kubernetes.truth import NOT_FOUND, refused
from tests.contracts.kubernetes.waiting import wait_for

JSON = "application/json"
TEMPLATE = "spec.template.spec"


@pytest.fixture
async def cluster(ground: Ground) -> AsyncIterator[Administrator]:
    async with administrator(ground.admin) as opened:
        yield opened


@pytest.fixture
def jobs(ground: Ground) -> str:
    return f"/apis/batch/v1/namespaces/{ground.namespace}/jobs"


def job(tag: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "work", "image": f"auditron/api:{tag}"}
    template = {"spec": {"containers": [container], "restartPolicy": "Never"}}
    return {"metadata": {"name": "once"}, "spec": {"template": template, **spec}}


async def ended(cluster: Administrator, jobs: str) -> dict[str, Any]:
    """The Job, once it is complete or has failed."""

    async def over() -> bool:
        conditions = (await cluster.get(f"{jobs}/once"))["status"].get("conditions", [])
        return bool({"Complete", "Failed"} & {one["type"] for one in conditions})

    await wait_for(over)
    found: dict[str, Any] = await cluster.get(f"{jobs}/once")
    return found


async def pods_of(cluster: Administrator, jobs: str) -> list[dict[str, Any]]:
    path = jobs.replace("/apis/batch/v1", "/api/v1").replace("/jobs", "/pods")
    found: list[dict[str, Any]] = (
        await cluster.get(f"{path}?labelSelector=batch.kubernetes.io/job-name%3Donce")
    )["items"]
    return found


@pytest.mark.parametrize(
    ("tag", "phase", "code", "reason"),
    [
        ("finishes", "Succeeded", 0, "CompletionsReached"),
        ("crashes", "Failed", 1, "BackoffLimitExceeded"),
    ],
)
async def test_the_exit_code_stands_in_the_status_of_the_pod(
    cluster: Administrator, jobs: str, tag: str, phase: str, code: int, reason: str
) -> None:
    await cluster.create(jobs, job(tag, backoffLimit=0))

    found = await ended(cluster, jobs)
    (pod,) = await pods_of(cluster, jobs)

    (container,) = pod["status"]["containerStatuses"]
    assert (phase, code) == (pod["status"]["phase"], container["state"]["terminated"]["exitCode"])
    assert {reason} == {one["reason"] for one in found["status"]["conditions"]}
    assert (1 - code, code) == (found["status"].get("succeeded", 0), found["status"].get("failed", 0))
    assert [found["metadata"]["uid"]] == [one["uid"] for one in pod["metadata"]["ownerReferences"]]


async def test_a_job_is_the_same_as_it_was_made_and_says_who_made_its_pods(
    cluster: Administrator, jobs: str
) -> None:
    made = await cluster.create(jobs, job("finishes"))

    uid = made["metadata"]["uid"]
    spec = made["spec"]
    assert (1, 1, 6, False) == tuple(
        spec[field] for field in ("parallelism", "completions", "backoffLimit", "suspend")
    )
    assert {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}} == spec["selector"]
    assert uid == spec["template"]["metadata"]["labels"]["batch.kubernetes.io/controller-uid"]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (job("x", backoffLimit=-1), refused("spec.backoffLimit")),
        ({"metadata": {"name": "once"}}, refused(f"{TEMPLATE}.containers", f"{TEMPLATE}.restartPolicy")),
        ({"metadata": {"name": "A"}, "spec": job("x")["spec"]}, refused("metadata.name")),
        (job("x", nonsense=1), (201, "", ())),
    ],
)
async def test_jobs_are_taken_or_refused(
    cluster: Administrator, jobs: str, body: dict[str, Any], answer: Any
) -> None:
    assert answer == told(*await cluster.ask("POST", f"{jobs}?dryRun=All", body, JSON))


async def test_the_template_of_a_job_never_changes(cluster: Administrator, jobs: str) -> None:
    await cluster.create(jobs, job("finishes"))

    patch = {"spec": {"template": job("other")["spec"]["template"]}}
    assert refused("spec.template") == told(*await cluster.ask("PATCH", f"{jobs}/once", patch, MERGE_PATCH))


async def test_a_job_takes_its_pods_along_only_when_it_is_told_to(cluster: Administrator, jobs: str) -> None:
    await cluster.create(jobs, job("finishes"))
    await ended(cluster, jobs)

    await cluster.delete(f"{jobs}/once")

    async def gone() -> bool:
        return NOT_FOUND == told(*await cluster.ask("GET", f"{jobs}/once"))

    await wait_for(gone)
    (left,) = await pods_of(cluster, jobs)
    assert "ownerReferences" not in left["metadata"]


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
async def test_a_job_takes_its_pods_along_when_it_is_told_to(
    cluster: Administrator, jobs: str, policy: str
) -> None:
    await cluster.create(jobs, job("finishes"))
    await ended(cluster, jobs)

    await cluster.delete(f"{jobs}/once?propagationPolicy={policy}")

    async def all_gone() -> bool:
        answer = told(*await cluster.ask("GET", f"{jobs}/once"))
        return NOT_FOUND == answer and [] == await pods_of(cluster, jobs)

    await wait_for(all_gone)
