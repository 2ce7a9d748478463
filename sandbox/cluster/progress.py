"""A Deployment's status: its counts, and the conditions Available and Progressing."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.cluster.rolling import limits
from sandbox.cluster.shapes import Json

AVAILABLE, PROGRESSING = "Available", "Progressing"
DONE, CREATED, FOUND = "NewReplicaSetAvailable", "NewReplicaSetCreated", "FoundNewReplicaSet"
UPDATED, TIMED_OUT = "ReplicaSetUpdated", "ProgressDeadlineExceeded"


@dataclass(frozen=True)
class Tally:
    """The pods of a Deployment, terminating ones left out."""

    there: int
    updated: int
    ready: int


def condition(status: Json, kind: str) -> Json:
    """The condition of that type, empty where there is none."""
    return next((each for each in status.get("conditions", []) if each["type"] == kind), {})


def is_complete(status: Json, spec: Json) -> bool:
    """Whether every pod is of the newest template and available."""
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")]
    return counts == [spec["replicas"]] * 3


def has_progressed(status: Json, before: Json) -> bool:
    """Whether a rollout came nearer to its end between two statuses."""
    grown = any(
        status.get(name, 0) > before.get(name, 0)
        for name in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )
    old, was = (each.get("replicas", 0) - each.get("updatedReplicas", 0) for each in (status, before))
    return grown or old < was


def new_status(deployment: Json, tally: Tally, newest: str, now: str, timed_out: bool) -> Json:
    """The status after a tick; `newest` names the new ReplicaSet."""
    before, spec = deployment.get("status", {}), deployment["spec"]
    counts = {
        "replicas": tally.there,
        "updatedReplicas": tally.updated,
        "readyReplicas": tally.ready,
        "availableReplicas": tally.ready,
        "unavailableReplicas": max(0, tally.there - tally.ready),
    }
    status: Json = {"observedGeneration": deployment["metadata"]["generation"]}
    status |= {name: count for name, count in counts.items() if count}
    status["conditions"] = before.get("conditions", [])
    enough = tally.ready >= spec["replicas"] - limits(spec)[1]
    set_condition(
        status,
        AVAILABLE,
        "True" if enough else "False",
        "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        f"Deployment {'has' if enough else 'does not have'} minimum availability.",
        now,
    )
    _tell_progress(status, before, spec, newest, now, timed_out)
    return status


def _tell_progress(status: Json, before: Json, spec: Json, newest: str, now: str, timed_out: bool) -> None:
    reason = condition(status, PROGRESSING).get("reason", "")
    subject = f'ReplicaSet "{newest}"'
    scaled_only = reason == DONE and status.get("replicas", 0) == status.get("updatedReplicas", 0)
    if not newest or scaled_only:
        return  # Done once is done: scaling up and down is no rollout.
    if is_complete(status, spec):
        set_condition(status, PROGRESSING, "True", DONE, f"{subject} has successfully progressed.", now)
    elif has_progressed(status, before):
        set_condition(status, PROGRESSING, "True", UPDATED, f"{subject} is progressing.", now)
    elif timed_out:
        set_condition(status, PROGRESSING, "False", TIMED_OUT, f"{subject} has timed out progressing.", now)


def set_condition(status: Json, kind: str, value: str, reason: str, message: str, now: str) -> None:
    """Set one condition; its transition time moves only with its value."""
    held = condition(status, kind)
    if (held.get("status"), held.get("reason")) == (value, reason):
        return
    since = held["lastTransitionTime"] if held.get("status") == value else now
    others = [each for each in status.get("conditions", []) if each["type"] != kind]
    status["conditions"] = [
        *others,
        {
            "type": kind,
            "status": value,
            "lastUpdateTime": now,
            "lastTransitionTime": since,
            "reason": reason,
            "message": message,
        },
    ]
