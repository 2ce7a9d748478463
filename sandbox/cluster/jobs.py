"""The Job controller: pods until enough have succeeded or too many have failed."""

from __future__ import annotations

import random

from sandbox.cluster import pods as life
from sandbox.cluster.deletes import DeleteOptions, end_pod
from sandbox.cluster.events import record
from sandbox.cluster.progress import condition
from sandbox.cluster.resources import JOBS, PODS
from sandbox.cluster.scheduling import place, tell_placed
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Store

ENOUGH, COMPLETED = "CompletionsReached", "Reached expected number of succeeded pods"
TOO_MANY, EXCEEDED = "BackoffLimitExceeded", "Job has reached the specified backoff limit"
LATE, TOO_LATE = "DeadlineExceeded", "Job was active longer than specified deadline"
CONTROLLER = "job-controller"


class Jobs:
    """`deadline_steps` ticks stand for every Job's `activeDeadlineSeconds`."""

    def __init__(self, store: Store, deadline_steps: int, chance: random.Random) -> None:
        self._store, self._deadline, self._chance = store, deadline_steps, chance
        self._active: dict[str, int] = {}

    def tick(self) -> bool:
        """One step of every Job; whether one's deadline is still running."""
        waiting = [self._step(job) for job in self._store.list(JOBS)]
        return any(waiting)

    def _step(self, job: Json) -> bool:
        meta, spec, status = job["metadata"], job["spec"], job["status"]
        if is_finished(job) or "deletionTimestamp" in meta or spec.get("suspend"):
            self._active.pop(meta["uid"], None)
            return False
        pods = self._store.list(PODS, meta["namespace"], lambda pod: life.owned(pod, job))
        there = [pod for pod in pods if not life.is_over(pod) and not life.is_terminating(pod)]
        ended = {phase: sum(pod["status"]["phase"] == phase for pod in pods) for phase in life.OVER}
        succeeded, failed = ended["Succeeded"], ended["Failed"]
        restarts = sum(each["restartCount"] for pod in there for each in pod["status"]["containerStatuses"])
        status.setdefault("startTime", self._store.now())
        timed = spec.get("activeDeadlineSeconds") is not None
        steps = self._active[meta["uid"]] = self._active.get(meta["uid"], 0) + 1
        if succeeded >= spec["completions"]:
            self._finish(job, "SuccessCriteriaMet", "Complete", ENOUGH, COMPLETED)
            status["completionTime"] = self._store.now()
            record(self._store, job, "Completed", "Job completed", CONTROLLER)
        elif failed + restarts > spec["backoffLimit"]:
            self._give_up(job, there, TOO_MANY, EXCEEDED)
        elif timed and steps > self._deadline:
            self._give_up(job, there, LATE, TOO_LATE)
        else:
            wanted = min(spec["parallelism"], spec["completions"] - succeeded)
            there += [self._begin(job) for _ in range(wanted - len(there))]
        self._count(job, there, succeeded, failed)
        return timed and not is_finished(job)

    def _begin(self, job: Json) -> Json:
        pod = life.new_pod(job, self._chance, self._store.now())
        place(self._store, pod)
        pod = self._store.create(PODS, pod)
        record(self._store, job, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}", CONTROLLER)
        tell_placed(self._store, pod)
        return pod

    def _give_up(self, job: Json, pods: list[Json], reason: str, message: str) -> None:
        for pod in pods:
            end_pod(self._store, pod, DeleteOptions())
        pods.clear()
        self._finish(job, "FailureTarget", "Failed", reason, message)
        record(self._store, job, reason, message, CONTROLLER, "Warning")

    def _finish(self, job: Json, first: str, last: str, reason: str, message: str) -> None:
        now = self._store.now()
        shared = {"status": "True", "lastProbeTime": now, "lastTransitionTime": now}
        job["status"]["conditions"] = [
            {"type": kind, **shared, "reason": reason, "message": message} for kind in (first, last)
        ]

    def _count(self, job: Json, there: list[Json], succeeded: int, failed: int) -> None:
        status = job["status"]
        counts = {"active": len(there), "succeeded": succeeded, "failed": failed}
        for name, count in counts.items():
            status.pop(name, None)
            status |= {name: count} if count else {}
        ready = sum(map(life.is_ready, there))
        status |= {"ready": ready, "terminating": 0, "uncountedTerminatedPods": {}}
        self._store.save(JOBS, job)


def is_finished(job: Json) -> bool:
    """Whether it is complete or has failed, for good."""
    return any(condition(job["status"], kind).get("status") == "True" for kind in ("Complete", "Failed"))
