"""`handlers.actions.kubernetes.jobs_ports.Jobs` on a real API server."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.systems.kubernetes import objects, patches, pod_objects
from bot.systems.kubernetes.calls import JOBS, PODS, Call, Json
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.logs import LogsOfNamespace
from bot.systems.kubernetes.wire import items
from handlers.actions.kubernetes.jobs_ports import Job, Plan
from handlers.actions.kubernetes.logs_ports import LogsOf, Window
from handlers.actions.kubernetes.objects import Stamp
from handlers.errors import DoNotRetry

TEMPLATE = "countersign.dev/job"
TAIL = 20
"""Lines of a log that a thread gets."""
_LONGEST_NAME, _LONGEST_LINE = 63, 300
COUNTED = "Its log has {lines} lines, which policy keeps away from Slack (raw_logs: never)."


class JobsOfCluster:
    """The Jobs of one namespace. `raw_logs` is whether lines of their logs may leave."""

    def __init__(
        self, connection: Connection, namespace: str, now: Callable[[], datetime], *, raw_logs: bool = True
    ) -> None:
        self._connection = connection
        self._now = now
        self._namespace = namespace
        self._logs = LogsOfNamespace(connection, namespace, may_be_shown=raw_logs)

    async def of_request(self, template: str, request_id: str) -> Job | None:
        """The Job of that name, with its container's exit code once it has ended."""
        try:
            found = await self._call("get", JOBS, name_of(template, request_id))
        except DoNotRetry as no:
            if no.code == "404":
                return None
            raise
        done, failed = objects.job_end(found)
        name = name_of(template, request_id)
        pods = await self._list(PODS, f"app={name}") if done else ()
        codes = [code for pod in pods if (code := pod_objects.exit_code(pod)) is not None]
        return Job(name, objects.newest_request(found), done, failed, max(codes, default=None))

    async def start(self, plan: Plan, stamp: Stamp) -> None:
        """Make it; the server lets only one of a name be made."""
        await self._connection.call(Call("create", JOBS, self._namespace, body=_body(plan, stamp)))

    async def succeeded_ago(self, template: str) -> timedelta | None:
        """How long ago one of the template last succeeded."""
        found = await self._list(JOBS, f"{TEMPLATE}={template}")
        ends = [end for one in found if (end := objects.completion(one)) is not None]
        return self._now() - max(ends) if ends else None

    async def tail(self, job: Job) -> tuple[str, ...]:
        """The newest lines of its pods."""
        of, window = LogsOf(app=job.name), Window(tail=TAIL)
        if not self._logs.may_be_shown:
            return (COUNTED.format(lines=(await self._logs.count(of, window)).lines),)
        return tuple(line.text[:_LONGEST_LINE] for line in (await self._logs.read(of, window)).lines)

    async def _call(self, verb: str, resource: str, name: str) -> Json:
        return await self._connection.call(Call(verb, resource, self._namespace, name))

    async def _list(self, resource: str, selector: str) -> tuple[Json, ...]:
        call = Call("list", resource, self._namespace, query={"labelSelector": selector})
        return items(await self._connection.call(call))


def name_of(template: str, request_id: str) -> str:
    """The one name of a request's Job: a DNS label."""
    request = re.sub(r"[^a-z0-9]+", "-", request_id.lower()).strip("-")
    return f"{template[: _LONGEST_NAME - 1 - len(request)]}-{request}"


def _body(plan: Plan, stamp: Stamp) -> Json:
    name = name_of(plan.template, stamp.request_id)
    labels = {"app": name, "app.kubernetes.io/managed-by": "countersign", TEMPLATE: plan.template}
    secrets = [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": one.secret, "key": one.key}}}
        for variable, one in plan.secrets.items()
    ]
    container: dict[str, Any] = {
        "name": "job",
        "image": plan.image,
        "command": list(plan.command),
        "args": list(plan.args),
        "env": [*({"name": key, "value": value} for key, value in plan.env.items()), *secrets],
    }
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": bool(plan.service_account),
        "containers": [container],
    }
    if plan.service_account:
        pod["serviceAccountName"] = plan.service_account
    annotations = patches.stamped(patches.UNSTAMPED, stamp)
    spec = {
        "backoffLimit": 0,
        "activeDeadlineSeconds": int(plan.deadline.total_seconds()),
        "ttlSecondsAfterFinished": int(plan.keep.total_seconds()),
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "spec": spec,
    }
