"""`patch-config <config-map> <key>=<value>` (PF-37): one key that policy lists, to a value of its form."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from handlers.actions import Observation, Order, Params, Progress, Sighting, Verified
from handlers.actions.kubernetes import following
from handlers.actions.kubernetes import object_wording as w
from handlers.actions.kubernetes.config_maps_ports import ConfigMap
from handlers.actions.kubernetes.listed import listed
from handlers.actions.kubernetes.objects import REHEARSAL, Deployment
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, ObjectName
from handlers.actions.kubernetes.writing import look_at_rest, patiently, stamp
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, OutcomeUnknown
from policies.cluster import ConfigMapRule, matches

_BEFORE, _HIDDEN = "before", "hidden value"
"""Sealed fields: the value before as it is told, and the digest of one that must not be seen."""
_LONGEST = 200
"""Characters of a value that is shown and sealed as it is; of a longer one the digest is."""


def _change(text: str) -> str:
    key, equals, value = text.partition("=")
    if key and equals and value and len(text) <= 2 * _LONGEST:
        return text
    raise PydanticCustomError("change", w.NOT_A_CHANGE)


class ConfigParams(Params):
    """`change` is the key and its new value, with `=` between them."""

    config_map: ObjectName
    change: Annotated[str, AfterValidator(_change), Field(description=w.HINT_CHANGE)]

    @property
    def target(self) -> str:
        return self.config_map

    @property
    def key(self) -> str:
        return self.change.partition("=")[0]

    @property
    def value(self) -> str:
        return self.change.partition("=")[2]


async def _rule(system: KubernetesNamespace, params: ConfigParams) -> ConfigMapRule:
    """What policy says of this map. Raises DoNotRetry for what it does not list."""
    rule = listed(system.rules.config_maps, "config map", params.config_map)
    pattern = rule.keys.get(params.key)
    if pattern is None:
        named = w.NO_KEY.format(key=params.key, name=params.config_map, listed=", ".join(rule.keys))
        raise DoNotRetry(named, "not-listed")
    if not matches(pattern, params.value):
        told = await _told(system, params.key, params.value)
        values = {"key": params.key, "name": params.config_map, "value": told.text, "pattern": pattern}
        raise DoNotRetry(w.BAD_VALUE.format(**values), "bad-value")
    return rule


@dataclass(frozen=True)
class _Told:
    """A value as card and outcome tell it. `digest` stands for one that must not be seen: it is sealed, and
    shown to nobody, for a short password could be guessed from it.
    """

    text: str
    digest: str = ""

    def after(self, before: _Told) -> str:
        """Beside the value `before`, which may look alike."""
        return w.ANOTHER_VALUE.format(told=self.text) if self.text == before.text else self.text

    def sealed(self) -> dict[str, str]:
        return {_BEFORE: self.text, **({_HIDDEN: self.digest} if self.digest else {})}


async def _told(system: KubernetesNamespace, key: str, value: str | None) -> _Told:
    """As it is, or its digest where it is long or has lines; without what must not be seen."""
    if value is None:
        return _Told(w.ABSENT)
    raw = value.encode()
    digest = hashlib.sha256(raw).hexdigest()
    short = len(value) <= _LONGEST and value.isprintable()
    seen = await system.config_maps.told(key, value)
    if seen != value:
        return _Told(seen if short else w.NOT_TOLD.format(size=len(raw)), digest)
    return _Told(value if short else w.NOT_SHOWN.format(size=len(raw), digest=digest))


async def _observe(system: KubernetesNamespace, params: ConfigParams, now: ConfigMap) -> Observation:
    rule = await _rule(system, params)
    if now.immutable:
        raise DoNotRetry(w.IMMUTABLE.format(name=now.name), "immutable")
    restarts = await following.to_restart(system, rule.restarts)
    before = await _told(system, params.key, now.data.get(params.key))
    wanted = await _told(system, params.key, params.value)
    sealed = {
        "uid": now.uid,
        "key": params.key,
        **before.sealed(),
        "wanted": params.value,
        following.RESTARTS: restarts,
    }
    hidden = bool(before.digest or wanted.digest)
    shown = (
        (params.key, f"{before.text} → {wanted.after(before)}"),
        following.in_words(restarts),
        *([(w.WAY_BACK, w.NOT_IN_WORDS)] if hidden else []),
    )
    covered = (params.key, w.THEN)
    seen = Observation(sealed, precondition=now.resource_version, shown=shown, covered=covered)

    async def write(dry: KubernetesNamespace) -> ConfigMap:
        return await dry.config_maps.set(now, REHEARSAL, params.key, params.value)

    return await rehearsed(system, seen, write)


async def _look(system: KubernetesNamespace, params: ConfigParams) -> Observation:
    await _rule(system, params)

    async def see() -> Observation:
        now = await system.config_maps.read(params.config_map)
        if now.data.get(params.key) == params.value:
            told = await _told(system, params.key, params.value)
            already = w.ALREADY.format(key=params.key, name=now.name, value=told.text)
            raise DoNotRetry(already, "already-so")
        return await _observe(system, params, now)

    return await look_at_rest(params.target, see)


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    params: ConfigParams = order.params
    now = await patiently(lambda: system.config_maps.read(params.config_map))
    if order.request_id in now.requests:
        restarted = await following.all_restarted(system, order)
        return None if restarted is None else await _done(system, order, now, restarted)
    before = (await _told(system, params.key, now.data.get(params.key))).sealed()
    if now.uid != order.sealed["uid"] or any(
        order.sealed.get(field) != before.get(field) for field in (_BEFORE, _HIDDEN)
    ):
        raise OutcomeUnknown(w.MOVED_ON.format(name=now.name))
    return None


async def _line(system: KubernetesNamespace, order: Order, now: ConfigMap) -> str:
    params: ConfigParams = order.params
    value = now.data.get(params.key)
    told = await _told(system, params.key, value)
    words = {"key": params.key, "name": now.name, "value": told.text}
    if value == params.value:
        before = order.sealed[_BEFORE]
        return w.CONFIG_SET.format(**words | {"value": told.after(_Told(before))}, before=before)
    wanted = await _told(system, params.key, params.value)
    return w.CONFIG_SINCE.format(**words, wanted=wanted.text)


async def _done(
    system: KubernetesNamespace, order: Order, now: ConfigMap, restarted: tuple[Deployment, ...]
) -> Verified:
    params: ConfigParams = order.params
    lines = (await _line(system, order, now), *map(following.told, restarted))
    over = all(one.settled for one in restarted)
    left = await _told(system, params.key, params.value)
    leaves = {"uid": order.sealed["uid"], "key": params.key, _BEFORE: left.text}
    way_back = "" if left.digest or _HIDDEN in order.sealed else _way_back(system, order)
    return Verified(lines=lines, way_back=way_back, over=over, leaves=leaves)


def _way_back(system: KubernetesNamespace, order: Order) -> str:
    """The words that bring the old value back; none when policy does not let it be set again."""
    params: ConfigParams = order.params
    before: str = order.sealed[_BEFORE]
    rule = system.rules.config_maps.get(params.config_map)
    pattern = rule.keys.get(params.key) if rule else None
    if pattern is None or " " in before or not matches(pattern, before):
        return ""
    return f"patch-config {params.config_map} {params.key}={before}"


async def _watch(
    system: KubernetesNamespace, params: ConfigParams, request_id: str
) -> Sighting | Progress | None:
    rule = await _rule(system, params)
    return await following.watch_restarts(system, rule.restarts, request_id)


@action(
    "patch-config",
    kind=KIND,
    params=ConfigParams,
    look=_look,
    ask=_ask,
    sealed="config map uid, key, its value before and the wanted one, the deployments to restart",
    precondition="resourceVersion",
    stamp="annotations on the config map and on each restarted deployment",
    question="do the config map and every deployment carry the stamp, and what is the value?",
    way_back="patch-config to the value before, where policy lets it be set",
    takes=("config_map", "change"),
    timed=True,
    pairs=True,
    watch=_watch,
    needs=("get configmaps", "patch configmaps", "get deployments.apps", "patch deployments.apps"),
)
async def patch_config(system: KubernetesNamespace, order: Order) -> Verified:
    """Set one key, then restart what policy names, so that its pods read it."""
    params: ConfigParams = order.params
    now = await following.change_once(
        order,
        read=lambda: system.config_maps.read(params.config_map),
        look=lambda seen: _observe(system, params, seen),
        write=lambda seen: system.config_maps.set(seen, stamp(order), params.key, params.value),
    )
    restarted = await following.restart_all(system, order, (await _line(system, order, now),))
    return await _done(system, order, now, restarted)
