"""`config-map` and `secret-keys`: what stands in the objects that policy lists (PF-28, PF-36)."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.actions import Params, Report
from handlers.actions.kubernetes import object_wording
from handlers.actions.kubernetes import view_wording as wording
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.vocabulary import KIND, ObjectName
from handlers.actions.kubernetes.wording import age
from handlers.actions.registry import reading
from handlers.errors import DoNotRetry


class ConfigMapParams(Params):
    config_map: ObjectName


class SecretParams(Params):
    secret: ObjectName


def _need_listed(name: str, what: str, listed: Iterable[str]) -> None:
    """Raises DoNotRetry (`not-listed`) for what policy does not list."""
    names = tuple(listed)
    if name not in names:
        there = ", ".join(names) or "none"
        raise DoNotRetry(object_wording.NOT_LISTED.format(name=name, what=what, listed=there), "not-listed")


@reading(
    "config-map",
    kind=KIND,
    title="A config map that policy lists, redacted",
    params=ConfigMapParams,
    takes=("config_map",),
    needs=("get configmaps",),
)
async def config_map(system: KubernetesNamespace, params: ConfigMapParams) -> Report:
    """Keys and values; what looks like a secret or a person is hidden and counted (PF-36)."""
    _need_listed(params.config_map, "config map", system.rules.config_maps)
    found = await system.view.settings(params.config_map)
    lines = [found.hidden] if found.hidden else []
    lines += [f"{key}: {size} bytes that are no text" for key, size in found.binary]
    headline = f"Config map {found.name}: {wording.counted(len(found.keys), 'key')}, {age(found.age)} old."
    return Report(headline, lines=tuple(lines), text="\n".join(found.lines))


@reading(
    "secret-keys",
    kind=KIND,
    title="The names of a secret's keys, their sizes and age; never a value",
    params=SecretParams,
    takes=("secret",),
    needs=("get secrets",),
)
async def secret_keys(system: KubernetesNamespace, params: SecretParams) -> Report:
    """Whether a key is there, how large it is and since when; the values stay in the cluster (PF-28)."""
    _need_listed(params.secret, "secret", system.rules.secrets)
    found = await system.view.secret_keys(params.secret)
    changed = "" if found.changed is None else f", last written {age(found.changed)} ago"
    there = wording.counted(len(found.keys), "key")
    headline = f"Secret {found.name} ({found.kind}): {there}, {age(found.age)} old{changed}."
    rows = tuple((key, f"{size} bytes") for key, size in found.keys)
    return Report(headline, columns=("Key", "Size"), rows=rows, lines=(wording.NO_SECRETS,))
