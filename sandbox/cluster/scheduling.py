"""The scheduler and the node controller: where pods may go, and what a cordoned node is marked with."""

from __future__ import annotations

from sandbox.cluster.deletes import DeleteOptions, end_pod
from sandbox.cluster.events import record, record_scheduled
from sandbox.cluster.progress import condition
from sandbox.cluster.resources import NODES, PODS
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Store

UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
KEEPING_OUT = ("NoSchedule", "NoExecute")


def place(store: Store, pod: Json) -> None:
    """Give a pod the suitable node with the fewest pods, in place; without one it waits and says why."""
    nodes = store.list(NODES)
    suitable = [node["metadata"]["name"] for node in nodes if _suits(node, pod)]
    if not suitable:
        _tell(pod, store.now(), status="False", reason="Unschedulable", message=_why_not(nodes, pod))
        return
    pod["spec"]["nodeName"] = min(suitable, key=lambda name: _pods_on(store, name))
    _tell(pod, store.now(), status="True")


def _tell(pod: Json, now: str, **told: str) -> None:
    others = [each for each in pod["status"]["conditions"] if each["type"] != "PodScheduled"]
    pod["status"]["conditions"] = [{"type": "PodScheduled", "lastTransitionTime": now, **told}, *others]


def schedule(store: Store, pod: Json) -> None:
    """One more try for a pod that has no node yet; tells about it when that changes anything."""
    before = condition(pod["status"], "PodScheduled").get("message")
    place(store, pod)
    if "nodeName" in pod["spec"] or condition(pod["status"], "PodScheduled")["message"] != before:
        pod = store.save(PODS, pod)
        tell_placed(store, pod)


def tell_placed(store: Store, pod: Json) -> None:
    """The event about a pod that was given a node, or has found none."""
    if node := pod["spec"].get("nodeName"):
        meta = pod["metadata"]
        record_scheduled(store, pod, f"Successfully assigned {meta['namespace']}/{meta['name']} to {node}")
    else:
        message = condition(pod["status"], "PodScheduled")["message"]
        record(store, pod, "FailedScheduling", message, "default-scheduler", "Warning")


def mark_nodes(store: Store) -> None:
    """The taint that follows `spec.unschedulable`, and the pods that a NoExecute taint sends away."""
    for node in store.list(NODES):
        taints = node["spec"].get("taints", [])
        others = [each for each in taints if each["key"] != UNSCHEDULABLE]
        if node["spec"].get("unschedulable"):
            marked = next((each for each in taints if each["key"] == UNSCHEDULABLE), None)
            mark = marked or {"key": UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": store.now()}
            others = [*others, mark]
        if others != taints:
            node["spec"]["taints"] = others
            if not others:
                del node["spec"]["taints"]
            store.save(NODES, node)
        _send_away(store, node)


def _send_away(store: Store, node: Json) -> None:
    hard = [each for each in node["spec"].get("taints", []) if each["effect"] == "NoExecute"]
    name = node["metadata"]["name"]
    if not hard:
        return
    for pod in store.list(PODS, where=lambda pod: pod["spec"].get("nodeName") == name):
        if "deletionTimestamp" in pod["metadata"] or all(tolerates(pod, each) for each in hard):
            continue
        text = f"Marking for deletion Pod {pod['metadata']['namespace']}/{pod['metadata']['name']}"
        record(store, pod, "TaintManagerEviction", text, "taint-eviction-controller")
        end_pod(store, pod, DeleteOptions())


def tolerates(pod: Json, taint: Json) -> bool:
    """Whether one of the pod's tolerations is for that taint."""
    return any(_is_for(each, taint) for each in pod["spec"].get("tolerations") or [])


def _is_for(toleration: Json, taint: Json) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    same: bool = toleration.get("key") == taint["key"]
    return same and toleration.get("value", "") == taint.get("value", "")


def _suits(node: Json, pod: Json) -> bool:
    spec = node["spec"]
    if (pod["spec"].get("nodeSelector") or {}).items() - node["metadata"].get("labels", {}).items():
        return False
    if spec.get("unschedulable") and not tolerates(pod, {"key": UNSCHEDULABLE, "effect": "NoSchedule"}):
        return False
    return all(tolerates(pod, each) for each in spec.get("taints", []) if each["effect"] in KEEPING_OUT)


def _why_not(nodes: list[Json], pod: Json) -> str:
    closed = sum(bool(node["spec"].get("unschedulable")) for node in nodes)
    tainted = len(nodes) - closed
    reasons = [f"{closed} node(s) were unschedulable"] if closed else []
    reasons += [f"{tainted} node(s) had untolerated taint(s)"] if tainted else []
    return f"0/{len(nodes)} nodes are available: {', '.join(reasons) or 'no nodes'}."


def _pods_on(store: Store, name: str) -> int:
    return store.count(PODS, None, lambda pod: pod["spec"].get("nodeName") == name)
