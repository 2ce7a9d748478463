"""Kubernetes events: what the controllers tell about the objects that they change."""

from __future__ import annotations

import uuid

from sandbox.cluster.resources import EVENTS
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Store

EVENTS_KEPT = 300


def record(store: Store, about: Json, reason: str, message: str, source: str, kind: str = "Normal") -> None:
    """Write one event about an object; the oldest go once there are too many."""
    meta, now = about["metadata"], store.now()
    store.create(
        EVENTS,
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{meta['name']}.{uuid.uuid4().hex[:16]}", "namespace": meta["namespace"]},
            "involvedObject": {
                "apiVersion": about["apiVersion"],
                "kind": about["kind"],
                "name": meta["name"],
                "namespace": meta["namespace"],
                "uid": meta["uid"],
                "resourceVersion": meta["resourceVersion"],
            },
            "reason": reason,
            "message": message,
            "source": {"component": source},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "type": kind,
        },
    )
    store.trim(EVENTS, EVENTS_KEPT)
