"""The life of a pod: pending, creating, running, ready, terminating; each step of it is one tick."""

from __future__ import annotations

import random
from typing import Any

from sandbox.cluster.shapes import Json, duplicate

BROKEN_TAG = "broken"
NEVER_READY_TAG = "never-ready"
SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
STARTED = "Started"
CREATING, PULL_FAILED, BACK_OFF = "ContainerCreating", "ErrImagePull", "ImagePullBackOff"
CRASH_LOOP = "CrashLoopBackOff"
OVER = ("Succeeded", "Failed")
EXIT_CODES = {"finishes": 0, "crashes": 1}
"""How a container with that tag ends soon after its start."""


def new_pod(owner: Json, chance: random.Random, now: str) -> Json:
    """A pod of that ReplicaSet, Job or DaemonSet, without a node yet."""
    template = owner["spec"]["template"]
    suffix = "".join(chance.choices(SUFFIX_LETTERS, k=5))
    meta = {
        "name": f"{owner['metadata']['name']}-{suffix}",
        "generateName": f"{owner['metadata']['name']}-",
        "namespace": owner["metadata"]["namespace"],
        "labels": dict(template["metadata"].get("labels", {})),
        "annotations": dict(template["metadata"].get("annotations", {})),
        "ownerReferences": [owner_reference(owner, owner["apiVersion"], owner["kind"])],
    }
    spec = duplicate(template["spec"])
    spec.setdefault("restartPolicy", "Always")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": {}}
    pod["status"] = {
        "phase": "Pending",
        "startTime": now,
        "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": now}],
        "containerStatuses": [
            _container(each, {"waiting": {"reason": CREATING}}) for each in spec["containers"]
        ],
    }
    return pod


