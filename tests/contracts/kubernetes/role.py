"""What the bot's account is given on the ground of the contract: what `manifest --rbac` writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.catalog import catalog
from bot.notify.kinds import outside
from bot.systems.kubernetes.access import SETTINGS, Account, Granted, documents, granted
from bot.systems.kubernetes.permissions import Permission
from handlers.actions.kubernetes import KIND
from handlers.actions.registry import REGISTRY
from policies.loading import load
from policies.schema import PolicyBook
from tests.unit.policies.folder import shipped

NOBODY_ASKS: Mapping[str, frozenset[Permission]] = {}
READS = frozenset({"get", "list", "watch"})
SYSTEM = "team"
_POLICY = """\
system: team
kinds: [kubernetes]
title: A team that may do everything
channel: "#ops-alerts"
settings: {settings}
read: {{roles: [o1], what: [{readings}]}}
actions:
{actions}
{cluster}
"""
_CLUSTER = (Path(__file__).parent / "cluster.yaml").read_text()
"""What the policies of the contract list of a namespace beside its deployments."""
_MANIFESTS = Path(__file__).parent / "manifests"
_ACTION = "  {name}: {{title: {name}, request: [o2], approve: {{roles: [o3]}}, timeout: 45s}}\n"


def every_grant(**settings: str) -> PolicyBook:
    """Policies that grant every action and reading of a namespace; `settings` are those of the system."""
    actions = sorted(action.name for action in REGISTRY if action.kind == KIND)
    text = _POLICY.format(
        settings=f"{{{', '.join(f'{key}: {value!r}' for key, value in settings.items())}}}",
        readings=", ".join(sorted(one.name for one in REGISTRY.readings if one.kind == KIND)),
        actions="".join(_ACTION.format(name=name) for name in actions),
        cluster=_CLUSTER,
    )
    folder = {file: told for file, told in shipped().items() if not file.startswith("systems/")}
    manifests = {f"manifests/{SYSTEM}/{path.name}": path.read_text() for path in _MANIFESTS.glob("*.yaml")}
    return load(folder | manifests | {f"systems/{SYSTEM}.yaml": text}, catalog(), outside())


def everything(**settings: str) -> Granted:
    """What all of them together need in a namespace."""
    book = every_grant(**settings)
    return granted(book, SYSTEM, {key: settings[key] for key in SETTINGS if key in settings})


def written(
    account: Account,
    permissions: Iterable[Permission],
    asking: Mapping[str, frozenset[Permission]] = NOBODY_ASKS,
) -> tuple[dict[str, Any], ...]:
    """The objects that give an account just these, and those of each role what `asking` says."""
    given = Granted(SYSTEM, account.namespace, (), frozenset(permissions), asking)
    return tuple(documents(account, [given]))
