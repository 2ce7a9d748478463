"""Eviction: a pod asks to go, and the disruption budgets of its pods decide.

https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.cluster import pods as life
from sandbox.cluster.budgets import budget_status, covers
from sandbox.cluster.decoding import ANY, STRING, Mismatch, Struct, json_decoder, parse_json
from sandbox.cluster.deletes import DeleteOptions, check_preconditions, end_pod, options_of
from sandbox.cluster.paths import Target
from sandbox.cluster.progress import set_condition
from sandbox.cluster.resources import DISRUPTION_BUDGETS, PODS
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import ApiError, bad_request
from sandbox.cluster.store import Store
from sandbox.cluster.types import OBJECT_META

_EVICTION = Struct(
    "Eviction", {"apiVersion": STRING, "kind": STRING, "metadata": OBJECT_META, "deleteOptions": ANY}
)
BUDGET_REFUSES = "Cannot evict pod as it would violate the pod's disruption budget."
TWO_BUDGETS = (
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
)
BY_EVICTION = "Eviction API: evicting"


def evict(store: Store, target: Target, body: bytes, query: Mapping[str, str]) -> Json:
    """POST of an Eviction; raises ApiError 429 where a budget has no room."""
    asked = _decoded(body)
    pod = store.get(PODS, target.namespace, target.name)
    if asked.get("metadata", {}).get("name") != target.name:
        raise bad_request("name in URL does not match name in Eviction object")
    options = options_of(asked.get("deleteOptions") or {}, query)
    check_preconditions(PODS, pod, options)
    if not _freely(pod):
        _ask_budget(store, pod, options)
    if not options.dry_run:
        _mark(store, pod)
        end_pod(store, store.get(PODS, target.namespace, target.name), options)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _decoded(body: bytes) -> Json:
    try:
        asked: Json = json_decoder().decode(parse_json(body), _EVICTION) or {}
    except Mismatch as wrong:
        raise bad_request(f'Eviction in version "v1" cannot be handled as a Eviction: {wrong}') from wrong
    if asked.get("kind", "Eviction") != "Eviction":
        raise bad_request(f'no kind "{asked["kind"]}" is registered for version "policy/v1"')
    return asked


def _freely(pod: Json) -> bool:
    """Whether it serves nobody any more, or not yet."""
    return life.is_terminating(pod) or pod["status"]["phase"] in ("Pending", "Succeeded", "Failed")


def _ask_budget(store: Store, pod: Json, options: DeleteOptions) -> None:
    namespace = pod["metadata"]["namespace"]
    held = store.list(DISRUPTION_BUDGETS, namespace, lambda budget: covers(budget, pod))
    if len(held) > 1:
        raise ApiError(500, "InternalError", TWO_BUDGETS, {"causes": [{"message": TWO_BUDGETS}]})
    if not held:
        return
    budget = held[0]
    status = budget_status(store, budget)
    healthy, least = status["currentHealthy"], status["desiredHealthy"]
    spare = status["disruptionsAllowed"]
    if not life.is_ready(pod) and _ignores_unhealthy(budget, healthy, least):
        return
    if spare <= 0:
        told = (
            f"The disruption budget {budget['metadata']['name']} needs {least} healthy pods and has "
            f"{healthy} currently"
        )
        cause = {"reason": "DisruptionBudget", "message": told}
        raise ApiError(429, "TooManyRequests", BUDGET_REFUSES, {"causes": [cause]})
    if not options.dry_run:
        budget["status"] = status | {
            "disruptionsAllowed": spare - 1,
            "disruptedPods": {pod["metadata"]["name"]: store.now()},
        }
        store.save(DISRUPTION_BUDGETS, budget)


def _ignores_unhealthy(budget: Json, healthy: int, least: int) -> bool:
    """A pod that is not ready may go: always, or as long as the others suffice."""
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    return least > 0 and healthy >= least


def _mark(store: Store, pod: Json) -> None:
    set_condition(
        pod["status"], "DisruptionTarget", "True", "EvictionByEvictionAPI", BY_EVICTION, store.now()
    )
    store.save(PODS, pod)
