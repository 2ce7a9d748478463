"""A pod's log, and why there is none."""

from __future__ import annotations

from datetime import datetime

import pytest
from kubernetes.aio import client

from sandbox.cluster import PracticeCluster
from sandbox.cluster.logs import SECONDS_A_LINE, Log
from tests.sandbox.cluster.raw import PODS, Raw
from tests.sandbox.cluster.wire import names


async def _pod(core: client.CoreV1Api, namespace: str = "auditron", app: str = "auditron-api") -> str:
    return names(await core.list_namespaced_pod(namespace, label_selector=f"app={app}"))[0]


async def _refusal(raw: Raw, name: str, **query: str) -> tuple[int, str]:
    status, body = await raw.get(f"{PODS}/{name}/log", **query)
    return status, body["message"]


async def test_the_tail_is_as_long_as_asked(core: client.CoreV1Api) -> None:
    text = await core.read_namespaced_pod_log(await _pod(core), "auditron", tail_lines=5)
    assert 5 == len(text.splitlines())


async def test_lines_carry_their_time_when_asked(core: client.CoreV1Api) -> None:
    text = await core.read_namespaced_pod_log(await _pod(core), "auditron", timestamps=True)
    times = [datetime.fromisoformat(line.split()[0]) for line in text.splitlines()]
    assert sorted(times) == times


async def test_a_log_is_cut_at_the_bytes_asked(core: client.CoreV1Api) -> None:
    text = await core.read_namespaced_pod_log(await _pod(core), "auditron", limit_bytes=10)
    assert 10 == len(text)


async def test_only_the_last_minute_is_told_when_asked(core: client.CoreV1Api) -> None:
    text = await core.read_namespaced_pod_log(await _pod(core), "auditron", since_seconds=60)
    assert 0 < len(text.splitlines()) < 20


async def test_a_log_holds_what_must_not_reach_a_chat(core: client.CoreV1Api) -> None:
    pod = await _pod(core, "clinchat-rag", "clinchat-rag-api")
    assert "MRN 00012345" in await core.read_namespaced_pod_log(pod, "clinchat-rag")


async def test_a_pod_that_is_not_there_has_no_log(raw: Raw) -> None:
    assert (404, 'pods "none" not found') == await _refusal(raw, "none")


async def test_a_container_that_is_not_there_has_no_log(raw: Raw, core: client.CoreV1Api) -> None:
    name = await _pod(core)
    assert (400, f"container web is not valid for pod {name}") == await _refusal(raw, name, container="web")


async def test_a_pod_that_never_crashed_has_no_previous_log(raw: Raw, core: client.CoreV1Api) -> None:
    name = await _pod(core)
    message = f'previous terminated container "api" in pod "{name}" not found'
    assert (400, message) == await _refusal(raw, name, previous="true")


@pytest.mark.parametrize(
    ("tag", "because"), [("2.5.0", "ContainerCreating"), ("broken", "trying and failing to pull image")]
)
async def test_a_container_that_has_not_started_has_no_log(
    cluster: PracticeCluster, raw: Raw, tag: str, because: str
) -> None:
    container = {"name": "api", "image": f"auditron/api:{tag}"}
    await raw.patch({"spec": {"template": {"spec": {"containers": [container]}}}})
    cluster.tick()
    if tag == "broken":
        cluster.tick()
    pending = (await raw.get(PODS, fieldSelector="status.phase=Pending"))[1]["items"][0]["metadata"]["name"]
    message = f'container "api" in pod "{pending}" is waiting to start: {because}'
    assert (400, message) == await _refusal(raw, pending)


def test_a_line_stays_that_was_told_in_the_second_in_which_its_container_ended() -> None:
    """Who follows the log has it already; ends are told in whole seconds."""
    pod = {"metadata": {"uid": "00", "namespace": "auditron"}}
    epoch, second = 1000.5, 1000.5 + SECONDS_A_LINE
    running = Log(pod, began=1000.0, ended=None, exit_code=0).lines(epoch, second)
    ended = Log(pod, began=1000.0, ended=float(int(second)), exit_code=0).lines(epoch, second + 1)

    assert running == ended[:-1]
    assert sorted(line.at for line in ended) == [line.at for line in ended]
