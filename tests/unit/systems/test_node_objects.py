"""What is read of nodes' pods and budgets, where no cluster says it twice: selectors, owners."""

from __future__ import annotations

from typing import Any

import pytest

from bot.systems.kubernetes.node_objects import pod_here, room_of
from bot.systems.kubernetes.node_settings import node_rules
from bot.systems.kubernetes.nodes import NodeRules
from handlers.actions.kubernetes.node_ports import BARE_PODS, EMPTY_DIRS, Amounts
from handlers.errors import DoNotRetry


def pod(**parts: Any) -> dict[str, Any]:
    meta = {"name": "api-x", "namespace": "team", "uid": "u-1", "labels": {"pod-template-hash": "77d"}}
    return {"metadata": meta | parts.pop("metadata", {}), "spec": {"containers": [{}]} | parts, "status": {}}


def owner(kind: str, name: str, *, controller: bool = True) -> dict[str, Any]:
    return {"ownerReferences": [{"kind": kind, "name": name, "uid": "o-1", "controller": controller}]}


@pytest.mark.parametrize(
    ("owned", "workload"),
    [
        (owner("ReplicaSet", "api-77d"), "Deployment team/api"),
        (owner("ReplicaSet", "alone"), "ReplicaSet team/alone"),
        (owner("StatefulSet", "db"), "StatefulSet team/db"),
        (owner("ReplicaSet", "api-77d", controller=False), "Pod team/api-x"),
        ({}, "Pod team/api-x"),
    ],
)
def test_a_pods_workload_is_what_makes_it_anew(owned: dict[str, Any], workload: str) -> None:
    assert workload == pod_here(pod(metadata=owned)).workload


def test_what_would_be_lost_with_a_pod() -> None:
    assert frozenset({BARE_PODS}) == pod_here(pod()).loses
    owned, volumes = (
        owner("ReplicaSet", "api-77d"),
        [{"name": "a", "secret": {}}, {"name": "b", "emptyDir": {}}],
    )
    assert frozenset({EMPTY_DIRS}) == pod_here(pod(metadata=owned, volumes=volumes)).loses
    assert frozenset() == pod_here(pod(metadata=owned, volumes=volumes[:1])).loses


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (pod(metadata={"annotations": {"kubernetes.io/config.mirror": "x"}}), "mirror"),
        (pod(metadata=owner("DaemonSet", "agent")), "DaemonSet"),
        (pod() | {"status": {"phase": "Failed"}}, "finished"),
        (pod() | {"status": {"phase": "Running"}}, ""),
    ],
)
def test_why_a_drain_leaves_a_pod_alone(found: dict[str, Any], why: str) -> None:
    assert why == pod_here(found).stays


def node(**parts: Any) -> dict[str, Any]:
    status = {
        "allocatable": {"pods": "110", "cpu": "3920m", "memory": "1Gi"},
        "conditions": [{"type": "Ready", "status": parts.pop("ready", "True")}],
    }
    return {"metadata": {"name": "node-1"}, "spec": parts, "status": status}


def test_a_nodes_room_counts_only_where_pods_may_go() -> None:
    assert Amounts(110, 3920, 1024**3) == room_of(node())
    assert Amounts(110, 3920, 1024**3) == room_of(node(taints=[{"effect": "PreferNoSchedule"}]))
    assert room_of(node(unschedulable=True)) is None
    assert room_of(node(taints=[{"effect": "NoSchedule"}])) is None
    assert room_of(node(ready="Unknown")) is None


def test_settings_say_which_nodes_may_be_touched_and_what_may_be_lost() -> None:
    written = {
        "nodes": "node-1, ip-10-0-0-1.example",
        "node_labels": "pool=rag, disk=",
        "drain_may_lose": "empty-dirs",
    }
    wanted = NodeRules(
        ("node-1", "ip-10-0-0-1.example"), (("pool", "rag"), ("disk", "")), frozenset({EMPTY_DIRS})
    )
    assert wanted == node_rules(written)
    assert NodeRules() == node_rules({})
    assert not NodeRules().allows("node-1", {"pool": "rag"})


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("nodes", "Node_1"), ("nodes", "../secrets"), ("nodes", "a..b"), ("nodes", "a" * 254),
        ("node_labels", "pool"), ("node_labels", "=rag"), ("drain_may_lose", "everything"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_by_name(setting: str, value: str) -> None:
    with pytest.raises(DoNotRetry, match=f"The setting {setting}") as no:
        node_rules({setting: value})
    assert "bad-setting" == no.value.code
