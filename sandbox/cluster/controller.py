"""The controllers and the kubelet in one: each `tick` moves every Deployment one step nearer to its spec."""

from __future__ import annotations

import random
from collections.abc import Callable

from sandbox.cluster import pods as life
from sandbox.cluster.daemon_sets import keep_daemons
from sandbox.cluster.deletes import DeleteOptions, end_pod
from sandbox.cluster.events import record
from sandbox.cluster.garbage import collect
from sandbox.cluster.guards import Guards
from sandbox.cluster.jobs import Jobs
from sandbox.cluster.progress import (
    CREATED,
    FOUND,
    PROGRESSING,
    Tally,
    has_progressed,
    is_complete,
    new_status,
    set_condition,
)
from sandbox.cluster.replica_sets import (
    DESIRED,
    MOST,
    REVISION,
    new_replica_set,
    raise_revision,
    revision,
    same_template,
)
from sandbox.cluster.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from sandbox.cluster.rolling import Counts, limits, plan
from sandbox.cluster.scheduling import mark_nodes, place, schedule, tell_placed
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Store

DEADLINE_STEPS = 40
SETTLED_AFTER_MOST = 2000


class Controller:
    """Ticks are its only time: `deadline_steps` of them stand for every `progressDeadlineSeconds`."""

    def __init__(
        self, store: Store, deadline_steps: int = DEADLINE_STEPS, chance: random.Random | None = None
    ) -> None:
        self._store = store
        self._deadline = deadline_steps
        self._chance = chance or random.Random()  # noqa: S311  names of pods, no secrets
        self._guards = Guards(store)
        self._jobs = Jobs(store, deadline_steps, self._chance)
        self._stalled: dict[str, int] = {}

    def tick(self) -> bool:
        """One step of everything; False once nothing is left to do."""
        before = self._store.version
        collect(self._store)
        mark_nodes(self._store)
        for pod in self._store.list(PODS, where=lambda pod: not life.is_ready(pod)):
            self._live(pod)
        keep_daemons(self._store, self._chance)
        for deployment in self._store.list(DEPLOYMENTS, where=_stays):
            self._roll(deployment)
        for replica_set in self._store.list(REPLICA_SETS, where=_stays):
            self._keep_pods(replica_set)
        waiting = [self._tell(deployment) for deployment in self._store.list(DEPLOYMENTS, where=_stays)]
        waiting += [self._jobs.tick(), self._guards.tick()]
        return any(waiting) or self._store.version != before

    def settle(self) -> None:
        """Tick until nothing is left to do; raises RuntimeError when that never comes."""
        for _ in range(SETTLED_AFTER_MOST):
            if not self.tick():
                return
        raise RuntimeError("the practice cluster does not come to rest")

    # -- pods

    def _live(self, pod: Json) -> None:
        meta = pod["metadata"]
        if life.is_terminating(pod):
            self._store.remove(PODS, meta["namespace"], meta["name"])
            return
        if life.is_over(pod):
            return
        if "nodeName" not in pod["spec"]:
            schedule(self._store, pod)
            return
        reason, message = life.advance(pod, self._store.now())
        pod = self._store.save(PODS, pod)
        if reason:
            kind = "Normal" if reason == life.STARTED else "Warning"
            record(self._store, pod, reason, message, "kubelet", kind)

    def _keep_pods(self, replica_set: Json) -> None:
        namespace = replica_set["metadata"]["namespace"]
        held = self._store.list(PODS, namespace, _live_pod_of(replica_set))
        excess = len(held) - replica_set["spec"]["replicas"]
        held.sort(key=lambda pod: str(pod["metadata"]["creationTimestamp"]), reverse=True)
        held.sort(key=life.is_ready)  # Those that do not work go first, then the youngest.
        for pod in held[: max(0, excess)]:
            end_pod(self._store, pod, DeleteOptions())
            self._about(replica_set, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
        for _ in range(-excess):
            pod = life.new_pod(replica_set, self._chance, self._store.now())
            place(self._store, pod)
            pod = self._store.create(PODS, pod)
            self._about(replica_set, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
            tell_placed(self._store, pod)
        live, ready = self._live_pods(replica_set)
        counts = {"fullyLabeledReplicas": live, "readyReplicas": ready, "availableReplicas": ready}
        replica_set["status"] = {
            "replicas": live,
            "observedGeneration": replica_set["metadata"]["generation"],
        } | {name: count for name, count in counts.items() if count}
        self._store.save(REPLICA_SETS, replica_set)

    def _about(self, replica_set: Json, reason: str, message: str) -> None:
        record(self._store, replica_set, reason, message, "replicaset-controller")

    # -- ReplicaSets

    def _sets_of(self, deployment: Json) -> tuple[Json | None, list[Json]]:
        """(The one that runs the wanted template, the others with the newest first)."""
        namespace = deployment["metadata"]["namespace"]
        held = self._store.list(REPLICA_SETS, namespace, lambda each: life.owned(each, deployment))
        held.sort(key=revision, reverse=True)
        new = next((each for each in held if same_template(each, deployment)), None)
        return new, [each for each in held if each is not new]

    def _roll(self, deployment: Json) -> None:
        new, old = self._newest(deployment)
        sets = [each for each in [new, *old] if each]
        counts = {each["metadata"]["name"]: self._count(each) for each in sets}
        plan(
            deployment["spec"],
            counts[new["metadata"]["name"]] if new else None,
            [counts[each["metadata"]["name"]] for each in old],
        )
        for each in sets:
            self._resize(deployment, each, counts[each["metadata"]["name"]].wanted)
        self._forget(deployment, new, old)

    def _newest(self, deployment: Json) -> tuple[Json | None, list[Json]]:
        """As `_sets_of`, with the wanted one made or raised to the highest revision."""
        new, old = self._sets_of(deployment)
        if new is None and deployment["spec"].get("paused"):
            return new, old
        number = max((revision(each) for each in old), default=0) + 1
        status = deployment.setdefault("status", {})
        if new is None:
            new = self._store.create(REPLICA_SETS, new_replica_set(deployment, number))
            text = f'Created new replica set "{new["metadata"]["name"]}"'
            set_condition(status, PROGRESSING, "True", CREATED, text, self._store.now())
        else:
            was = revision(new)
            raise_revision(new, deployment, number)
            new = self._store.save(REPLICA_SETS, new)
            if was < number:
                text = f'Found new replica set "{new["metadata"]["name"]}"'
                set_condition(status, PROGRESSING, "True", FOUND, text, self._store.now())
        deployment["metadata"].setdefault("annotations", {})[REVISION] = str(revision(new))
        self._store.save(DEPLOYMENTS, deployment)
        return new, old

    def _count(self, replica_set: Json) -> Counts:
        namespace = replica_set["metadata"]["namespace"]
        there = self._store.count(PODS, namespace, lambda pod: life.owned(pod, replica_set))
        return Counts(replica_set["spec"]["replicas"], there, self._live_pods(replica_set)[1])

    def _live_pods(self, replica_set: Json) -> tuple[int, int]:
        """(Its pods that are not on their way out, those of them that are ready)."""
        namespace = replica_set["metadata"]["namespace"]
        live = _live_pod_of(replica_set)
        there = self._store.count(PODS, namespace, live)
        return there, self._store.count(PODS, namespace, lambda pod: live(pod) and life.is_ready(pod))

    def _resize(self, deployment: Json, replica_set: Json, wanted: int) -> None:
        was, meta = replica_set["spec"]["replicas"], replica_set["metadata"]
        desired = deployment["spec"]["replicas"]
        meta["annotations"] |= {DESIRED: str(desired), MOST: str(desired + limits(deployment["spec"])[0])}
        if was != wanted:
            replica_set["spec"]["replicas"] = wanted
            meta["generation"] += 1
            word = "up" if wanted > was else "down"
            text = f"Scaled {word} replica set {meta['name']} from {was} to {wanted}"
            record(self._store, deployment, "ScalingReplicaSet", text, "deployment-controller")
        replica_set |= self._store.save(REPLICA_SETS, replica_set)

    def _forget(self, deployment: Json, new: Json | None, old: list[Json]) -> None:
        """Delete the oldest revisions beyond `revisionHistoryLimit`, those without pods only."""
        idle = [each for each in old if not each["spec"]["replicas"] and not self._count(each).there]
        if new is not None:
            for each in idle[deployment["spec"]["revisionHistoryLimit"] :]:
                self._store.remove(REPLICA_SETS, each["metadata"]["namespace"], each["metadata"]["name"])

    # -- status

    def _tell(self, deployment: Json) -> bool:
        """Write the status; whether a deadline is still running."""
        new, old = self._sets_of(deployment)
        updated, ready = self._live_pods(new) if new else (0, 0)
        tally = Tally(updated, updated, ready)
        for each in old:
            there, available = self._live_pods(each)
            tally = Tally(tally.there + there, updated, tally.ready + available)
        uid, before = deployment["metadata"]["uid"], deployment.get("status", {})
        timed_out = self._stalled.get(uid, 0) >= self._deadline
        newest = new["metadata"]["name"] if new else ""
        status = new_status(deployment, tally, newest, self._store.now(), timed_out)
        still = not is_complete(status, deployment["spec"]) and not has_progressed(status, before)
        self._stalled[uid] = self._stalled.get(uid, 0) + 1 if still else 0
        deployment["status"] = status
        self._store.save(DEPLOYMENTS, deployment)
        return 0 < self._stalled[uid] <= self._deadline


def _live_pod_of(replica_set: Json) -> Callable[[Json], bool]:
    return lambda pod: life.owned(pod, replica_set) and not (life.is_terminating(pod) or life.is_over(pod))


def _stays(thing: Json) -> bool:
    return "deletionTimestamp" not in thing["metadata"]
