"""What can be seen of a namespace without changing it (rows AU-04, AU-32, CC-14, CC-24, PF-10)."""

from __future__ import annotations

from handlers.actions import Report, reading
from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, DeploymentTarget, NamespaceParams

_LONGEST_CAUSE = 80


@reading(
    "pods",
    kind=KIND,
    title="Every pod, those that are not ready first",
    params=NamespaceParams,
    needs=("list pods",),
)
async def pods(system: KubernetesNamespace, params: NamespaceParams) -> Report:
    """Every pod of the namespace."""
    found = sorted(await system.pods(), key=lambda pod: (pod.well, pod.name))
    unwell = sum(not pod.well for pod in found)
    pods_there = f"{len(found)} pod{'' if len(found) == 1 else 's'}"
    headline = f"{pods_there}, {f'{unwell} not ready' if unwell else 'all ready'}."
    if not found:
        headline = "There are no pods here."
    rows = tuple(
        (
            pod.name,
            f"{pod.ready} of {pod.containers}",
            pod.state,
            str(pod.restarts),
            wording.age(pod.age),
            pod.node or "-",
        )
        for pod in found
    )
    return Report(headline, columns=("Pod", "Ready", "State", "Restarts", "Age", "Node"), rows=rows)


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
            wording.images(one.template.images),
            one.pod_hash,
            str(one.pods),
            wording.age(one.age),
            one.cause[:_LONGEST_CAUSE] or "-",
        )
        for one in found
    )
    columns = ("Revision", "Image", "Hash", "Pods", "Age", "Change cause")
    return Report(f"{now.name} is at revision {now.revision}.", columns=columns, rows=rows)
