"""A pod as it is described: what its containers do and did, and nothing that could be a secret."""

from __future__ import annotations

from typing import Any

import pytest

from bot.systems.kubernetes.descriptions import of_pod
from handlers.actions.kubernetes.view_ports import Container
from handlers.actions.kubernetes.view_wording import description_lines

STATES: dict[str, Any] = {
    "": {},
    "Running": {"running": {"startedAt": "2026-11-21T09:00:00Z"}},
    "Waiting: CrashLoopBackOff": {"waiting": {"reason": "CrashLoopBackOff", "message": "token=abc"}},
    "Terminated: OOMKilled, exit code 137": {"terminated": {"reason": "OOMKilled", "exitCode": 137}},
    "Terminated: exit code 0": {"terminated": {"exitCode": 0}},
    "Terminated: Error, exit code 137, signal 9": {
        "terminated": {"reason": "Error", "exitCode": 137, "signal": 9, "message": "password=abc"}
    },
}
PROBES: dict[str, Any] = {
    "liveness: GET / on http, delay 5s, every 7s, timeout 2s, 3 failures": {
        "httpGet": {"port": "http"},
        "initialDelaySeconds": 5,
        "periodSeconds": 7,
        "timeoutSeconds": 2,
        "failureThreshold": 3,
    },
    "liveness: connects to 5432": {"tcpSocket": {"port": 5432}},
    "liveness: connects to 9000": {"grpc": {"port": 9000}},
    "liveness: a command in the container": {"exec": {"command": ["psql", "-c", "password-of-somebody"]}},
}


def container(spec: dict[str, Any], **status: Any) -> Container:
    """The only container of a pod."""
    pod = {
        "metadata": {"name": "api-1"},
        "spec": {"containers": [{"name": "api", "image": "api:1", **spec}]},
        "status": {"containerStatuses": [{"name": "api", **status}]} if status else {},
    }
    (found,) = of_pod(pod).containers
    return found


@pytest.mark.parametrize("words", STATES)
def test_a_state_is_told_with_reason_and_exit_code_and_without_its_message(words: str) -> None:
    found = container({}, state=STATES[words], lastState=STATES[words], restartCount=4)
    assert (words, words, 4) == (found.state, found.last_state, found.restarts)


@pytest.mark.parametrize("words", PROBES)
def test_a_probe_is_told_without_its_command(words: str) -> None:
    assert (words,) == container({"livenessProbe": PROBES[words]}).probes


def test_of_the_environment_there_are_only_names() -> None:
    spec = {
        "env": [{"name": "LEVEL", "value": "hunter2"}, {"name": "KEY", "valueFrom": {"secretKeyRef": {}}}],
        "envFrom": [{"secretRef": {"name": "keys"}}, {"configMapRef": {"name": "settings"}}],
        "command": ["serve", "--token=hunter2"],
        "args": ["--password", "hunter2"],
    }
    found = container(spec)
    assert ("LEVEL", "KEY", "all of keys", "all of settings") == found.environment
    assert "hunter2" not in f"{found}"


def test_init_containers_come_first_and_a_pod_without_owner_is_said_to_be_one() -> None:
    pod = {
        "metadata": {"name": "api-1", "deletionTimestamp": "2026-11-21T09:00:00Z"},
        "spec": {"initContainers": [{"name": "first"}], "containers": [{"name": "api"}]},
        "status": {"phase": "Failed", "reason": "Evicted", "qosClass": "BestEffort"},
    }
    found = of_pod(pod)
    assert ["first", "api"] == [one.name for one in found.containers]
    lines = description_lines(found)
    for line in (
        "Phase: Failed",
        "Node: -",
        "Why: Evicted",
        "Ends: it was told to go",
        "Made by: nobody: it does not come back by itself",
        "Quality of service: BestEffort",
        "  limits: none",
        "  probes: none",
    ):
        assert line in lines, line
