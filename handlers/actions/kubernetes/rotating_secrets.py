"""`rotate-secret <secret> <key>` (rows AU-43, PF-60): a new value, made on the spot and shown to nobody.

A Secret has no status, so nothing but a write moves its resourceVersion: it is sealed, where a digest of a
value would let whoever reads the record guess weak values.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from handlers.actions import Observation, Order, Params, Progress, Sighting, Verified
from handlers.actions.kubernetes import following
from handlers.actions.kubernetes import object_wording as w
from handlers.actions.kubernetes.gates import BACKED_UP, backed_up
from handlers.actions.kubernetes.listed import listed
from handlers.actions.kubernetes.objects import REHEARSAL, Deployment
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.secrets_ports import Secret
from handlers.actions.kubernetes.vocabulary import KIND, ObjectName
from handlers.actions.kubernetes.writing import look_at_rest, patiently, stamp
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, OutcomeUnknown
from policies.cluster import MadeValue, SecretRule, matches

_KEY = r"[-._a-zA-Z0-9]{1,253}"
_OPAQUE = "Opaque"


def _key(text: str) -> str:
    if matches(_KEY, text):
        return text
    raise PydanticCustomError("key", w.NOT_A_KEY)


class RotateParams(Params):
    secret: ObjectName
    key: Annotated[str, AfterValidator(_key), Field(description=w.HINT_KEY)]

    @property
    def target(self) -> str:
        return self.secret


def _rule(system: KubernetesNamespace, params: RotateParams) -> tuple[SecretRule, MadeValue]:
    """What policy says of this key. Raises DoNotRetry for what it does not list."""
    rule = listed(system.rules.secrets, "secret", params.secret)
    made = rule.keys.get(params.key)
    if made is None:
        there = ", ".join(rule.keys) or "none"
        raise DoNotRetry(w.NO_KEY.format(key=params.key, name=params.secret, listed=there), "not-listed")
    return rule, made


async def _observe(system: KubernetesNamespace, params: RotateParams, now: Secret) -> Observation:
    rule, made = _rule(system, params)
    if now.immutable:
        raise DoNotRetry(w.IMMUTABLE.format(name=now.name), "immutable")
    if now.type != _OPAQUE:
        raise DoNotRetry(w.OF_A_KIND.format(name=now.name, type=now.type), "typed")
    restarts = await following.to_restart(system, rule.restarts)
    others = [key for key in now.keys if key != params.key]
    sealed = {
        "uid": now.uid,
        "version": now.resource_version,
        "key": params.key,
        "others": others,
        following.RESTARTS: restarts,
    }
    value = w.NEW_VALUE.format(what=made.in_words)
    shown = (
        (params.key, value if params.key in now.keys else f"{value}; {w.KEY_ABSENT}"),
        (w.OTHERS, w.UNTOUCHED.format(count=len(others))),
        following.in_words(restarts),
        (w.WAY_BACK, w.NO_WAY_BACK),
    )
    covered = (params.key, w.OTHERS, w.THEN)
    seen = Observation(sealed, precondition=now.resource_version, shown=shown, covered=covered)

    async def write(dry: KubernetesNamespace) -> Secret:
        return await dry.secrets.rotate(now, REHEARSAL, params.key, made)

    return await rehearsed(system, seen, write)


async def _look(system: KubernetesNamespace, params: RotateParams) -> Observation:
    _rule(system, params)

    async def see() -> Observation:
        now = await system.secrets.read(params.secret)
        seen = await _observe(system, params, now)
        criteria, why = await backed_up(system, "rotate-secret", now)
        return replace(seen, criteria=criteria, shown=(*seen.shown, *why))

    return await look_at_rest(params.target, see)


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    params: RotateParams = order.params
    now = await patiently(lambda: system.secrets.read(params.secret))
    if order.request_id in now.requests:
        restarted = await following.all_restarted(system, order)
        return None if restarted is None else _done(order, now, restarted)
    if (now.uid, now.resource_version) != (order.sealed["uid"], order.sealed["version"]):
        raise OutcomeUnknown(w.MOVED_ON.format(name=now.name))
    return None


def _line(order: Order, now: Secret) -> str:
    return w.ROTATED.format(key=order.params.key, name=now.name)


def _done(order: Order, now: Secret, restarted: tuple[Deployment, ...]) -> Verified:
    lines = (_line(order, now), *map(following.told, restarted))
    return Verified(lines=lines, over=all(one.settled for one in restarted))


async def _watch(
    system: KubernetesNamespace, params: RotateParams, request_id: str
) -> Sighting | Progress | None:
    return await following.watch_restarts(system, _rule(system, params)[0].restarts, request_id)


@action(
    "rotate-secret",
    kind=KIND,
    params=RotateParams,
    look=_look,
    ask=_ask,
    sealed="secret uid and resourceVersion, key, the names of the other keys, the deployments to restart",
    precondition="resourceVersion",
    stamp="annotations on the secret and on each restarted deployment",
    question="do the secret and every deployment carry the stamp?",
    way_back="none: the old value is gone, except in a backup",
    takes=("secret", "key"),
    watch=_watch,
    recent_gates=(BACKED_UP,),
    needs=("get secrets", "patch secrets", "get deployments.apps", "patch deployments.apps"),
)
async def rotate_secret(system: KubernetesNamespace, order: Order) -> Verified:
    """Make one key anew, then restart what policy names, so that its pods read it."""
    params: RotateParams = order.params
    made = _rule(system, params)[1]
    now = await following.change_once(
        order,
        read=lambda: system.secrets.read(params.secret),
        look=lambda seen: _observe(system, params, seen),
        write=lambda seen: system.secrets.rotate(seen, stamp(order), params.key, made),
    )
    restarted = await following.restart_all(system, order, (_line(order, now),))
    return _done(order, now, restarted)
