"""What runs in the practice cluster at first: three teams' namespaces, with a past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sandbox.cluster.controller import Controller
from sandbox.cluster.resources import AUTOSCALERS, DEPLOYMENTS, DISRUPTION_BUDGETS, EVENTS
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Store
from sandbox.cluster.surroundings import surroundings

HOUR = 3600
FIRST_DEPLOYED = 40 * 24 * HOUR
SHARED_NAME = "otel-collector"


@dataclass(frozen=True)
class Workload:
    """A Deployment and its past: one image a revision, the oldest first."""

    namespace: str
    name: str
    container: str
    replicas: int
    images: tuple[str, ...]
    autoscaled: tuple[int, int] | None = None
    kept_available: int | None = None


def _tags(image: str, *tags: str) -> tuple[str, ...]:
    return tuple(f"{image}:{tag}" for tag in tags)


WORKLOADS = (
    Workload(
        "auditron",
        "auditron-api",
        "api",
        3,
        _tags("auditron/api", "2.3.0", "2.3.1", "2.4.0", "2.4.1"),
        autoscaled=(3, 10),
        kept_available=2,
    ),
    Workload("auditron", "auditron-worker", "worker", 2, _tags("auditron/worker", "2.4.0", "2.4.1")),
    Workload("auditron", SHARED_NAME, "collector", 1, _tags("otel/collector", "0.130.0")),
    Workload(
        "clinchat-rag",
        "clinchat-rag-api",
        "api",
        3,
        _tags("clinchat-rag/api", "v1.8.0", "v1.8.1", "v1.9.0"),
        autoscaled=(3, 20),
        kept_available=3,
    ),
    Workload("clinchat-rag", SHARED_NAME, "collector", 1, _tags("otel/collector", "0.128.0", "0.130.0")),
    Workload(
        "provability-fabric",
        "retrieval-gateway",
        "gateway",
        3,
        _tags("pf/gateway", "0.9.2", "0.9.3", "0.10.0"),
    ),
    Workload("provability-fabric", "egress-firewall", "firewall", 2, _tags("pf/firewall", "0.9.3", "0.10.0")),
    Workload("provability-fabric", "ledger", "ledger", 2, _tags("pf/ledger", "0.10.0")),
    Workload("provability-fabric", "sidecar-watcher", "watcher", 1, _tags("pf/watcher", "0.10.0")),
)


def seed(store: Store, controller: Controller, workloads: Sequence[Workload] = WORKLOADS) -> None:
    """Fill an empty store by letting the controllers live through every past release."""
    present = store.wall
    began = present() - FIRST_DEPLOYED
    store.wall = partial(float, began)
    for resource, thing in surroundings():
        store.create(resource, thing)
    for each in workloads:
        store.create(DEPLOYMENTS, deployment_of(each))
    for thing in _guards(workloads):
        store.create(AUTOSCALERS if thing["kind"] == AUTOSCALERS.kind else DISRUPTION_BUDGETS, thing)
    controller.settle()
    releases = max(len(each.images) for each in workloads)
    for release in range(1, releases):
        at = began + FIRST_DEPLOYED * release / releases
        store.wall = partial(float, at)
        for each in workloads:
            if release < len(each.images):
                _release(store, each, each.images[release])
        controller.settle()
    store.wall = present
    for event in store.list(EVENTS):  # A real cluster forgets events after an hour.
        store.remove(EVENTS, event["metadata"]["namespace"], event["metadata"]["name"])


def _release(store: Store, workload: Workload, image: str) -> None:
    deployment = store.get(DEPLOYMENTS, workload.namespace, workload.name)
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] = image
    deployment["metadata"]["annotations"]["kubernetes.io/change-cause"] = f"release {image}"
    deployment["metadata"]["generation"] += 1
    store.save(DEPLOYMENTS, deployment)


def deployment_of(workload: Workload) -> Json:
    """Its Deployment at the first release, as somebody would apply it."""
    labels = {"app": workload.name}
    container = {
        "name": workload.container,
        "image": workload.images[0],
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 3000, "protocol": "TCP"}],
        "env": [{"name": "LOG_LEVEL", "value": "info"}],
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}},
    }
    return {
        "apiVersion": DEPLOYMENTS.api_version,
        "kind": DEPLOYMENTS.kind,
        "metadata": {
            "name": workload.name,
            "namespace": workload.namespace,
            "labels": dict(labels),
            "annotations": {"kubernetes.io/change-cause": f"release {workload.images[0]}"},
        },
        "spec": {
            "replicas": workload.replicas,
            "selector": {"matchLabels": dict(labels)},
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {"containers": [container], "restartPolicy": "Always"},
            },
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
            },
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
        "status": {},
    }


def _guards(workloads: Sequence[Workload]) -> Iterator[Json]:
    """The autoscalers and disruption budgets that the runbooks name."""
    for each in workloads:
        if autoscaler := autoscaler_of(each):
            yield autoscaler
        if budget := budget_of(each):
            yield budget


def budget_of(workload: Workload) -> Json | None:
    """Its PodDisruptionBudget, where it has one."""
    if workload.kept_available is None:
        return None
    return {
        "apiVersion": DISRUPTION_BUDGETS.api_version,
        "kind": DISRUPTION_BUDGETS.kind,
        "metadata": {"name": workload.name, "namespace": workload.namespace},
        "spec": {
            "minAvailable": workload.kept_available,
            "selector": {"matchLabels": {"app": workload.name}},
        },
        "status": {},
    }


def autoscaler_of(workload: Workload) -> Json | None:
    """Its HorizontalPodAutoscaler, where it has one."""
    if workload.autoscaled is None:
        return None
    least, most = workload.autoscaled
    target = {"type": "Utilization", "averageUtilization": 70}
    return {
        "apiVersion": AUTOSCALERS.api_version,
        "kind": AUTOSCALERS.kind,
        "metadata": {"name": workload.name, "namespace": workload.namespace},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload.name},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
        "status": {"currentReplicas": least, "desiredReplicas": least},
    }
