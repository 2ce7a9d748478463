"""The cluster as the sandbox page shows it: workloads and nodes, and jobs and policies once there are any."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sandbox.cluster import pods as life
from sandbox.cluster.progress import PROGRESSING, TIMED_OUT, condition
from sandbox.cluster.replica_sets import revision
from sandbox.cluster.resources import DEPLOYMENTS, JOBS, NETWORK_POLICIES, NODES, PODS, Resource
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Store
from sandbox.cluster.tables import age

REQUEST = "countersign.dev/request"
DEPLOYMENT_COLUMNS = ("name", "namespace", "ready", "revision", "image", "last changed by")
NODE_COLUMNS = ("name", "new pods", "pods", "last changed by")
JOB_COLUMNS = ("name", "namespace", "state", "last changed by")
POLICY_COLUMNS = ("name", "namespace", "pods", "closes", "last changed by")
POD_COLUMNS = ("name", "deployment", "phase", "age")
ONLY_WHEN_THERE = ("Jobs", "Network policies")
_FAILING = (life.PULL_FAILED, life.BACK_OFF, life.CRASH_LOOP, "Error")


class Panel:
    """Remembers each row as it was drawn last, so that `changed` grows only when the row does."""

    def __init__(self) -> None:
        self._drawn: dict[str, tuple[list[Json], int]] = {}
        self._changes = 0

    def sections(self, store: Store) -> list[Json]:
        """The sections of the panel; a pod's age does not make its row flash."""
        sections = [
            _section("Deployments", DEPLOYMENT_COLUMNS, self._rows(store, DEPLOYMENTS, _deployment_cells)),
            _section("Nodes", NODE_COLUMNS, self._rows(store, NODES, partial(_node_cells, store))),
            _section("Jobs", JOB_COLUMNS, self._rows(store, JOBS, _job_cells)),
            _section("Network policies", POLICY_COLUMNS, self._rows(store, NETWORK_POLICIES, _policy_cells)),
            _section("Pods", POD_COLUMNS, [self._pod_row(each, store.now()) for each in store.list(PODS)]),
        ]
        shown = {row["id"] for section in sections for row in section["rows"]}
        self._drawn = {key: drawn for key, drawn in self._drawn.items() if key in shown}
        return [one for one in sections if one["rows"] or one["title"] not in ONLY_WHEN_THERE]

    def _rows(self, store: Store, resource: Resource, cells: Callable[[Json], list[Json]]) -> list[Json]:
        return [self._row(_key(resource, each), cells(each)) for each in store.list(resource)]

    def _pod_row(self, pod: Json, now: str) -> Json:
        row = self._row(_key(PODS, pod), _pod_cells(pod))
        row["cells"] = [
            *row["cells"],
            {"text": age(pod["metadata"]["creationTimestamp"], now), "tone": "quiet"},
        ]
        return row

    def _row(self, key: str, cells: list[Json]) -> Json:
        before = self._drawn.get(key)
        if before is None or before[0] != cells:
            self._changes += 1
            self._drawn[key] = (cells, self._changes)
        return {"id": key, "cells": list(cells), "changed": self._drawn[key][1]}


def _section(title: str, columns: tuple[str, ...], rows: list[Json]) -> Json:
    return {"title": title, "columns": list(columns), "rows": rows}


def _key(resource: Resource, thing: Json) -> str:
    """Two objects of different kinds may have one name."""
    place = "/".join(thing["metadata"][each] for each in ("namespace", "name") if each in thing["metadata"])
    return place if resource in (DEPLOYMENTS, PODS) else f"{resource.plural}/{place}"


def _deployment_cells(deployment: Json) -> list[Json]:
    meta, status = deployment["metadata"], deployment["status"]
    wanted, ready = deployment["spec"]["replicas"], status.get("readyReplicas", 0)
    stuck = condition(status, PROGRESSING).get("reason") == TIMED_OUT
    tone = "bad" if stuck else "good" if ready == wanted else "warning"
    share = min(1.0, ready / wanted) if wanted else 0.0
    return [
        {"text": meta["name"]},
        {"text": meta["namespace"], "tone": "quiet"},
        {"text": f"{ready} of {wanted}", "tone": tone, "bar": share},
        {"text": str(revision(deployment))},
        {"text": life.image_of(deployment)},
        {"text": _last_request(deployment), "tone": "quiet"},
    ]


def _node_cells(store: Store, node: Json) -> list[Json]:
    name, closed = node["metadata"]["name"], node["spec"].get("unschedulable")
    held = store.count(PODS, None, lambda pod: pod["spec"].get("nodeName") == name)
    return [
        {"text": name},
        {"text": "cordoned" if closed else "welcome", "tone": "warning" if closed else "good"},
        {"text": str(held)},
        {"text": _last_request(node), "tone": "quiet"},
    ]


def _job_cells(job: Json) -> list[Json]:
    ended = {kind: condition(job["status"], kind).get("status") == "True" for kind in ("Complete", "Failed")}
    state, tone = ("failed", "bad") if ended["Failed"] else ("running", "warning")
    if ended["Complete"]:
        state, tone = "complete", "good"
    return [
        {"text": job["metadata"]["name"]},
        {"text": job["metadata"]["namespace"], "tone": "quiet"},
        {"text": state, "tone": tone},
        {"text": _last_request(job), "tone": "quiet"},
    ]


def _policy_cells(policy: Json) -> list[Json]:
    spec = policy["spec"]
    labels = (spec.get("podSelector") or {}).get("matchLabels", {})
    chosen = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return [
        {"text": policy["metadata"]["name"]},
        {"text": policy["metadata"]["namespace"], "tone": "quiet"},
        {"text": chosen or "all"},
        {"text": " and ".join(spec["policyTypes"]).lower(), "tone": "warning"},
        {"text": _last_request(policy), "tone": "quiet"},
    ]


def _last_request(thing: Json) -> str:
    """A request's mark on an object, or on its pods' template as a restart leaves it."""
    template = thing.get("spec", {}).get("template", {}).get("metadata", {})
    places = (thing["metadata"], template)
    return next(
        (each["annotations"][REQUEST] for each in places if REQUEST in each.get("annotations", {})), ""
    )


def _pod_cells(pod: Json) -> list[Json]:
    phase = life.shown_phase(pod)
    well = life.is_ready(pod) or phase == "Completed"
    tone = "bad" if phase in _FAILING else "good" if well else "warning"
    text = "Ready" if life.is_ready(pod) else phase
    return [
        {"text": pod["metadata"]["name"]},
        {"text": _owner(pod), "tone": "quiet"},
        {"text": text, "tone": tone},
    ]


def _owner(pod: Json) -> str:
    labels: dict[str, str] = pod["metadata"].get("labels", {})
    return labels.get("app") or labels.get("job-name", "")
