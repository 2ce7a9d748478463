"""What must hold between the parts of a policy folder, once each file is well formed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from policies import fields as f
from policies.catalog import Catalog
from policies.escalation import Severity
from policies.faults import Fault
from policies.schema import RolesFile, SeveritiesFile
from policies.source import Path, Source, dotted
from policies.systems import ActionRule, System

_SECRET = re.compile(r"(^|_)(token|secret|password|key|credentials?)$")


def fault_at(source: Source, path: Path, message: str) -> Fault:
    """A fault on the line of a path."""
    return Fault(source.file, source.line(path), dotted(path), message)


def check_roles(source: Source, book: RolesFile) -> Iterator[Fault]:
    """No role includes itself, near or far; a group or person is bound to one role only."""
    in_circles: set[str] = set()
    for name in book.roles:
        circle = () if name in in_circles else _way(book, name, name)
        if circle:
            in_circles.update(circle)
            yield fault_at(
                source, ("roles", name, "includes"), f"roles include each other: {' > '.join(circle)}"
            )
    owner: dict[str, str] = {}
    for name, role in book.roles.items():
        for key, ids in (("groups", role.groups), ("users", role.users)):
            for index, slack_id in enumerate(ids):
                first = owner.setdefault(slack_id, name)
                if first != name:
                    why = f"`{slack_id}` is bound to `{first}` already; keep it there and use `includes`"
                    yield fault_at(source, ("roles", name, key, index), why)


def _way(book: RolesFile, start: str, end: str) -> tuple[str, ...]:
    """The way from a role to one that it includes, near or far, empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for name in book.roles[way[-1]].includes:
            if name == end:
                return (*way, name)
            if name in book.roles and name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()


def check_readings(source: Source, system: System, book: RolesFile) -> Iterator[Fault]:
    """What stands under `narrower` is open to nobody whom a reader's role merely includes."""
    read = system.read
    if read is None:
        return
    for reading, rule in read.narrower.items():
        for index, role in enumerate(rule.roles):
            reads = role in read.roles or any(_way(book, role, one) for one in read.roles)
            above = next((one for one in read.roles if _way(book, one, role)), "")
            if above and not reads:
                why = f"`{role}` is wider than `{above}`, which the rest takes; name that or one above it"
                yield fault_at(source, ("read", "narrower", reading, "roles", index), why)


def check_severities(source: Source, book: SeveritiesFile) -> Iterator[Fault]:
    """Names and, within a scale, ranks differ; a ladder has a clock to climb by, and only one."""
    ranked: dict[tuple[str, int], str] = {}
    named: dict[str, str] = {}
    for name, severity in book.severities.items():
        path = ("severities", name)
        first = ranked.setdefault((severity.scale, severity.rank), name)
        if first != name:
            why = f"`{first}` has rank {severity.rank} already; give each severity its own"
            yield fault_at(source, (*path, "rank"), why)
        first = named.setdefault(name.lower(), name)
        if first != name:
            yield fault_at(source, path, f"people would take it for `{first}`; give it another name")
        yield from _check_clock(source, path, severity)


_LONGEST_WORK = timedelta(days=30)
"""Of working time: about a working year in an office."""


def _check_clock(source: Source, path: Path, severity: Severity) -> Iterator[Fault]:
    if severity.acknowledge_within and severity.acknowledge_by:
        why = "two clocks for one severity; write `acknowledge_within` or `acknowledge_by`"
        yield fault_at(source, (*path, "acknowledge_by"), why)
    if severity.acknowledge_by and not severity.hours:
        why = "nobody knows which days are working days; add `hours`"
        yield fault_at(source, (*path, "acknowledge_by"), why)
    if severity.acknowledged_for and not severity.has_clock and not severity.ladder.rungs:
        why = "an acknowledgement stops a clock, and there is none; add one or take `acknowledged_for` out"
        yield fault_at(source, (*path, "acknowledged_for"), why)
    for index, rung in enumerate(severity.unresolved.rungs):
        if not rung.after:
            why = "what has just begun is not over yet; write `after: 4h`"
            yield fault_at(source, (*path, "unresolved", index), why)
    if severity.review and severity.has_clock:
        why = "what has a clock is answered by it; take `review` out, or the clock"
        yield fault_at(source, (*path, "review"), why)
    if severity.ladder.rungs and not severity.has_clock:
        why = "a ladder climbs while nobody acknowledges; add `acknowledge_within` or take the ladder out"
        yield fault_at(source, (*path, "ladder"), why)
    counted = [("acknowledge_within", severity.hours, severity.acknowledge_within or timedelta(0))]
    counted += [("ladder", rung.hours or severity.hours, rung.after) for rung in severity.ladder.rungs]
    for key, hours, length in counted:
        if hours and length > _LONGEST_WORK:
            why = f"{f.format_duration(length)} of working time is too long; write 30d at most"
            yield fault_at(source, (*path, key), why)


