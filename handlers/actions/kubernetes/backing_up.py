"""`backup-secrets` (PF-58): the secrets that policy lists, encrypted to somebody's key."""

from __future__ import annotations

import asyncio

from handlers import texts
from handlers.actions import Observation, Order, Params, Verified
from handlers.actions.kubernetes import object_wording as w
from handlers.actions.kubernetes.backups_ports import Backup
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.vocabulary import KIND
from handlers.actions.kubernetes.writing import patiently
from handlers.actions.registry import action
from handlers.actions.sealed_fields import what_differs
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged


class BackupParams(Params):
    """Policy says which secrets."""

    @property
    def target(self) -> str:
        return w.SECRETS


async def _look(system: KubernetesNamespace, params: BackupParams) -> Observation:
    await system.backups.ready()
    names = tuple(system.rules.secrets)
    if not names:
        raise DoNotRetry(w.NO_SECRETS, "not-listed")
    found = await asyncio.gather(*(system.secrets.read(name) for name in names))
    sealed = {"secrets": {one.name: one.uid for one in found}, "recipient": system.backups.recipient}
    shown = ((w.SECRETS, ", ".join(names)), (w.OPENED_BY, system.backups.recipient))
    return Observation(sealed, shown=shown, covered=(w.SECRETS, w.OPENED_BY))


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    found = await patiently(lambda: system.backups.of_request(order.request_id))
    if found is None:
        return None
    if not found.whole:
        raise OutcomeUnknown(w.NOT_WHOLE.format(file=found.file))
    return _saved(order, found)


def _saved(order: Order, backup: Backup) -> Verified:
    names = ", ".join(order.sealed["secrets"])
    told = w.SAVED.format(names=names, file=backup.file, size=backup.size)
    return Verified(lines=(told, w.DIGEST.format(sha256=backup.sha256)), over=True)


@action(
    "backup-secrets",
    kind=KIND,
    params=BackupParams,
    look=_look,
    ask=_ask,
    sealed="names and uids of the secrets, whose key opens the file",
    precondition="each secret's uid",
    stamp="the request in the manifest of the folder",
    question="is there an entry of this request, has its file that digest?",
    way_back="none: it changes nothing in the cluster",
    needs=("get secrets",),
)
async def backup_secrets(system: KubernetesNamespace, order: Order) -> Verified:
    """Save them, once: a file that is there for this request is the one."""
    there = await _ask(system, order)
    if there is not None:
        return there
    differs = what_differs(order.sealed, (await _look(system, order.params)).sealed)
    if differs:
        raise TargetChanged(texts.CHANGED_FIELDS.format(fields=differs))
    secrets = order.sealed["secrets"]
    return _saved(order, await system.backups.take(secrets, order.request_id, order.approvers, order.at))
