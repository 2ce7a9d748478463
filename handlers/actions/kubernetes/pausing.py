"""`pause-rollout <deployment>` and `resume-rollout <deployment>`: a release that goes wrong is stopped."""

from __future__ import annotations

from handlers.actions import Observation, Order, Verified
from handlers.actions.kubernetes import surroundings, wording
from handlers.actions.kubernetes.objects import REHEARSAL, Deployment
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, DeploymentTarget
from handlers.actions.kubernetes.watching import news_for, verified, watch
from handlers.actions.kubernetes.writing import Seen, look_at_rest, stamp, stamped, write_as_sealed
from handlers.actions.registry import action
from handlers.errors import DoNotRetry

_NEEDS = ("patch deployments.apps", *surroundings.NEEDS)


async def _see(system: KubernetesNamespace, params: DeploymentTarget, wanted: bool) -> Seen:
    now = await system.deployment(params.deployment)
    was, becomes = (wording.PAUSED_OR_NOT[one] for one in (now.paused, wanted))
    sealed: dict[str, object] = {"uid": now.uid, "paused": now.paused, "wanted": wanted}
    shown = [(wording.ROLLOUT, f"{was} → {becomes}")]
    covered = [wording.ROLLOUT]
    if not wanted:
        # What waited while it was paused begins to run.
        sealed["template"] = now.template.sha256
        shown.append((wording.TEMPLATE, wording.images(now.template.images)))
        covered.append(wording.TEMPLATE)
    seen = Observation(sealed, precondition=now.resource_version, shown=tuple(shown), covered=tuple(covered))

    async def write(dry: KubernetesNamespace) -> Deployment:
        return await dry.pause(now, REHEARSAL, wanted)

    return Seen(now, await rehearsed(system, seen, write))


async def _at_rest(system: KubernetesNamespace, params: DeploymentTarget, wanted: bool) -> Seen:
    seen = await look_at_rest(params.target, lambda: _see(system, params, wanted))
    if seen.deployment.paused == wanted:
        already = wording.PAUSED_ALREADY if wanted else wording.NOT_PAUSED
        raise DoNotRetry(already.format(name=params.deployment), "already-so")
    return seen


async def _asked(system: KubernetesNamespace, order: Order) -> Verified | None:
    wanted = order.sealed["wanted"]
    now = await stamped(system, order, looks_done=lambda it: it.paused == wanted)
    return _told(now, order) if now else None


def _told(now: Deployment, order: Order) -> Verified:
    wanted, name = order.sealed["wanted"], now.name
    if now.paused != wanted:
        line = wording.PAUSED_SINCE.format(name=name, now=wording.PAUSED_OR_NOT[now.paused])
    else:
        line = (wording.IS_PAUSED if wanted else wording.IS_RESUMED).format(name=name)
    lines = (f"{line} {wording.progress(now) if now.rollout.seen else wording.ready(now)}",)
    way_back = f"{'resume' if wanted else 'pause'}-rollout {name}"
    leaves = {"uid": order.sealed["uid"], "paused": wanted}
    done = verified(now, lines, way_back, leaves)
    # A paused rollout goes nowhere, so there is nothing to wait for.
    return done.model_copy(update={"over": True}) if now.paused else done


async def _write(system: KubernetesNamespace, order: Order, wanted: bool) -> Deployment:
    async def write(seen: Seen) -> Deployment:
        return await system.pause(seen.deployment, stamp(order), wanted)

    return await write_as_sealed(order, lambda: _see(system, order.params, wanted), write)


async def _to_pause(system: KubernetesNamespace, params: DeploymentTarget) -> Seen:
    return await _at_rest(system, params, True)


async def _to_resume(system: KubernetesNamespace, params: DeploymentTarget) -> Seen:
    return await _at_rest(system, params, False)


@action(
    "pause-rollout",
    kind=KIND,
    params=DeploymentTarget,
    look=surroundings.look(_to_pause),
    again=surroundings.again(_to_pause),
    ask=_asked,
    sealed="deployment uid, that it is not paused",
    precondition="resourceVersion",
    stamp="annotation on the deployment",
    question="does the deployment carry the stamp, and is it paused?",
    way_back="resume-rollout",
    takes=("deployment",),
    timed=True,
    listed_in=LISTED_IN,
    needs=_NEEDS,
)
async def pause_rollout(system: KubernetesNamespace, order: Order) -> Verified:
    """Stop a rollout where it is, as `kubectl rollout pause` does."""
    return _told(await _write(system, order, True), order)


@action(
    "resume-rollout",
    kind=KIND,
    params=DeploymentTarget,
    look=surroundings.look(_to_resume),
    again=surroundings.again(_to_resume),
    ask=_asked,
    sealed="deployment uid, that it is paused, template digest",
    precondition="resourceVersion",
    stamp="annotation on the deployment",
    question="does the deployment carry the stamp, and is it paused?",
    way_back="pause-rollout",
    takes=("deployment",),
    watch=watch,
    listed_in=LISTED_IN,
    needs=_NEEDS,
)
async def resume_rollout(system: KubernetesNamespace, order: Order) -> Verified:
    """Let a rollout go on, as `kubectl rollout resume` does, and tell how far the pods have come."""
    written = await _write(system, order, False)
    return _told(await system.settling(written, news_for(system, order)), order)
