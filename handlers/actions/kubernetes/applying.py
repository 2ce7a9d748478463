"""`apply <manifest>` and `unapply <manifest>`: named manifests of the policy folder (PF-29, PF-50, PF-56).

The text is part of the rules and under the seal, so nobody approves another one than they saw.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from handlers import texts
from handlers.actions import Observation, Order, Params, Verified
from handlers.actions.kubernetes import following, wording
from handlers.actions.kubernetes import object_wording as w
from handlers.actions.kubernetes.listed import listed
from handlers.actions.kubernetes.manifests_ports import OWN, Applied
from handlers.actions.kubernetes.objects import REHEARSAL
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, listed_name
from handlers.actions.kubernetes.writing import TRIES, look_at_rest, patiently, pause_before, stamp
from handlers.actions.registry import action
from handlers.actions.sealed_fields import what_differs
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from policies.cluster import MANIFEST_KINDS, ManifestRule
from policies.digests import digest

_RESOURCES = tuple(resource for _, resource in MANIFEST_KINDS.values())


class ManifestParams(Params):
    manifest: Annotated[str, AfterValidator(listed_name), Field(description=w.HINT_MANIFEST)]

    @property
    def target(self) -> str:
        return self.manifest


def _rule(system: KubernetesNamespace, params: ManifestParams) -> ManifestRule:
    return listed(system.rules.manifests, "manifest", params.manifest)


def _sealed(rule: ManifestRule, now: Applied) -> dict[str, object]:
    return {"kind": rule.kind, "name": rule.name, "uid": now.uid, "manifest": digest(rule.body)}


def _what(rule: ManifestRule) -> tuple[str, str]:
    return w.MANIFEST, f"{rule.title or rule.kind} ({rule.kind} {rule.name})"


# -- apply


async def _observe(system: KubernetesNamespace, rule: ManifestRule, now: Applied) -> Observation:
    known = now.applied is not None or OWN not in now.managers
    back = w.TAKEN_AWAY if not now.there else w.PUT_BACK if known else w.NOT_PUT_BACK
    shown = (_what(rule), (w.NOW, w.THERE if now.there else w.ABSENT), (w.WAY_BACK, back))
    covered = (w.MANIFEST, w.NOW)
    sealed = {"namespace": system.place, **_sealed(rule, now)}
    seen = Observation(sealed, precondition=now.resource_version, shown=shown, covered=covered)

    async def write(dry: KubernetesNamespace) -> Applied:
        return await dry.manifests.apply(now, REHEARSAL, rule)

    return await rehearsed(system, seen, write)


async def _look(system: KubernetesNamespace, params: ManifestParams) -> Observation:
    rule = _rule(system, params)

    async def see() -> Observation:
        return await _observe(system, rule, await system.manifests.read(rule))

    return await look_at_rest(params.target, see)


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    rule = _rule(system, order.params)
    now = await patiently(lambda: system.manifests.read(rule))
    if order.request_id in now.requests:
        return _applied(order, rule, now)
    observed = await _observe(system, rule, now)
    if what_differs(order.sealed, observed.sealed):
        raise OutcomeUnknown(w.MOVED_ON.format(name=rule.name))
    return None


def _applied(order: Order, rule: ManifestRule, now: Applied) -> Verified:
    made = not order.sealed["uid"]
    told = w.MADE if made else w.CHANGED
    lines = [told.format(kind=rule.kind, name=rule.name)]
    others = [one for one in now.managers if one != OWN]
    if others:
        lines.append(w.OTHERS_TOO.format(name=rule.name, managers=", ".join(others)))
    back = not others if made else now.before is not None
    leaves = {"uid": now.uid, _BEFORE: _digest_of(now.before)}
    way_back = f"unapply {order.params.manifest}" if back else ""
    return Verified(lines=tuple(lines), way_back=way_back, over=True, leaves=leaves if back else {})


_BEFORE = "before"
"""The sealed field: a digest of what the bot said of the object before, empty when it takes it away."""


def _digest_of(before: Mapping[str, Any] | None) -> str:
    return "" if before is None else digest(dict(before))


@action(
    "apply",
    kind=KIND,
    params=ManifestParams,
    look=_look,
    ask=_ask,
    sealed="namespace, kind, name and uid, the manifest's digest, what the server says would change",
    precondition="uid and resourceVersion of an object that is there; no other manager of a field",
    stamp="annotations on the object",
    question="does the object carry the stamp?",
    way_back="unapply: what it made goes, what was there says again what it said",
    takes=("manifest",),
    timed=True,
    needs=tuple(f"{verb} {resource}" for resource in _RESOURCES for verb in ("get", "create", "patch")),
)
async def apply(system: KubernetesNamespace, order: Order) -> Verified:
    """Apply the manifest on the server's side, without taking a field from anybody."""
    rule = _rule(system, order.params)
    now = await following.change_once(
        order,
        read=lambda: system.manifests.read(rule),
        look=lambda seen: _observe(system, rule, seen),
        write=lambda seen: system.manifests.apply(seen, stamp(order), rule),
    )
    return _applied(order, rule, now)


# -- unapply


