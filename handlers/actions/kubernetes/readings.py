"""The pods of a namespace, and the revisions of its deployments (rows AU-04, AU-32, CC-14, CC-24, PF-10)."""

from __future__ import annotations

from handlers.actions import Report
from handlers.actions.kubernetes import view_wording as wording
from handlers.actions.kubernetes.objects import Pod
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.view_vocabulary import LookParams, PodsParams, own, within
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, DeploymentTarget
from handlers.actions.kubernetes.wording import age, images
from handlers.actions.registry import reading

_LONGEST_CAUSE = 80
POD_COLUMNS = ("Ready", "State", "Restarts", "Age", "Node")


def cells(pod: Pod) -> tuple[str, ...]:
    """What stands under `POD_COLUMNS`."""
    ready = f"{pod.ready} of {pod.containers}"
    return (ready, pod.state, str(pod.restarts), age(pod.age), pod.node or "-")


@reading(
    "pods",
    kind=KIND,
    title="Every pod, or those of a deployment or label; those that are not ready first",
    params=PodsParams,
    takes=("deployment", "label", "namespace"),
    listed_in=LISTED_IN,
    needs=("list pods", "get deployments.apps"),
)
async def pods(system: KubernetesNamespace, params: PodsParams) -> Report:
    """Pods of the namespace (AU-04, CC-24, CC-36, CC-67, PF-25, PF-38)."""
    own(system.view, params, everywhere="not-running")
    found = await system.view.pods(deployment=params.deployment or "", label=params.label or "")
    listed = sorted((one.pod for one in found), key=lambda pod: (pod.well, pod.name))
    unwell = sum(not pod.well for pod in listed)
    there = wording.counted(len(listed), "pod")
    headline = f"{there}, {f'{unwell} not ready' if unwell else 'all ready'}."
    if not listed:
        headline = "There are no pods here."
    return Report(
        headline, columns=("Pod", *POD_COLUMNS), rows=tuple((pod.name, *cells(pod)) for pod in listed)
    )


@reading(
    "not-running",
    kind=KIND,
    title="Pods that are not well, in all namespaces",
    params=LookParams,
    takes=("namespace",),
    needs=("list pods everywhere",),
)
async def not_running(system: KubernetesNamespace, params: LookParams) -> Report:
    """Pods that do not run or are not ready; those that have done their work are left out (PF-10)."""
    found = [one for one in await system.view.pods(everywhere=True) if within(one.namespace, params)]
    unwell = sorted((one for one in found if not one.pod.well), key=lambda one: (one.namespace, one.pod.name))
    where = f"namespace {params.namespace}" if params.namespace else "all namespaces"
    headline = f"{len(unwell)} of {wording.counted(len(found), 'pod')} in {where} not well."
    if not unwell:
        headline = f"All {wording.counted(len(found), 'pod')} in {where} are well."
    rows = tuple((one.namespace, one.pod.name, *cells(one.pod)) for one in unwell)
    return Report(headline, columns=("Namespace", "Pod", *POD_COLUMNS), rows=rows)


@reading(
    "history",
    kind=KIND,
    title="The revisions of a deployment",
    params=DeploymentTarget,
    takes=("deployment",),
    listed_in=LISTED_IN,
    needs=("get deployments.apps", "list replicasets.apps"),
)
async def history(system: KubernetesNamespace, params: DeploymentTarget) -> Report:
    """The revisions that the cluster still knows, newest first, and so could be rolled back to."""
    now = await system.deployment(params.deployment)
    found = await system.revisions(now)
    rows = tuple(
        (
            f"{one.number} (now)" if one.number == now.revision else str(one.number),
            images(one.template.images),
            one.pod_hash,
            str(one.pods),
            age(one.age),
            one.cause[:_LONGEST_CAUSE] or "-",
        )
        for one in found
    )
    columns = ("Revision", "Image", "Hash", "Pods", "Age", "Change cause")
    return Report(f"{now.name} is at revision {now.revision}.", columns=columns, rows=rows)
