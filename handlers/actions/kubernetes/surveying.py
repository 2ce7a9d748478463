"""What a namespace has, part by part and at a glance, and how a rollout goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from handlers.actions import Report
from handlers.actions.kubernetes import view_wording as wording
from handlers.actions.kubernetes.objects import Pod
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.view_ports import Placed, Workload
from handlers.actions.kubernetes.view_vocabulary import LookParams, own, within
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, DeploymentTarget
from handlers.actions.kubernetes.wording import LOOK_AT_PODS, age, images, progress
from handlers.actions.registry import reading

_WORKLOAD_COLUMNS = ("Deployment", "Ready", "Up to date", "Available", "Age")


def _workload_headline(found: Sequence[Workload], where: str) -> str:
    behind = sum(not one.well for one in found)
    how = f"{behind} not as wished" if behind else "all as wished"
    there = wording.counted(len(found), "deployment")
    return f"{there} in {where}, {how}." if found else f"There are no deployments in {where}."


def _workload_cells(one: Workload) -> tuple[str, ...]:
    ready = f"{one.ready} of {one.wanted}"
    return (one.name, ready, str(one.updated), str(one.available), age(one.age))


def _in_order(found: Sequence[Workload]) -> list[Workload]:
    """Those that are not as wished first."""
    return sorted(found, key=lambda one: (one.well, one.namespace, one.name))


@reading(
    "deployments",
    kind=KIND,
    title="Deployments: ready, up to date, available, age",
    params=LookParams,
    takes=("namespace",),
    needs=("list deployments.apps",),
)
async def deployments(system: KubernetesNamespace, params: LookParams) -> Report:
    """The deployments of the namespace (CC-14, AU-07)."""
    own(system.view, params, everywhere="deployments-everywhere")
    found = await system.view.workloads()
    rows = tuple(map(_workload_cells, _in_order(found)))
    headline = _workload_headline(found, f"namespace {system.view.namespace}")
    return Report(headline, columns=_WORKLOAD_COLUMNS, rows=rows)


@reading(
    "deployments-everywhere",
    kind=KIND,
    title="Deployments of all namespaces",
    params=LookParams,
    takes=("namespace",),
    needs=("list deployments.apps everywhere",),
)
async def deployments_everywhere(system: KubernetesNamespace, params: LookParams) -> Report:
    """The deployments of all namespaces, or of one of them (PF-18)."""
    found = [one for one in await system.view.workloads(everywhere=True) if within(one.namespace, params)]
    rows = tuple((one.namespace, *_workload_cells(one)) for one in _in_order(found))
    where = f"namespace {params.namespace}" if params.namespace else "all namespaces"
    return Report(_workload_headline(found, where), columns=("Namespace", *_WORKLOAD_COLUMNS), rows=rows)


@reading(
    "rollout-status",
    kind=KIND,
    title="How far the rollout of a deployment is",
    params=DeploymentTarget,
    takes=("deployment",),
    listed_in=LISTED_IN,
    needs=("get deployments.apps",),
)
async def rollout_status(system: KubernetesNamespace, params: DeploymentTarget) -> Report:
    """What `kubectl rollout status` judges, at once and without waiting (AU-30, CC-14)."""
    now = await system.deployment(params.deployment)
    ends = "The rollout is over" if now.settled else "The rollout is not over"
    lines = [
        f"Revision {now.revision}: {images(now.template.images)}.",
        f"Wanted {now.replicas}; up to date {now.rollout.updated}, ready {now.rollout.ready},"
        f" available {now.rollout.available}, in all {now.rollout.total}.",
    ]
    if now.paused:
        lines.append("It is paused: a change of the template rolls nothing out.")
    if not now.settled:
        lines.append(LOOK_AT_PODS)
    return Report(f"{now.name}: {ends}; {progress(now)}", lines=tuple(lines))


@reading(
    "services",
    kind=KIND,
    title="Services",
    params=LookParams,
    takes=("namespace",),
    needs=("list services",),
)
async def services(system: KubernetesNamespace, params: LookParams) -> Report:
    """The services, with their addresses and ports (AU-04, CC-24, CC-67)."""
    own(system.view, params)
    found = sorted(await system.view.services(), key=lambda one: one.name)
    rows = tuple(
        (
            one.name,
            one.kind,
            one.address or "-",
            one.external or "-",
            ", ".join(one.ports) or "-",
            age(one.age),
        )
        for one in found
    )
    headline = f"{wording.counted(len(found), 'service')}." if found else "There are no services here."
    return Report(headline, columns=("Service", "Type", "Cluster IP", "External", "Ports", "Age"), rows=rows)


@reading(
    "ingresses",
    kind=KIND,
    title="Ingresses",
    params=LookParams,
    takes=("namespace",),
    needs=("list ingresses.networking.k8s.io",),
)
async def ingresses(system: KubernetesNamespace, params: LookParams) -> Report:
    """What leads in from outside (CC-67)."""
    own(system.view, params)
    found = sorted(await system.view.ingresses(), key=lambda one: one.name)
    rows = tuple(
        (
            one.name,
            one.class_name or "-",
            ", ".join(one.hosts),
            ", ".join(one.addresses) or "none yet",
            "yes" if one.tls else "no",
            age(one.age),
        )
        for one in found
    )
    headline = f"{wording.counted(len(found), 'ingress')}." if found else "There are no ingresses here."
    return Report(headline, columns=("Ingress", "Class", "Hosts", "Addresses", "TLS", "Age"), rows=rows)


@reading(
    "autoscalers",
    kind=KIND,
    title="Autoscalers: bounds, and what they measure",
    params=LookParams,
    takes=("namespace",),
    needs=("list horizontalpodautoscalers.autoscaling",),
)
async def autoscalers(system: KubernetesNamespace, params: LookParams) -> Report:
    """The autoscalers as they work now (AU-07)."""
    own(system.view, params)
    found = sorted(await system.view.scalers(), key=lambda one: one.name)
    rows = tuple(
        (
            one.name,
            one.target,
            f"{one.least} to {one.most}",
            str(one.current),
            str(one.wanted),
            ", ".join(one.measures) or "-",
        )
        for one in found
    )
    headline = f"{wording.counted(len(found), 'autoscaler')}." if found else "There are no autoscalers here."
    columns = ("Autoscaler", "Of", "Bounds", "Replicas", "Wants", "Measures (now of wanted)")
    return Report(headline, columns=columns, rows=rows)


@reading(
    "overview",
    kind=KIND,
    title="Everything at a glance: deployments, pods, services, autoscalers, jobs",
    params=LookParams,
    takes=("namespace",),
    needs=(
        "list deployments.apps",
        "list pods",
        "list services",
        "list horizontalpodautoscalers.autoscaling",
        "list jobs.batch",
    ),
)
async def overview(system: KubernetesNamespace, params: LookParams) -> Report:
    """What people look for in `kubectl get all` (AU-50)."""
    own(system.view, params)
    view = system.view
    works, pods, served, scalers, jobs = await asyncio.gather(
        view.workloads(), view.pods(), view.services(), view.scalers(), view.batches()
    )
    rows = (
        *_glances(
            "deployment",
            ((one.name, f"{one.ready} of {one.wanted} ready", one.age) for one in _in_order(works)),
        ),
        *_glances("pod", ((one.name, _glance(one), one.age) for one in _unwell_first(pods))),
        *_glances("service", ((one.name, " ".join((one.kind, *one.ports)), one.age) for one in served)),
        *_glances(
            "autoscaler",
            (
                (one.name, f"{one.target}: {one.current}, within {one.least} to {one.most}", None)
                for one in scalers
            ),
        ),
        *_glances(
            "job",
            ((one.name, f"{one.done} of {one.wanted} done, {one.failed} failed", one.age) for one in jobs),
        ),
    )
    unwell = sum(not one.well for one in works) + sum(not one.pod.well for one in pods)
    how = (
        f"{unwell} of its deployments and pods are not well" if unwell else "every deployment and pod is well"
    )
    return Report(f"Namespace {view.namespace}: {how}.", columns=("Kind", "Name", "State", "Age"), rows=rows)


def _glances(
    kind: str, found: Iterable[tuple[str, str, timedelta | None]]
) -> Iterator[tuple[str, str, str, str]]:
    return ((kind, name, state, "-" if old is None else age(old)) for name, state, old in found)


def _glance(pod: Pod) -> str:
    return f"{pod.ready} of {pod.containers} ready, {pod.state}"


def _unwell_first(found: Sequence[Placed]) -> list[Pod]:
    return sorted((one.pod for one in found), key=lambda pod: (pod.well, pod.name))
