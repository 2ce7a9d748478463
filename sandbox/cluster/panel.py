"""The cluster as the sandbox page shows it: Deployments, and their pods."""

from __future__ import annotations

from sandbox.cluster import pods as life
from sandbox.cluster.progress import PROGRESSING, TIMED_OUT, condition
from sandbox.cluster.replica_sets import revision
from sandbox.cluster.resources import DEPLOYMENTS, PODS
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Store
from sandbox.cluster.tables import age

REQUEST = "countersign.dev/request"
_FAILING = (life.PULL_FAILED, life.BACK_OFF)


class Panel:
    """Remembers each row as it was drawn last, so that `changed` grows only when the row does."""

    def __init__(self) -> None:
        self._drawn: dict[str, tuple[list[Json], int]] = {}
        self._changes = 0

    def sections(self, store: Store) -> list[Json]:
        """The sections of the panel; a pod's age does not make its row flash."""
        deployments = [self._row(_key(each), _deployment_cells(each)) for each in store.list(DEPLOYMENTS)]
        pods = [self._pod_row(each, store.now()) for each in store.list(PODS)]
        shown = {row["id"] for row in [*deployments, *pods]}
        self._drawn = {key: drawn for key, drawn in self._drawn.items() if key in shown}
        titles = ["name", "namespace", "ready", "revision", "image", "last changed by"]
        return [
            {"title": "Deployments", "columns": titles, "rows": deployments},
            {"title": "Pods", "columns": ["name", "deployment", "phase", "age"], "rows": pods},
        ]

    def _pod_row(self, pod: Json, now: str) -> Json:
        row = self._row(_key(pod), _pod_cells(pod))
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


def _key(thing: Json) -> str:
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


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


def _last_request(deployment: Json) -> str:
    """A request's mark on the Deployment, or on its template as a restart leaves it."""
    template = deployment["spec"]["template"].get("metadata", {})
    places = (deployment["metadata"], template)
    return next(
        (each["annotations"][REQUEST] for each in places if REQUEST in each.get("annotations", {})), ""
    )


def _pod_cells(pod: Json) -> list[Json]:
    phase = life.shown_phase(pod)
    tone = "bad" if phase in _FAILING else "good" if life.is_ready(pod) else "warning"
    text = "Ready" if life.is_ready(pod) else phase
    return [
        {"text": pod["metadata"]["name"]},
        {"text": pod["metadata"]["labels"].get("app", ""), "tone": "quiet"},
        {"text": text, "tone": tone},
    ]
