"""`run-job <template> [name=value …]` (AU-10, AU-11, CC-37, PF-36): commands of the runbooks as Jobs.

The Job is named by its template and request, and the server lets only one of a name be made: who takes over
finds it, waits for it and tells how it ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from handlers import texts
from handlers.actions import Observation, Order, Params, Progress, Sighting, Verified
from handlers.actions.http.values import filled, params_of
from handlers.actions.kubernetes import object_wording as w
from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.jobs_ports import Job, Plan
from handlers.actions.kubernetes.listed import listed
from handlers.actions.kubernetes.objects import REHEARSAL
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.vocabulary import KIND, listed_name
from handlers.actions.kubernetes.writing import TRIES, patiently, pause_before, stamp
from handlers.actions.registry import action
from handlers.actions.sealed_fields import what_differs
from handlers.errors import (
    DoNotRetry,
    OutcomeUnknown,
    StoppedMidway,
    TargetChanged,
    TryAgainLater,
)
from policies.cluster import JobRule

_POLL = 0.5
_MARGIN = 15.0
"""Seconds of the time that policy gives, kept for reading back what the Job has done."""


class JobParams(Params):
    template: Annotated[str, AfterValidator(listed_name), Field(description=w.HINT_TEMPLATE)]
    values: Annotated[tuple[str, ...], Field(description=w.HINT_VALUES)] = ()

    @property
    def target(self) -> str:
        return self.template


def _rule(system: KubernetesNamespace, params: JobParams) -> JobRule:
    return listed(system.rules.jobs, "job", params.template)


def _values(template: str, rule: JobRule, given: Sequence[str]) -> dict[str, Any]:
    """The values by name, each held to its form. Raises DoNotRetry for what the template does not take."""
    named: dict[str, str] = {}
    for one in given:
        key, equals, value = one.partition("=")
        free = [name for name in rule.takes if name not in named]
        key, value = (key, value) if equals and key in rule.takes else (free[0] if free else "", one)
        if not key or key in named:
            raise DoNotRetry(
                w.NOT_TAKEN.format(value=one, template=template, takes=_takes(rule)), "bad-value"
            )
        named[key] = value
    missing = [name for name in rule.takes if name not in named]
    if missing:
        raise DoNotRetry(w.MISSING.format(template=template, takes=_takes(rule)), "bad-value")
    if not named:
        return {}
    try:
        return dict(params_of(template, rule.takes, ()).model_validate(named))
    except ValidationError as faulty:
        first = faulty.errors(include_url=False)[0]
        raise DoNotRetry(f"{first['loc'][0]}: {first['msg']}", "bad-value") from None


def _takes(rule: JobRule) -> str:
    return " ".join(f"{name}=…" for name in rule.takes) or "no value"


async def _plan(system: KubernetesNamespace, params: JobParams) -> tuple[JobRule, Plan]:
    """What would run. Raises DoNotRetry when what must go before has not."""
    rule = _rule(system, params)
    values = _values(params.template, rule, params.values)
    image = rule.image or ""
    if rule.image_of:
        images = (await system.deployment(rule.image_of)).template.images
        if not images:
            raise DoNotRetry(w.NO_IMAGE.format(name=rule.image_of), "no-image")
        image = images[0]
    plan = Plan(
        template=params.template,
        image=image,
        command=rule.command,
        args=tuple(filled(rule.args, values)),
        env=filled(rule.env, values),
        secrets=rule.secrets,
        service_account=rule.service_account or "",
        deadline=rule.deadline,
        keep=rule.keep,
    )
    return rule, plan


async def _observe(system: KubernetesNamespace, params: JobParams) -> Observation:
    rule, plan = await _plan(system, params)
    shown = [(w.IMAGE, plan.image), (w.COMMAND, " ".join((*plan.command, *plan.args)))]
    if plan.secrets:
        told = ", ".join(f"{name} from {one.secret}" for name, one in plan.secrets.items())
        shown.append((w.FROM_SECRETS, told))
    if rule.after is not None:
        ago = await system.jobs.succeeded_ago(rule.after.job)
        if ago is None or ago > rule.after.within:
            needs = {"job": rule.after.job, "within": wording.age(rule.after.within)}
            raise DoNotRetry(w.NOT_BEFORE.format(template=params.template, **needs), "not-before")
        shown.append((w.BEFORE, w.SUCCEEDED_AGO.format(job=rule.after.job, ago=wording.age(ago))))
    sealed = {
        "namespace": system.place,
        "template": plan.template,
        "image": plan.image,
        "command": [*plan.command, *plan.args],
        "env": dict(plan.env),
        "secrets": {name: [one.secret, one.key] for name, one in plan.secrets.items()},
    }
    return Observation(sealed, shown=tuple(shown), covered=(w.IMAGE, w.COMMAND, w.FROM_SECRETS))


async def _look(system: KubernetesNamespace, params: JobParams) -> Observation:
    """What would run; the server is asked whether it would let it (permission, quota, admission)."""
    observed = await _observe(system, params)
    _, plan = await _plan(system, params)
    await system.rehearse(lambda dry: dry.jobs.start(plan, REHEARSAL))
    return observed


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    """None also while it runs and when it failed: `run` then waits for it, or tells how it failed."""
    params: JobParams = order.params
    job = await patiently(lambda: system.jobs.of_request(params.template, order.request_id))
    if job is not None:
        return await _ended_well(system, job) if job.finished and not job.failed else None
    rule = _rule(system, params)
    if order.since is not None and order.at - order.since >= rule.keep:
        raise OutcomeUnknown(w.FORGOTTEN.format(template=params.template, keep=wording.age(rule.keep)))
    return None


async def _ended_well(system: KubernetesNamespace, job: Job) -> Verified:
    return Verified(lines=(w.JOB_DONE.format(name=job.name), *await _log(system, job)), over=True)


async def _log(system: KubernetesNamespace, job: Job) -> tuple[str, ...]:
    """The end of its log, or why it cannot be read: that changes nothing about how it ended."""
    try:
        lines = await system.jobs.tail(job)
    except (DoNotRetry, TryAgainLater, OutcomeUnknown) as no:
        return (w.NO_LOG.format(why=no),)
    return lines or (w.EMPTY_LOG,)


def _why(job: Job) -> str:
    code = w.EXIT_CODE.format(code=job.exit_code) if job.exit_code is not None else w.NO_EXIT_CODE
    return w.JOB_FAILED.format(name=job.name, reason=job.failed, code=code)


async def _watch(system: KubernetesNamespace, params: JobParams, request_id: str) -> Sighting | None:
    job = await system.jobs.of_request(params.template, request_id)
    if job is None:
        return Sighting((w.JOB_GONE.format(template=params.template),), well=False)
    if not job.finished:
        return None
    if job.failed:
        return Sighting((_why(job), *await _log(system, job)), well=False)
    return Sighting((await _ended_well(system, job)).lines)


@action(
    "run-job",
    kind=KIND,
    params=JobParams,
    look=_look,
    ask=_ask,
    sealed="namespace, template, image, command with its values, variables, which secrets it gets",
    precondition="no Job of its name, which holds the request's id",
    stamp="name and annotations of the Job",
    question="is there a Job of this name, and how did it end?",
    way_back="none: what a command has done is not known here",
    takes=("template", "values"),
    pairs=True,
    watch=_watch,
    needs=(
        "get jobs.batch",
        "list jobs.batch",
        "create jobs.batch",
        "list pods",
        "get pods/log",
        "get deployments.apps",
    ),
)
async def run_job(system: KubernetesNamespace, order: Order) -> Verified:
    """Make the Job, wait a bounded time for its end, bring its exit code and the end of its log."""
    params: JobParams = order.params
    rule = _rule(system, params)
    job = await _begun(system, order)
    seconds = min(rule.wait.total_seconds(), max(_POLL, order.seconds - _MARGIN))
    job = await _waited(system, order, job, timedelta(seconds=seconds))
    if not job.finished:
        return Verified(lines=(w.JOB_RUNS.format(name=job.name),))
    if job.failed:
        raise StoppedMidway(_why(job), await _log(system, job))
    return await _ended_well(system, job)


async def _begun(system: KubernetesNamespace, order: Order) -> Job:
    """The request's Job: the one that is there, or made now as it was sealed."""
    params: JobParams = order.params
    sent = False
    for tried in range(TRIES):
        await pause_before(tried)
        try:
            job = await patiently(lambda: system.jobs.of_request(params.template, order.request_id))
            if job is not None:
                if job.request_id != order.request_id:
                    raise DoNotRetry(w.ANOTHERS.format(name=job.name), "another")
                return job
            differs = what_differs(order.sealed, (await _observe(system, params)).sealed)
            if differs:
                raise TargetChanged(texts.CHANGED_FIELDS.format(fields=differs))
            _, plan = await _plan(system, params)
        except TryAgainLater as away:
            raise (OutcomeUnknown(str(away)) if sent else DoNotRetry(str(away), "away")) from away
        sent = True
        try:
            await system.jobs.start(plan, stamp(order))
        except (TargetChanged, OutcomeUnknown):
            continue
        except TryAgainLater as away:
            raise OutcomeUnknown(str(away)) from away
    raise OutcomeUnknown(wording.RESTLESS.format(name=params.template))


async def _waited(system: KubernetesNamespace, order: Order, job: Job, most: timedelta) -> Job:
    """The Job once it has ended, or as it is when the time is over or the cluster goes away."""
    loop = asyncio.get_running_loop()
    end = loop.time() + most.total_seconds()
    while not job.finished and loop.time() < end:
        await order.tell(Progress(0, 1, w.JOB, w.RUNNING))
        await asyncio.sleep(_POLL)
        try:
            found = await system.jobs.of_request(order.params.template, order.request_id)
        except (TryAgainLater, OutcomeUnknown):
            return job
        job = found or job
    return job
