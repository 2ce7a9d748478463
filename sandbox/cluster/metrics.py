"""What a metrics server would tell, made up: every figure follows from a pod's uid and the minute.

A stand-in: nothing is measured here, because nothing runs.
"""

from __future__ import annotations

import random
from datetime import datetime

from sandbox.cluster import pods as life
from sandbox.cluster.paths import Target
from sandbox.cluster.resources import NODE_METRICS, NODES, POD_METRICS, PODS
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import not_found
from sandbox.cluster.store import Store

STAND_IN = "countersign.dev/stand-in"
NOT_MEASURED = "these figures are made up"
WINDOW = "15s"


def measured(store: Store, target: Target) -> list[Json]:
    """PodMetrics or NodeMetrics of a place, all or one; raises ApiError NotFound."""
    of_pods = target.resource is POD_METRICS
    found = _pods(store, target.namespace) if of_pods else _nodes(store)
    named = [each for each in found if target.name in ("", each["metadata"]["name"])]
    if target.name and not named:
        raise not_found(target.resource, target.name)
    return named


def _pods(store: Store, namespace: str) -> list[Json]:
    running = store.list(PODS, namespace or None, life.is_ready)
    return [_of_pod(pod, store.now()) for pod in running]


def _of_pod(pod: Json, now: str) -> Json:
    shown = _shown(POD_METRICS.kind, pod, now)
    shown["metadata"]["namespace"] = pod["metadata"]["namespace"]
    shown["containers"] = [
        {"name": each["name"], "usage": _usage(*_figures(pod, each["name"], now))}
        for each in pod["spec"]["containers"]
    ]
    return shown


def _nodes(store: Store) -> list[Json]:
    now, shown = store.now(), []
    for node in store.list(NODES):
        name = node["metadata"]["name"]
        held = store.list(PODS, where=lambda pod, name=name: pod["spec"].get("nodeName") == name)  # type: ignore[misc]
        figures = [_figures(pod, each["name"], now) for pod in held for each in pod["spec"]["containers"]]
        core = 150_000_000 + sum(cpu for cpu, _ in figures)
        memory = 900_000 + sum(memory for _, memory in figures)
        shown.append(_shown(NODE_METRICS.kind, node, now) | {"usage": _usage(core, memory)})
    return shown


def _shown(kind: str, about: Json, now: str) -> Json:
    meta = about["metadata"]
    return {
        "kind": kind,
        "apiVersion": "metrics.k8s.io/v1beta1",
        "metadata": {
            "name": meta["name"],
            "creationTimestamp": now,
            "labels": dict(meta.get("labels", {})),
            "annotations": {STAND_IN: NOT_MEASURED},
        },
        "timestamp": now,
        "window": WINDOW,
    }


def _figures(pod: Json, container: str, now: str) -> tuple[int, int]:
    """(Billionths of a core, KiB) of one container, the same for a whole minute."""
    minute = datetime.fromisoformat(now).strftime("%H:%M")
    steady = random.Random(pod["metadata"]["uid"] + container)  # noqa: S311  figures, no secrets
    moving = random.Random(pod["metadata"]["uid"] + minute)  # noqa: S311
    cpu = steady.randint(20_000_000, 320_000_000) + moving.randint(0, 40_000_000)
    return cpu, steady.randint(60_000, 420_000) + moving.randint(0, 8_000)


def _usage(cpu: int, memory: int) -> Json:
    return {"cpu": f"{cpu}n", "memory": f"{memory}Ki"}
