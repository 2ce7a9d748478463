"""From the texts of a policy folder to a `PolicyBook`, or every fault that they have."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeGuard, TypeVar

from pydantic import ValidationError

from policies.alert_rules import DEFAULT_ALERT
from policies.catalog import Catalog
from policies.checks import (
    check_readings,
    check_roles,
    check_severities,
    check_system,
    is_reference,
    known_names,
)
from policies.cluster_checks import MANIFEST, check_cluster, with_manifests
from policies.complaints import complaints
from policies.faults import Fault, PolicyFaults, closest
from policies.fields import Rules
from policies.on_call import OnCallFile, Outside
from policies.on_call_checks import check_on_call
from policies.route_checks import check_routes, route_names
from policies.schema import PolicyBook, RolesFile, SeveritiesFile
from policies.signal_checks import check_apart, check_signals, check_watchdog
from policies.silence_checks import check_silences
from policies.source import Source, places, read_source
from policies.systems import System

ROLES = "roles.yaml"
SEVERITIES = "severities.yaml"
ON_CALL = "on_call.yaml"
_SYSTEM = re.compile(r"systems/[^/]+\.yaml")

_Model = TypeVar("_Model", bound=Rules)


def load(files: Mapping[str, str | bytes], catalog: Catalog, outside: Outside) -> PolicyBook:
    """Make the book from texts keyed by their path in the folder (`systems/credit-monitoring.yaml`).

    `catalog` and `outside` are what the code can do.

    Raises PolicyFaults with every fault found. Texts may be bytes, so that a wrong encoding is one of them.
    """
    sources = {file: read_source(file, content) for file, content in files.items() if _belongs(file)}
    faults = [_stranger(file) for file in files if not _belongs(file)]
    faults += _absent(sources)
    context = _context(sources, catalog)
    roles = _model(sources.get(ROLES), RolesFile, context)
    severities = _model(sources.get(SEVERITIES), SeveritiesFile, context)
    duties = _model(sources.get(ON_CALL), OnCallFile, context) or OnCallFile()
    if ON_CALL in sources:
        sources[ON_CALL].faults += check_on_call(sources[ON_CALL], duties, outside)
    systems: dict[str, System] = {}
    manifests = {file: source for file, source in sources.items() if MANIFEST.fullmatch(file)}
    for file in sorted(sources):
        if not _SYSTEM.fullmatch(file):
            continue
        source = sources[file]
        system = _model(source, System, context | _kinds_context(source, catalog))
        if system:
            source.faults += check_system(source, system, severities, catalog)
            source.faults += check_readings(source, system, roles) if roles else ()
            source.faults += check_routes(source, system, catalog)
            source.faults += check_cluster(source, system, catalog)
            source.faults += check_signals(source, system, severities, catalog)
            source.faults += check_silences(source, system, catalog)
            systems[system.system] = with_manifests(source, system, manifests)
    for fault in (*check_apart(sources, systems), *check_watchdog(sources, systems)):
        sources[fault.file].faults.append(fault)
    if roles:
        sources[ROLES].faults += check_roles(sources[ROLES], roles)
    if severities:
        sources[SEVERITIES].faults += check_severities(sources[SEVERITIES], severities)
    faults += (_unlisted(file) for file in manifests if not _listed(file, systems, sources))
    faults += (fault for source in sources.values() for fault in source.faults)
    if faults or roles is None or severities is None:
        raise PolicyFaults(faults)
    return PolicyBook(
        workspace=roles.workspace,
        enterprise=roles.enterprise,
        announce=roles.announce,
        fallback=roles.fallback,
        command_prefix=roles.command_prefix,
        lockdown=roles.lockdown,
        roles=roles.roles,
        hours=severities.hours,
        severities=severities.severities,
        storms=severities.storms,
        schedules=duties.schedules,
        notifiers=duties.notifiers,
        systems=systems,
        places=places(sources),
    )


def resolve_settings(
    book: PolicyBook,
    system: str,
    env: Mapping[str, str],
    read_file: Callable[[str], str],
    only: Collection[str] | None = None,
) -> dict[str, str]:
    """The settings of a system with `${NAME}` and `file:/path` replaced by what they stand for.

    `NAME_FILE` may name a file instead of `NAME`, as for every variable of the bot. `only` leaves out the
    others, and what is wrong with them.

    Raises PolicyFaults with the place of every reference that is unset, empty or cannot be read. No fault
    holds a value. `read_file` gets an absolute path and may raise OSError or UnicodeDecodeError.
    """
    settings = {
        name: value
        for name, value in book.systems[system].settings.items()
        if only is None or name in only
    }  # fmt: skip
    return resolve_references(book, f"systems/{system}.yaml", "settings", settings, env, read_file)


def resolve_references(
    book: PolicyBook,
    file: str,
    key: str,
    settings: Mapping[str, str],
    env: Mapping[str, str],
    read_file: Callable[[str], str],
) -> dict[str, str]:
    """Settings that stand under a dotted key of a file, with what their references stand for.

    Raises PolicyFaults like `resolve_settings`.
    """
    resolved: dict[str, str] = {}
    faults: list[Fault] = []
    for name, value in settings.items():
        resolved[name], why = _resolve(value, env, read_file)
        if why:
            faults.append(Fault(file, book.line(file, f"{key}.{name}"), f"{key}.{name}", why))
    if faults:
        raise PolicyFaults(faults)
    return resolved


def _resolve(value: str, env: Mapping[str, str], read_file: Callable[[str], str]) -> tuple[str, str]:
    """The value and, when there is none, why."""
    if not is_reference(value):
        return value, ""
    if not value.startswith("${"):
        path = value.removeprefix("file:")
        return _read(path, f"the file {path}", read_file)
    name = value[2:-1]
    found, path = env.get(name, "").strip(), env.get(f"{name}_FILE", "").strip()
    if found and path:
        return "", f"{name} and {name}_FILE are both set; keep one and start again"
    if path:
        # Not what it holds: that is the secret itself, where somebody mistook the one variable for the other.
        return _read(path, f"the file that {name}_FILE names", read_file)
    return found, "" if found else f"the environment variable {name} is not set; set it and start again"


def _read(path: str, told: str, read_file: Callable[[str], str]) -> tuple[str, str]:
    """What a file, `told` so, holds and, when it cannot be had, why."""
    try:
        found = read_file(path).strip()
    except OSError as error:
        return "", f"{told} cannot be read ({error.strerror or type(error).__name__})"
    except UnicodeDecodeError:
        return "", f"{told} is not UTF-8"
    return found, "" if found else f"{told} is empty; write the value into it"


def _belongs(file: str) -> bool:
    return file in {ROLES, SEVERITIES, ON_CALL} or any(form.fullmatch(file) for form in (_SYSTEM, MANIFEST))


def _listed(file: str, systems: Mapping[str, System], sources: Mapping[str, Source]) -> bool:
    """Whether a system lists the manifest; one whose own file cannot be read might."""
    _, system, name = file.removesuffix(".yaml").split("/")
    if system not in systems:
        return f"systems/{system}.yaml" in sources
    return name in systems[system].cluster.manifests


def _unlisted(file: str) -> Fault:
    _, system, name = file.removesuffix(".yaml").split("/")
    why = f"systems/{system}.yaml does not list it; add `{name}` under `cluster.manifests`, or take it out"
    return Fault(file, 1, "", why)


def _stranger(file: str) -> Fault:
    meant = closest(
        file, (ROLES, SEVERITIES, ON_CALL, f"systems/{file.rsplit('/', 1)[-1].rsplit('.', 1)[0]}.yaml")
    )
    hint = (
        f"did you mean `{meant}`?" if meant else "a policy has roles.yaml, severities.yaml and systems/*.yaml"
    )
    return Fault(file, 1, "", f"no policy file has this name; {hint}")


def _absent(sources: Mapping[str, Source]) -> list[Fault]:
    missing = [file for file in (ROLES, SEVERITIES) if file not in sources]
    if not any(_SYSTEM.fullmatch(file) for file in sources):
        missing.append("systems")
    how = "the file is missing; start from a copy of policies/rules"
    return [
        Fault(file, 1, "", how if file != "systems" else "no system here; add systems/<name>.yaml")
        for file in missing
    ]


def _context(sources: Mapping[str, Source], catalog: Catalog) -> dict[str, Any]:
    severities = known_names(sources, SEVERITIES, "severities")
    return {
        "role": known_names(sources, ROLES, "roles"),
        "severity": severities,
        "hours": known_names(sources, SEVERITIES, "hours") or (),
        "schedule": known_names(sources, ON_CALL, "schedules") or (),
        "notifier": known_names(sources, ON_CALL, "notifiers") or (),
        "alert severity": None if severities is None else (*severities, DEFAULT_ALERT),
        "kind": tuple(catalog),
    }


def _kinds_context(source: Source, catalog: Catalog) -> dict[str, Any]:
    """The names that the system's kinds bring together; none are known when a kind is not."""
    named = source.value.get("kinds")
    kinds = [catalog.get(name) for name in named if isinstance(name, str)] if _is_list(named) else []
    if not kinds or None in kinds:
        return {}
    known = [kind for kind in kinds if kind is not None]
    routed = any(kind.routes for kind in known)
    actions = route_names(source, "actions", routed).union(*(kind.actions for kind in known))
    return {
        "action": actions,
        "waiting action": actions | {DEFAULT_ALERT},
        "reading": route_names(source, "readings", routed).union(*(kind.readings for kind in known)),
        "gate": frozenset().union(*(kind.gates for kind in known)),
        "alert source": frozenset().union(*(kind.sources for kind in known)),
        "setting": frozenset().union(*(kind.settings | kind.optional_settings for kind in known)),
    }


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)


def _model(source: Source | None, model: type[_Model], context: dict[str, Any]) -> _Model | None:
    """The validated model; None when the file has faults, which are then in the source."""
    if source is None or (source.faults and not source.value):
        return None
    try:
        found = model.model_validate(source.value, context=context)
    except ValidationError as error:
        source.faults += complaints(source, model, error)
        return None
    return found
