"""`rollback <deployment> [to <revision>]` (rows AU-09, AU-32, CC-27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.actions import Observation, Order, Verified
from handlers.actions.kubernetes import surroundings, wording
from handlers.actions.kubernetes.objects import REHEARSAL, Deployment, Revision
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, RollbackParams
from handlers.actions.kubernetes.watching import news_for, verified, watch
from handlers.actions.kubernetes.writing import Seen, look_at_rest, stamp, stamped, write_as_sealed
from handlers.actions.registry import action
from handlers.errors import DoNotRetry


@dataclass(frozen=True)
class _Seen(Seen):
    to: Revision


async def _see(system: KubernetesNamespace, params: RollbackParams) -> _Seen:
    now = await system.deployment(params.deployment)
    if now.paused:
        raise DoNotRetry(wording.PAUSED.format(name=now.name), "paused")
    to = _meant(now, await system.revisions(now), params.revision)
    shown = (
        (wording.FROM, f"revision {now.revision}, {wording.images(now.template.images)}"),
        (wording.TO, f"revision {to.number} ({to.pod_hash}), {wording.images(to.template.images)}"),
        ("Made", f"{wording.age(to.age)} ago{f': {to.cause}' if to.cause else ''}"),
    )
    sealed = {
        "uid": now.uid,
        "from_revision": now.revision,
        "from_template": now.template.sha256,
        "to_revision": to.number,
        "to_template": to.template.sha256,
    }
    covered = (wording.FROM, wording.TO)
    seen = Observation(sealed, precondition=now.resource_version, shown=shown, covered=covered)

    async def write(dry: KubernetesNamespace) -> Deployment:
        return await dry.roll_back(now, REHEARSAL, to)

    # What would be put back ran here before; a template too long for a card must not keep an outage going.
    return _Seen(now, await rehearsed(system, seen, write, whole=False), to)


def _meant(now: Deployment, known: Sequence[Revision], number: int | None) -> Revision:
    """The revision that was named, or the newest of those before the present one."""
    if number is None:
        earlier = [one for one in known if one.number < now.revision]
        if not earlier:
            raise DoNotRetry(wording.NO_EARLIER.format(name=now.name), "no-earlier-revision")
        to = max(earlier, key=lambda one: one.number)
    else:
        named = [one for one in known if one.number == number]
        if not named:
            there = ", ".join(str(one.number) for one in known) or "none"
            raise DoNotRetry(
                wording.NO_SUCH_REVISION.format(name=now.name, wanted=number, known=there), "no-such-revision"
            )
        (to,) = named
    if to.template.sha256 == now.template.sha256:
        raise DoNotRetry(wording.SAME_TEMPLATE.format(name=now.name, number=to.number), "already-so")
    return to


async def _at_rest(system: KubernetesNamespace, params: RollbackParams) -> Seen:
    return await look_at_rest(params.target, lambda: _see(system, params))


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    now = await stamped(
        system, order, looks_done=lambda it: it.template.sha256 != order.sealed["from_template"]
    )
    return _rolled_back(now, order) if now else None


def _rolled_back(now: Deployment, order: Order) -> Verified:
    to, back = order.sealed["to_revision"], order.sealed["from_revision"]
    if now.template.sha256 == order.sealed["to_template"]:
        runs = f"{now.name} has the pod template of revision {to} ({wording.images(now.template.images)}),"
        if now.revision not in (to, back):
            runs += f" now as revision {now.revision},"
        line = f"{runs} {wording.progress(now)}"
    else:
        line = (
            f"{now.name} was put back to revision {to} and has another template now, revision"
            f" {now.revision}: something else has changed it since; {wording.progress(now)}"
        )
    leaves = {"uid": order.sealed["uid"], "from_template": order.sealed["to_template"]}
    return verified(now, (line,), f"rollback {now.name} to {back}", leaves)


@action(
    "rollback",
    kind=KIND,
    params=RollbackParams,
    look=surroundings.look(_at_rest),
    again=surroundings.again(_at_rest),
    ask=_ask,
    sealed="deployment uid, from and to revision, both templates' digests",
    precondition="resourceVersion",
    stamp="annotation on the deployment",
    question="does the deployment carry the stamp, and which template does it have?",
    way_back="rollback to the former revision",
    takes=("deployment", "revision"),
    fillers=("to",),
    watch=watch,
    listed_in=LISTED_IN,
    needs=("patch deployments.apps", *surroundings.NEEDS),
)
async def rollback(system: KubernetesNamespace, order: Order) -> Verified:
    """Put an earlier pod template back, as `kubectl rollout undo` does."""
    params: RollbackParams = order.params

    async def write(seen: _Seen) -> Deployment:
        return await system.roll_back(seen.deployment, stamp(order), seen.to)

    written = await write_as_sealed(order, lambda: _see(system, params), write)
    return _rolled_back(await system.settling(written, news_for(system, order)), order)
