"""The DaemonSet controller: one pod on every node, cordoned or not."""

from __future__ import annotations

import random

from sandbox.cluster import pods as life
from sandbox.cluster.events import record
from sandbox.cluster.resources import DAEMON_SETS, NODES, PODS
from sandbox.cluster.scheduling import UNSCHEDULABLE
from sandbox.cluster.store import Store

TOLERATED = (
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"},
    {"key": UNSCHEDULABLE, "operator": "Exists", "effect": "NoSchedule"},
)


def keep_daemons(store: Store, chance: random.Random) -> None:
    """One step of every DaemonSet."""
    nodes = [node["metadata"]["name"] for node in store.list(NODES)]
    for daemon_set in store.list(DAEMON_SETS):
        namespace = daemon_set["metadata"]["namespace"]
        held = [pod for pod in store.list(PODS, namespace) if life.owned(pod, daemon_set)]
        for name in {*nodes} - {pod["spec"]["nodeName"] for pod in held}:
            pod = life.new_pod(daemon_set, chance, store.now())
            pod["spec"] |= {"nodeName": name}
            pod["spec"]["tolerations"] = [*pod["spec"].get("tolerations", []), *map(dict, TOLERATED)]
            held.append(store.create(PODS, pod))
            text = f"Created pod: {pod['metadata']['name']}"
            record(store, daemon_set, "SuccessfulCreate", text, "daemonset-controller")
        ready = sum(map(life.is_ready, held))
        daemon_set["status"] = {
            "currentNumberScheduled": len(held),
            "desiredNumberScheduled": len(nodes),
            "numberMisscheduled": 0,
            "numberReady": ready,
            "numberAvailable": ready,
            "updatedNumberScheduled": len(held),
            "observedGeneration": daemon_set["metadata"]["generation"],
        }
        store.save(DAEMON_SETS, daemon_set)
