"""`config-map` and `secret-keys`: what stands in the objects that policy lists (PF-28, PF-36)."""

from __future__ import annotations

from handlers.actions import Params, Report
from handlers.actions.kubernetes import view_wording as wording
from handlers.actions.kubernetes.listed import listed
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.vocabulary import KIND, ObjectName
from handlers.actions.kubernetes.wording import age
from handlers.actions.registry import reading


class ConfigMapParams(Params):
    config_map: ObjectName


class SecretParams(Params):
    secret: ObjectName


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
    listed(system.rules.config_maps, "config map", params.config_map)
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
    listed(system.rules.secrets, "secret", params.secret)
    found = await system.view.secret_keys(params.secret)
    changed = "" if found.changed is None else f", last written {age(found.changed)} ago"
    there = wording.counted(len(found.keys), "key")
    headline = f"Secret {found.name} ({found.kind}): {there}, {age(found.age)} old{changed}."
    rows = tuple((key, f"{size} bytes") for key, size in found.keys)
    return Report(headline, columns=("Key", "Size"), rows=rows, lines=(wording.NO_SECRETS,))