def check_system(
    source: Source, system: System, severities: SeveritiesFile | None, catalog: Catalog
) -> Iterator[Fault]:
    """Name and file agree, settings are complete and hide secrets, automatic actions need nobody."""
    expected = source.file.removeprefix("systems/").removesuffix(".yaml")
    if system.system != expected:
        why = f"the system is `{system.system}` but the file is `{expected}.yaml`; write `system: {expected}`"
        yield fault_at(source, ("system",), why)
    yield from _check_kinds(source, system, catalog)
    yield from _check_settings(source, system, catalog)
    if system.pictures.wanted and not any(catalog[kind].measures for kind in system.kinds):
        why = "nothing is measured here; add a kind that is, such as `prometheus`, or take the pictures out"
        yield fault_at(source, ("pictures",), why)
    for alert_source, rules in system.alerts.items():
        for severity, rule in rules.items():
            path = ("alerts", alert_source, severity)
            for index, action in enumerate(rule.automatic):
                why = _not_automatic(action, system.actions.get(action))
                if why:
                    yield fault_at(source, (*path, "automatic", index), why)
            if severity not in system.acknowledge and _has_clock(severities, severity):
                why = f"{severity} must be acknowledged and nobody may; add `{severity}` under `acknowledge`"
                yield fault_at(source, path, why)
    for name, granted in system.actions.items():
        if not granted.request and (granted.approve or granted.gates):
            why = "nobody may ask for this by hand, so nothing is ever approved; name roles in `request`"
            yield fault_at(source, ("actions", name, "request"), why)
        yield from _check_gates(source, name, granted, system, catalog)
        if granted.on_end != "propose" and not any(name in catalog[kind].timed for kind in system.kinds):
            why = f"`{name}` cannot be asked for a time, so it has no end; take `on_end` out"
            yield fault_at(source, ("actions", name, "on_end"), why)


def _check_gates(
    source: Source, name: str, rule: ActionRule, system: System, catalog: Catalog
) -> Iterator[Fault]:
    """A gate that nobody judges would look like one; what must be recent says how recent."""
    recent = {gate: judges for kind in system.kinds for gate, judges in catalog[kind].recent.items()}
    for index, gate in enumerate(rule.gates):
        path = ("actions", name, "gates", index)
        judges = recent.get(gate.gate)
        if judges is None and gate.within is not None:
            yield fault_at(source, (*path, "within"), f"`{gate.gate}` holds at any time; take `within` out")
        elif judges is not None and name not in judges:
            does = ", ".join(f"`{one}`" for one in sorted(judges))
            yield fault_at(source, path, f"`{name}` does not judge `{gate.gate}`; only {does} does")
        elif judges is not None and gate.within is None:
            why = f"`{gate.gate}` must be recent; write how recent, such as `within: 1h`"
            yield fault_at(source, path, why)


def _has_clock(severities: SeveritiesFile | None, name: str) -> bool:
    severity = severities.severities.get(name) if severities else None
    return severity is not None and severity.has_clock


def _check_kinds(source: Source, system: System, catalog: Catalog) -> Iterator[Fault]:
    """No name means two things: of the kinds of one system only one may have an action or reading."""
    owner: dict[str, str] = {}
    for index, kind in enumerate(system.kinds):
        for name in sorted(catalog[kind].actions | catalog[kind].readings):
            first = owner.setdefault(name, kind)
            if first != kind:
                why = f"`{kind}` has `{name}` and so has `{first}`; make two systems of them"
                yield fault_at(source, ("kinds", index), why)


def _check_settings(source: Source, system: System, catalog: Catalog) -> Iterator[Fault]:
    for kind in system.kinds:
        for name in sorted(catalog[kind].settings - set(system.settings)):
            why = f"a system of kind `{kind}` needs the setting `{name}`; add `{name}: ${{NAME}}` or a value"
            yield fault_at(source, ("settings",), why)
    for name, value in system.settings.items():
        if is_secret(name) and not is_reference(value):
            why = "a secret is never written here; write `${NAME}` or `file:/path`"
            yield fault_at(source, ("settings", name), why)


def is_secret(name: str) -> bool:
    """Whether a setting of this name holds what must not be read."""
    return _SECRET.search(name) is not None


def is_reference(value: str) -> bool:
    """Whether a setting names an environment variable or a file instead of being the value."""
    return value.startswith(("${", "file:"))


def _not_automatic(name: str, rule: ActionRule | None) -> str:
    if rule is None:
        return f"`{name}` has no rule; add it under `actions`"
    if rule.approve or rule.gates:
        return f"`{name}` needs approval or has gates, so it cannot be automatic; take it out of this list"
    return ""


def known_names(sources: Mapping[str, Source], file: str, key: str) -> tuple[str, ...] | None:
    """The names that a file defines under a key, None when the file does not tell."""
    found = sources[file].value.get(key) if file in sources else None
    return tuple(found) if isinstance(found, dict) else None
