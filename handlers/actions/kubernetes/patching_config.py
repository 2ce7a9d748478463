"""`patch-config <config-map> <key>=<value>` (PF-37): one key that policy lists, to a value of its form."""

from __future__ import annotations

import hashlib
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


def _rule(system: KubernetesNamespace, params: ConfigParams) -> ConfigMapRule:
    """What policy says of this map. Raises DoNotRetry for what it does not list."""
    rule = listed(system.rules.config_maps, "config map", params.config_map)
    pattern = rule.keys.get(params.key)
    if pattern is None:
        named = w.NO_KEY.format(key=params.key, name=params.config_map, listed=", ".join(rule.keys))
        raise DoNotRetry(named, "not-listed")
    if not matches(pattern, params.value):
        values = {"key": params.key, "name": params.config_map, "value": params.value, "pattern": pattern}
        raise DoNotRetry(w.BAD_VALUE.format(**values), "bad-value")
    return rule


def _shown(value: str | None) -> str:
    """A value for card and seal: as it is, or its digest where it is long or has lines."""
    if value is None:
        return w.ABSENT
    if len(value) <= _LONGEST and value.isprintable():
        return value
    raw = value.encode()
    return w.NOT_SHOWN.format(size=len(raw), digest=hashlib.sha256(raw).hexdigest())


async def _observe(system: KubernetesNamespace, params: ConfigParams, now: ConfigMap) -> Observation:
    rule = _rule(system, params)
    if now.immutable:
        raise DoNotRetry(w.IMMUTABLE.format(name=now.name), "immutable")
    restarts = await following.to_restart(system, rule.restarts)
    before = _shown(now.data.get(params.key))
    sealed = {
        "uid": now.uid,
        "key": params.key,
        "before": before,
        "wanted": params.value,
        following.RESTARTS: restarts,
    }
    shown = ((params.key, f"{before} → {params.value}"), following.in_words(restarts))
    covered = (params.key, w.THEN)
    seen = Observation(sealed, precondition=now.resource_version, shown=shown, covered=covered)

    async def write(dry: KubernetesNamespace) -> ConfigMap:
        return await dry.config_maps.set(now, REHEARSAL, params.key, params.value)

    return await rehearsed(system, seen, write)


async def _look(system: KubernetesNamespace, params: ConfigParams) -> Observation:
    _rule(system, params)

    async def see() -> Observation:
        now = await system.config_maps.read(params.config_map)
        if now.data.get(params.key) == params.value:
            already = w.ALREADY.format(key=params.key, name=now.name, value=params.value)
            raise DoNotRetry(already, "already-so")
        return await _observe(system, params, now)

    return await look_at_rest(params.target, see)


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    params: ConfigParams = order.params
    now = await patiently(lambda: system.config_maps.read(params.config_map))
    if order.request_id in now.requests:
        restarted = await following.all_restarted(system, order)
        return None if restarted is None else _done(system, order, now, restarted)
    if now.uid != order.sealed["uid"] or _shown(now.data.get(params.key)) != order.sealed["before"]:
        raise OutcomeUnknown(w.MOVED_ON.format(name=now.name))
    return None


def _line(order: Order, now: ConfigMap) -> str:
    params: ConfigParams = order.params
    value = now.data.get(params.key)
    told = {"key": params.key, "name": now.name, "value": _shown(value)}
    if value == params.value:
        return w.CONFIG_SET.format(**told, before=order.sealed["before"])
    return w.CONFIG_SINCE.format(**told, wanted=params.value)


def _done(
    system: KubernetesNamespace, order: Order, now: ConfigMap, restarted: tuple[Deployment, ...]
) -> Verified:
    lines = (_line(order, now), *map(following.told, restarted))
    over = all(one.settled for one in restarted)
    leaves = {"uid": order.sealed["uid"], "key": order.params.key, "before": order.params.value}
    return Verified(lines=lines, way_back=_way_back(system, order), over=over, leaves=leaves)


def _way_back(system: KubernetesNamespace, order: Order) -> str:
    """The words that bring the old value back; none when policy does not let it be set again."""
    params: ConfigParams = order.params
    before: str = order.sealed["before"]
    rule = system.rules.config_maps.get(params.config_map)
    pattern = rule.keys.get(params.key) if rule else None
    if pattern is None or " " in before or not matches(pattern, before):
        return ""
    return f"patch-config {params.config_map} {params.key}={before}"


async def _watch(
    system: KubernetesNamespace, params: ConfigParams, request_id: str
) -> Sighting | Progress | None:
    return await following.watch_restarts(system, _rule(system, params).restarts, request_id)


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
    restarted = await following.restart_all(system, order, (_line(order, now),))
    return _done(system, order, now, restarted)
