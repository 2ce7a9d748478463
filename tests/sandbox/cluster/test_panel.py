"""The cluster as the sandbox page draws it, and the file that points a client to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kubernetes.aio import client, config

from sandbox.cluster import PracticeCluster
from tests.sandbox.cluster.raw import Raw
from tests.sandbox.cluster.wire import names

API_ROW = "auditron/auditron-api"


def _row(cluster: PracticeCluster, title: str, row: str) -> Any:
    section = next(each for each in cluster.panel()["sections"] if each["title"] == title)
    return next(each for each in section["rows"] if each["id"] == row)


async def test_the_panel_is_json_and_names_the_cluster(cluster: PracticeCluster) -> None:
    panel = json.loads(json.dumps(cluster.panel()))
    assert ("cluster", "Practice cluster", cluster.url) == (panel["id"], panel["title"], panel["address"])
    assert ["Deployments", "Nodes", "Pods"] == [each["title"] for each in panel["sections"]]
    for section in panel["sections"]:
        assert {len(section["columns"])} == {len(row["cells"]) for row in section["rows"]}


async def test_a_deployment_shows_how_far_it_is(cluster: PracticeCluster, raw: Raw) -> None:
    await raw.patch({"spec": {"replicas": 6}})
    cluster.tick()
    cells = _row(cluster, "Deployments", API_ROW)["cells"]
    assert {"text": "3 of 6", "tone": "warning", "bar": 0.5} == cells[2]
    cluster.settle()
    assert {"text": "6 of 6", "tone": "good", "bar": 1.0} == _row(cluster, "Deployments", API_ROW)["cells"][2]


async def test_a_node_shows_whether_new_pods_are_welcome(cluster: PracticeCluster, raw: Raw) -> None:
    row = "nodes/practice-node-2"
    assert {"text": "welcome", "tone": "good"} == _row(cluster, "Nodes", row)["cells"][1]
    await raw.patch({"spec": {"unschedulable": True}}, path="/api/v1/nodes/practice-node-2")
    assert {"text": "cordoned", "tone": "warning"} == _row(cluster, "Nodes", row)["cells"][1]


@pytest.mark.parametrize(
    ("tag", "state", "tone"), [("1.0", "complete", "good"), ("crashes", "failed", "bad")]
)
async def test_a_job_shows_how_it_ended(
    cluster: PracticeCluster, raw: Raw, tag: str, state: str, tone: str
) -> None:
    container = {"name": "work", "image": f"auditron/api:{tag}"}
    template = {"spec": {"containers": [container], "restartPolicy": "Never"}}
    body = {"metadata": {"name": "once"}, "spec": {"template": template, "backoffLimit": 0}}
    await raw.send("POST", "/apis/batch/v1/namespaces/auditron/jobs", body)
    cluster.settle()
    assert {"text": state, "tone": tone} == _row(cluster, "Jobs", "jobs/auditron/once")["cells"][2]


async def test_a_network_policy_shows_whom_it_closes_off(cluster: PracticeCluster, raw: Raw) -> None:
    spec = {"podSelector": {"matchLabels": {"app": "auditron-api"}}, "policyTypes": ["Ingress", "Egress"]}
    marked = {"name": "closed", "annotations": {"countersign.dev/request": "R-7"}}
    path = "/apis/networking.k8s.io/v1/namespaces/auditron/networkpolicies"
    await raw.send("POST", path, {"metadata": marked, "spec": spec})
    cells = _row(cluster, "Network policies", "networkpolicies/auditron/closed")["cells"]
    assert ["closed", "auditron", "app=auditron-api", "ingress and egress", "R-7"] == [
        each["text"] for each in cells
    ]


async def test_a_stuck_rollout_is_shown_as_bad(cluster: PracticeCluster, raw: Raw) -> None:
    container = {"name": "api", "image": "auditron/api:broken"}
    await raw.patch({"spec": {"template": {"spec": {"containers": [container]}}}})
    cluster.settle()
    assert "bad" == _row(cluster, "Deployments", API_ROW)["cells"][2]["tone"]
    pods = next(each for each in cluster.panel()["sections"] if each["title"] == "Pods")["rows"]
    assert {"text": "ImagePullBackOff", "tone": "bad"} in [row["cells"][2] for row in pods]


@pytest.mark.parametrize("on_template", [False, True])
async def test_the_last_request_is_shown(cluster: PracticeCluster, raw: Raw, on_template: bool) -> None:
    marked: dict[str, Any] = {"metadata": {"annotations": {"countersign.dev/request": "R-12"}}}
    await raw.patch({"spec": {"template": marked}} if on_template else marked)
    assert "R-12" == _row(cluster, "Deployments", API_ROW)["cells"][5]["text"]


async def test_a_row_counts_its_changes_and_only_its_own(cluster: PracticeCluster, raw: Raw) -> None:
    mine, other = API_ROW, "provability-fabric/ledger"
    before = {row: _row(cluster, "Deployments", row)["changed"] for row in (mine, other)}
    assert before == {row: _row(cluster, "Deployments", row)["changed"] for row in (mine, other)}
    await raw.patch({"spec": {"replicas": 4}})
    assert before[mine] < _row(cluster, "Deployments", mine)["changed"]
    assert before[other] == _row(cluster, "Deployments", other)["changed"]


async def test_every_step_is_told(cluster: PracticeCluster) -> None:
    told: list[str] = []
    cluster.on_change = lambda: told.append("changed")
    cluster.tick()
    cluster.fault("hang", True)
    cluster.fault("hang", False)
    cluster.reset()
    assert 4 == len(told)


async def test_the_faults_can_be_switched_by_the_ids_that_the_panel_shows(cluster: PracticeCluster) -> None:
    shown = [each["id"] for each in cluster.panel()["faults"]]
    assert ["refuse", "hang", "conflict", "expired", "lost", "huge"] == shown
    for fault in shown:
        cluster.fault(fault, True)
    assert all(each["on"] for each in cluster.panel()["faults"])


async def test_the_kubeconfig_is_for_its_owner_only(cluster: PracticeCluster, tmp_path: Path) -> None:
    path = cluster.write_kubeconfig(tmp_path / "kubeconfig", "reader")
    written = json.loads(path.read_text())
    assert 0o600 == path.stat().st_mode & 0o777
    assert cluster.url == written["clusters"][0]["cluster"]["server"]
    assert cluster.tokens["reader"] == written["users"][0]["user"]["token"]


async def test_the_kubeconfig_of_a_cluster_with_tls_carries_its_certificate(tmp_path: Path) -> None:
    async with PracticeCluster(step_seconds=None, tls=True) as cluster:
        configuration = client.Configuration()
        path = str(cluster.write_kubeconfig(tmp_path / "kubeconfig"))
        await config.load_kube_config(path, client_configuration=configuration)  # type: ignore[no-untyped-call]
        async with client.ApiClient(configuration) as api:
            assert 4 == len(names(await client.CoreV1Api(api).list_namespace()))
    assert cluster.url.startswith("https://127.0.0.1:")