def owner_reference(owner: Json, api_version: str, kind: str) -> Json:
    """That `owner` is the controller of what carries this."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def owned(thing: Json, owner: Json) -> bool:
    """Whether `owner` controls it."""
    references = thing["metadata"].get("ownerReferences", [])
    return any(each["uid"] == owner["metadata"]["uid"] for each in references)


def is_ready(pod: Json) -> bool:
    """Ready and not on its way out."""
    return not is_terminating(pod) and any(
        each["type"] == "Ready" and each["status"] == "True" for each in pod["status"]["conditions"]
    )


def is_over(pod: Json) -> bool:
    """Ended, and not to be restarted."""
    return pod["status"]["phase"] in OVER


def is_terminating(pod: Json) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def waiting_reason(pod: Json) -> str:
    """Why its container has not started, or nothing."""
    for each in pod["status"]["containerStatuses"]:
        if waiting := each["state"].get("waiting"):
            return str(waiting["reason"])
    return ""


def shown_phase(pod: Json) -> str:
    """As `kubectl get pods` shows it."""
    ended = [
        each["state"]["terminated"]["reason"]
        for each in pod["status"]["containerStatuses"]
        if "terminated" in each["state"]
    ]
    told = waiting_reason(pod) or next(iter(ended), "") or str(pod["status"]["phase"])
    return "Terminating" if is_terminating(pod) else told


def unpullable(pod: Json) -> str:
    """The image that cannot be pulled, or nothing."""
    return _tagged(pod, BROKEN_TAG)


def _tagged(pod: Json, tag: str) -> str:
    """The image of a container that has this tag, or nothing."""
    images = (str(each["image"]) for each in pod["spec"]["containers"])
    return next((image for image in images if image.endswith(f":{tag}")), "")


def advance(pod: Json, now: str) -> tuple[str, str]:
    """One step of its life, in place; answers with reason and message of its event, or with nothing."""
    reason, restart = waiting_reason(pod), pod["spec"]["restartPolicy"]
    if reason and unpullable(pod):
        return _fail_to_pull(pod, reason)
    if reason == CRASH_LOOP and restart == "Always":
        return "", ""  # The first crash of a container stands for all that follow.
    if reason:
        _run(pod, now)
        return STARTED, f"Started container {pod['spec']['containers'][0]['name']}"
    code = exit_code(pod)
    if code is not None:
        return _end(pod, code, now)
    if not is_ready(pod) and not _tagged(pod, NEVER_READY_TAG):
        _make_ready(pod, now)
    return "", ""


def exit_code(pod: Json) -> int | None:
    """With which it ends, None when it runs on; one that is not always restarted has something to finish."""
    codes = [code for tag, code in EXIT_CODES.items() if _tagged(pod, tag)]
    if codes:
        return codes[0]
    finishes = pod["spec"]["restartPolicy"] != "Always" and not _tagged(pod, NEVER_READY_TAG)
    return 0 if finishes else None


def _end(pod: Json, code: int, now: str) -> tuple[str, str]:
    """Its work is over: for good, or until it is started again."""
    restart = pod["spec"]["restartPolicy"]
    again = restart == "Always" or (restart == "OnFailure" and code != 0)
    back_off = ""
    for each in pod["status"]["containerStatuses"]:
        began = each["state"]["running"]["startedAt"]
        ended = {"exitCode": code, "reason": "Error" if code else "Completed", "startedAt": began}
        ended |= {"finishedAt": now}
        each |= {"ready": False, "started": False, "state": {"terminated": ended}}
        if again:
            meta = pod["metadata"]
            back_off = (
                f"back-off 10s restarting failed container={each['name']} "
                f"pod={meta['name']}_{meta['namespace']}({meta['uid']})"
            )
            waiting = {"reason": CRASH_LOOP, "message": back_off}
            each |= {"state": {"waiting": waiting}, "lastState": {"terminated": ended}}
            each["restartCount"] += 1
    if not again:
        pod["status"]["phase"] = "Failed" if code else "Succeeded"
    _conditions(pod, now, ready="False")
    return ("BackOff", back_off) if again else ("", "")


def _fail_to_pull(pod: Json, reason: str) -> tuple[str, str]:
    """First the pull fails, then it is tried ever more rarely; only the first of each is an event."""
    following, message = BACK_OFF, f'Back-off pulling image "{unpullable(pod)}"'
    if reason == CREATING:
        following, message = PULL_FAILED, f'failed to pull and unpack image "{unpullable(pod)}": not found'
    for each in pod["status"]["containerStatuses"]:
        each["state"] = {"waiting": {"reason": following, "message": message}}
    event = {CREATING: "Failed", PULL_FAILED: "BackOff"}.get(reason, "")
    return event, message if event else ""


def _run(pod: Json, now: str) -> None:
    status = pod["status"]
    status["phase"] = "Running"
    status["podIP"] = _address(pod["metadata"]["uid"])
    status["podIPs"] = [{"ip": status["podIP"]}]
    for each in status["containerStatuses"]:
        each["state"], each["started"] = {"running": {"startedAt": now}}, True
    _conditions(pod, now, ready="False")


def _make_ready(pod: Json, now: str) -> None:
    for each in pod["status"]["containerStatuses"]:
        each["ready"] = True
    _conditions(pod, now, ready="True")


def _conditions(pod: Json, now: str, ready: str) -> None:
    kept = [each for each in pod["status"]["conditions"] if each["type"] == "PodScheduled"]
    kinds = {"Initialized": "True", "ContainersReady": ready, "Ready": ready}
    pod["status"]["conditions"] = kept + [
        {"type": kind, "status": value, "lastTransitionTime": now} for kind, value in kinds.items()
    ]


def _container(container: Json, state: Json) -> Json:
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": False,
        "started": False,
        "restartCount": 0,
        "state": state,
    }


def _address(uid: str) -> str:
    number = int(uid.replace("-", "")[:4], 16)
    return f"10.42.{number >> 8}.{number & 255}"


def image_of(thing: Json) -> str:
    """The image of the first container of a Deployment's or ReplicaSet's template."""
    containers: list[dict[str, Any]] = thing["spec"]["template"]["spec"]["containers"]
    return str(containers[0]["image"])
