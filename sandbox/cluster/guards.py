"""What guards a Deployment from outside: its autoscaler's bounds, its disruption budget."""

from __future__ import annotations

from sandbox.cluster.budgets import budget_status
from sandbox.cluster.events import record
from sandbox.cluster.progress import set_condition
from sandbox.cluster.resources import AUTOSCALERS, DEPLOYMENTS, DISRUPTION_BUDGETS
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Store

AUTOSCALER_STEPS = 10


class Guards:
    """Autoscalers hold replicas between their bounds, but have no load to follow in between."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._outside: dict[str, int] = {}

    def tick(self) -> bool:
        """One step; whether an autoscaler is about to act: it takes `AUTOSCALER_STEPS` to notice."""
        for budget in self._store.list(DISRUPTION_BUDGETS):
            self._count(budget)
        waiting = [self._hold(each) for each in self._store.list(AUTOSCALERS)]
        return any(waiting)

    def _hold(self, autoscaler: Json) -> bool:
        spec, uid = autoscaler["spec"], autoscaler["metadata"]["uid"]
        namespace = autoscaler["metadata"]["namespace"]
        name = spec["scaleTargetRef"]["name"]
        if not self._store.has(DEPLOYMENTS, namespace, name):
            return False
        deployment = self._store.get(DEPLOYMENTS, namespace, name)
        now = deployment["spec"]["replicas"]
        wanted = min(max(now, spec["minReplicas"]), spec["maxReplicas"]) if now else 0
        self._tell(autoscaler, deployment, wanted)
        if wanted == now:
            self._outside.pop(uid, None)
            return False
        self._outside[uid] = self._outside.get(uid, 0) + 1
        if self._outside[uid] > AUTOSCALER_STEPS:
            bound = "below Spec.MinReplicas" if now < wanted else "above Spec.MaxReplicas"
            text = f"New size: {wanted}; reason: Current number of replicas {bound}"
            record(self._store, autoscaler, "SuccessfulRescale", text, "horizontal-pod-autoscaler")
            deployment["spec"]["replicas"] = wanted
            deployment["metadata"]["generation"] += 1
            self._store.save(DEPLOYMENTS, deployment)
        return True

    def _tell(self, autoscaler: Json, deployment: Json, wanted: int) -> None:
        status = autoscaler["status"]
        status |= {
            "currentReplicas": deployment.get("status", {}).get("replicas", 0),
            "desiredReplicas": wanted,
        }
        active = ("True", "ValidMetricFound", "the HPA was able to successfully calculate a replica count")
        disabled = (
            "False",
            "ScalingDisabled",
            "scaling is disabled since the replica count of the target is zero",
        )
        set_condition(status, "ScalingActive", *(active if wanted else disabled), self._store.now())
        self._store.save(AUTOSCALERS, autoscaler)

    def _count(self, budget: Json) -> None:
        budget["status"] = budget_status(self._store, budget)
        self._store.save(DISRUPTION_BUDGETS, budget)
