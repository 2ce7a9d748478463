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
            "involvedObject": _about(about),
            "reason": reason,
            "message": message,
            "source": {"component": source},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "type": kind,
            "eventTime": None,
            "reportingComponent": source,
            "reportingInstance": "",
        },
    )
    store.trim(EVENTS, EVENTS_KEPT)


def record_scheduled(store: Store, pod: Json, message: str) -> None:
    """The scheduler's event: written through another API, so its time stands in `eventTime` alone."""
    meta = pod["metadata"]
    store.create(
        EVENTS,
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{meta['name']}.{uuid.uuid4().hex[:16]}", "namespace": meta["namespace"]},
            "involvedObject": _about(pod),
            "reason": "Scheduled",
            "message": message,
            "source": {},
            "firstTimestamp": None,
            "lastTimestamp": None,
            "type": "Normal",
            "eventTime": store.now().replace("Z", ".000000Z"),
            "action": "Binding",
            "reportingComponent": "default-scheduler",
            "reportingInstance": "default-scheduler-practice",
        },
    )
    store.trim(EVENTS, EVENTS_KEPT)


def _about(thing: Json) -> Json:
    meta = thing["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion")
    return {"apiVersion": thing["apiVersion"], "kind": thing["kind"]} | {
        key: meta[key] for key in kept if key in meta
    }
