"""Gates that ask what the folders of evidence and backups hold: judged from their manifests (PF-51, PF-58).

Without the gate in policy nothing is judged. A folder that is not there keeps nothing.
"""

from __future__ import annotations

from handlers.actions import Criterion
from handlers.actions.kubernetes import gate_wording as wording
from handlers.actions.kubernetes.logs_ports import LogsOf
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.secrets_ports import Secret
from handlers.errors import DoNotRetry
from policies.fields import format_duration

BACKED_UP, EVIDENCE_KEPT = "backed-up", "evidence-kept"
Judged = tuple[tuple[Criterion, ...], tuple[tuple[str, str], ...]]
"""The criterion, and the fact that says why; neither where policy has no such gate."""


async def backed_up(system: KubernetesNamespace, action: str, secret: Secret) -> Judged:
    """Whether the secret as it stands now is in a backup that is whole and recent (PF-58)."""
    within = system.within(action, BACKED_UP)
    if within is None:
        return (), ()
    ago = format_duration(within)
    try:
        found = await system.backups.of_version(secret.uid, secret.resource_version, within)
        told = wording.BACKED_UP.format(file=found.file) if found else wording.NOT_BACKED_UP.format(ago=ago)
    except DoNotRetry as no:
        found, told = None, str(no)
    criterion = Criterion(name=BACKED_UP, text=wording.IS_BACKED_UP.format(ago=ago), met=found is not None)
    return (criterion,), ((wording.BACKUP, told),)


async def evidence_kept(system: KubernetesNamespace, action: str, deployment: str) -> Judged:
    """Whether the logs of every container that would go are in evidence that is whole and recent (PF-51)."""
    within = system.within(action, EVIDENCE_KEPT)
    if within is None:
        return (), ()
    ago = format_duration(within)
    try:
        going = await system.logs.containers(LogsOf(name=deployment))
        left = sorted({*going} - await system.evidence.kept(going, within))
        told = (
            wording.LEFT.format(names=", ".join(left), name=deployment)
            if left
            else wording.KEPT.format(ago=ago)
        )
        met = not left
    except DoNotRetry as no:
        met, told = no.code == NO_PODS, str(no)
    criterion = Criterion(name=EVIDENCE_KEPT, text=wording.IS_KEPT.format(ago=ago), met=met)
    return (criterion,), ((wording.EVIDENCE, told),)


NO_PODS = "no-pods"
"""What a look at the logs of a deployment without pods is refused with: there is nothing to lose."""
