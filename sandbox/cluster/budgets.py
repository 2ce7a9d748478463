"""Disruption budgets: which pods one covers, and how many of them may go."""

from __future__ import annotations

import math

from sandbox.cluster import pods as life
from sandbox.cluster.progress import set_condition
from sandbox.cluster.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from sandbox.cluster.selectors import fits
from sandbox.cluster.shapes import Json, duplicate
from sandbox.cluster.store import Store


def covers(budget: Json, pod: Json) -> bool:
    """Whether the pod is one of the budget's."""
    selector = budget["spec"].get("selector")
    return selector is not None and fits(selector, pod["metadata"].get("labels", {}))


def budget_status(store: Store, budget: Json) -> Json:
    """How many pods are healthy, have to be, and may go: counted now."""
    namespace = budget["metadata"]["namespace"]
    held = store.list(PODS, namespace, lambda pod: covers(budget, pod) and not life.is_over(pod))
    healthy = sum(map(life.is_ready, held))
    expected = _expected(store, namespace, held, budget["spec"])
    least = _least(budget["spec"], expected)
    spare = max(0, healthy - least) if expected else 0
    status: Json = duplicate(budget.get("status", {})) | {
        "currentHealthy": healthy,
        "desiredHealthy": least,
        "disruptionsAllowed": spare,
        "expectedPods": expected,
        "observedGeneration": budget["metadata"]["generation"],
    }
    allowed, reason = ("True", "SufficientPods") if spare else ("False", "InsufficientPods")
    set_condition(status, "DisruptionAllowed", allowed, reason, "", store.now())
    gone = {key: at for key, at in status.pop("disruptedPods", {}).items() if store.has(PODS, namespace, key)}
    return status | ({"disruptedPods": gone} if gone else {})


def _expected(store: Store, namespace: str, pods: list[Json], spec: Json) -> int:
    """As many as their Deployments want; those that nobody owns count as they are.

    Where a number must be there, the pods that there are count; without a bound, none.
    """
    if "maxUnavailable" not in spec and not isinstance(spec.get("minAvailable"), str):
        return len(pods) if "minAvailable" in spec else 0
    sets, alone = set(), 0
    for pod in pods:
        owner = next(iter(pod["metadata"].get("ownerReferences", [])), None)
        if owner is None or owner["kind"] != REPLICA_SETS.kind:
            alone += 1
        else:
            sets.add(owner["name"])
    owners = {
        store.get(REPLICA_SETS, namespace, name)["metadata"]["ownerReferences"][0]["name"]
        for name in sets
        if store.has(REPLICA_SETS, namespace, name)
    }
    wanted: int = sum(
        store.get(DEPLOYMENTS, namespace, name)["spec"]["replicas"]
        for name in owners
        if store.has(DEPLOYMENTS, namespace, name)
    )
    return alone + wanted


def _least(spec: Json, expected: int) -> int:
    if "maxUnavailable" in spec:
        return max(0, expected - _share(spec["maxUnavailable"], expected))
    return _share(spec.get("minAvailable", 0), expected)


def _share(bound: int | str, expected: int) -> int:
    return bound if isinstance(bound, int) else math.ceil(expected * int(bound.rstrip("%")) / 100)