async def _observe_own(system: KubernetesNamespace, rule: ManifestRule, now: Applied) -> Observation:
    """Only what the bot made itself may be taken away, and what it changed be put back. Raises DoNotRetry for
    everything else."""
    if not now.there:
        raise DoNotRetry(w.GONE_ALREADY.format(kind=rule.kind, name=rule.name), "already-so")
    if now.before is not None:
        return await _observe_before(system, rule, now)
    others = [one for one in now.managers if one != OWN]
    if others or not now.requests:
        whose = ", ".join(others) or w.NOBODY_KNOWN
        raise DoNotRetry(w.NOT_OURS.format(kind=rule.kind, name=rule.name, managers=whose), "not-ours")
    seen = _own(rule, now, w.GOES)
    return await rehearsed(system, seen, lambda dry: dry.manifests.delete(now, rule))


def _own(rule: ManifestRule, now: Applied, then: str) -> Observation:
    by = w.THERE_BY.format(request=next(iter(now.requests), w.NOBODY_KNOWN))
    sealed = {**_sealed(rule, now), _BEFORE: _digest_of(now.before)}
    shown, covered = (_what(rule), (w.NOW, by), (w.THEN, then)), (w.MANIFEST, w.NOW, w.THEN)
    return Observation(sealed, precondition=now.resource_version, shown=shown, covered=covered)


async def _observe_before(system: KubernetesNamespace, rule: ManifestRule, now: Applied) -> Observation:
    """What it would say again. Of a secret no value is among it: no manifest holds one."""

    async def write(dry: KubernetesNamespace) -> Applied:
        return await dry.manifests.put_back(now, REHEARSAL, rule)

    return await rehearsed(system, _own(rule, now, w.SAYS_AGAIN), write)


async def _look_own(system: KubernetesNamespace, params: ManifestParams) -> Observation:
    rule = _rule(system, params)

    async def see() -> Observation:
        return await _observe_own(system, rule, await system.manifests.read(rule))

    return await look_at_rest(params.target, see)


async def _ask_gone(system: KubernetesNamespace, order: Order) -> Verified | None:
    rule = _rule(system, order.params)
    now = await patiently(lambda: system.manifests.read(rule))
    if now.uid != order.sealed["uid"]:
        return _gone(order, rule, now)
    if not order.sealed.get(_BEFORE):
        return None
    if order.request_id in now.requests:
        return _put_back(order, rule)
    if _digest_of(now.before) != order.sealed[_BEFORE]:
        raise OutcomeUnknown(w.MOVED_ON.format(name=rule.name))
    return None


def _put_back(order: Order, rule: ManifestRule) -> Verified:
    line = w.PUT_BACK_DONE.format(kind=rule.kind, name=rule.name)
    return Verified(lines=(line,), way_back=f"apply {order.params.manifest}", over=True)


def _gone(order: Order, rule: ManifestRule, now: Applied) -> Verified:
    told = w.GONE_AND_ANOTHER if now.there else w.GONE
    line = told.format(kind=rule.kind, name=rule.name)
    return Verified(lines=(line,), way_back="" if now.there else f"apply {order.params.manifest}", over=True)


@action(
    "unapply",
    kind=KIND,
    params=ManifestParams,
    look=_look_own,
    ask=_ask_gone,
    sealed="kind, name and uid of the object, the manifest's digest, what it said before, what would change",
    precondition="uid and resourceVersion; what goes has no other manager of its fields",
    stamp="annotations on what is put back; what is gone carries nothing, and its uid never comes back",
    question="is the object of this uid still there, and does it carry the stamp?",
    way_back="apply the manifest",
    takes=("manifest",),
    needs=tuple(f"{verb} {resource}" for resource in _RESOURCES for verb in ("get", "delete", "patch")),
    tells_whose=False,
)
async def unapply(system: KubernetesNamespace, order: Order) -> Verified:
    """Take away what the manifest made, when nobody else has written to it; put back what it changed."""
    rule = _rule(system, order.params)
    if order.sealed.get(_BEFORE):
        await following.change_once(
            order,
            read=lambda: system.manifests.read(rule),
            look=lambda seen: _observe_own(system, rule, seen),
            write=lambda seen: system.manifests.put_back(seen, stamp(order), rule),
        )
        return _put_back(order, rule)
    return _gone(order, rule, await _take_away(system, order, rule))


async def _take_away(system: KubernetesNamespace, order: Order, rule: ManifestRule) -> Applied:
    """What stands there once the sealed object is gone. A lost answer is looked for: uids never come back."""
    sent = False
    for tried in range(TRIES):
        await pause_before(tried)
        try:
            now = await patiently(lambda: system.manifests.read(rule))
            if sent and now.uid != order.sealed["uid"]:
                return now
            observed = await _observe_own(system, rule, now)
        except TargetChanged:
            continue
        except TryAgainLater as away:
            raise (OutcomeUnknown(str(away)) if sent else DoNotRetry(str(away), "away")) from away
        differs = what_differs(order.sealed, observed.sealed)
        if differs:
            raise TargetChanged(texts.CHANGED_FIELDS.format(fields=differs))
        sent = True
        with contextlib.suppress(TargetChanged, OutcomeUnknown):
            await system.manifests.delete(now, rule)
    raise OutcomeUnknown(wording.RESTLESS.format(name=rule.name))
