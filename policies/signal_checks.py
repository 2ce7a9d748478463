"""What must hold for the alerts that come with labels: each has one system, a severity, a place, and
somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.alert_rules import DEFAULT_ALERT, WATCHDOG, Signals
from policies.catalog import Catalog
from policies.checks import fault_at
from policies.faults import Fault
from policies.schema import SeveritiesFile
from policies.source import Path, Source
from policies.systems import System


def check_signals(
    source: Source, system: System, severities: SeveritiesFile | None, catalog: Catalog
) -> Iterator[Fault]:
    """Sources with labels and `signals` go together, and whatever comes out of `signals` has a place."""
    labelled = frozenset().union(*(catalog[kind].labelled for kind in system.kinds))
    taken = [name for name in system.alerts if name in labelled]
    signals = system.signals
    if signals is None:
        for name in taken:
            why = f"nothing says which {name} alerts are its own; add `signals` with `when` and `severity`"
            yield fault_at(source, ("alerts", name), why)
        return
    if not taken:
        named = " or ".join(f"`{name}`" for name in sorted(labelled)) or "a source that brings labels"
        yield fault_at(source, ("signals",), f"no source brings them; add {named} under `alerts`")
    yield from _check_severities(source, system, signals, severities, taken)
    for name, rule in signals.rules.items():
        if rule.unit is not None and rule.threshold is None:
            why = "there is no number that it counts; write the `threshold` as well, or take it out"
            yield fault_at(source, ("signals", "rules", name, "unit"), why)
        for index, action in enumerate(rule.actions):
            granted = system.actions.get(action)
            if granted is None or not granted.request:
                why = f"nobody may ask for `{action}` here, so it has no button; grant it under `actions`"
                yield fault_at(source, ("signals", "rules", name, "actions", index), why)
    if signals.mappings and "generic" not in taken:
        why = "what is mapped comes by the source `generic`; add it under `alerts`"
        yield fault_at(source, ("signals", "mappings"), why)


def _check_severities(
    source: Source, system: System, signals: Signals, severities: SeveritiesFile | None, taken: list[str]
) -> Iterator[Fault]:
    for severity, where in signals.severities.items():
        path: Path = ("signals", *where)
        for name in taken:
            if severity not in system.alerts[name] and DEFAULT_ALERT not in system.alerts[name]:
                why = f"{name} alerts of {severity} have no channel; add `{severity}` under `alerts.{name}`"
                yield fault_at(source, path, why)
        known = severities.severities.get(severity) if severities else None
        if known and known.has_clock and severity not in system.acknowledge:
            why = f"{severity} must be acknowledged and nobody may; add `{severity}` under `acknowledge`"
            yield fault_at(source, path, why)


def check_apart(sources: Mapping[str, Source], systems: Mapping[str, System]) -> Iterator[Fault]:
    """No two systems claim the same labels, or the same mapping's address."""
    claimed: list[tuple[str, Mapping[str, str]]] = []
    mapped: dict[str, str] = {}
    for name, system in systems.items():
        source = sources.get(f"systems/{name}.yaml")
        if source is None:
            continue  # the file has another name, which is its own fault
        for index, labels in enumerate(system.signals.when if system.signals else ()):
            first = next((other for other, theirs in claimed if other != name and _same(labels, theirs)), "")
            if first:
                why = f"whatever has these labels is also {first}'s; add a label that tells the two apart"
                yield fault_at(source, ("signals", "when", index), why)
            claimed.append((name, labels))
        for mapping in system.signals.mappings if system.signals else ():
            first = mapped.setdefault(mapping, name)
            if first != name:
                why = f"{first} has a mapping `{mapping}` already, and each is an address; rename one"
                yield fault_at(source, ("signals", "mappings", mapping), why)


def check_watchdog(sources: Mapping[str, Source], systems: Mapping[str, System]) -> Iterator[Fault]:
    """That the bot's own work is late has one place: one system, and the one severity that it names."""
    first = ""
    for name, system in systems.items():
        source, rules = sources.get(f"systems/{name}.yaml"), system.alerts.get(WATCHDOG)
        if source is None or rules is None:
            continue
        if len(rules) != 1 or DEFAULT_ALERT in rules:
            why = "name the one severity that it has when the bot's own work is late, and its channel"
            yield fault_at(source, ("alerts", WATCHDOG), why)
        if first:
            why = f"{first} is told already when the bot's own work is late; keep one of the two"
            yield fault_at(source, ("alerts", WATCHDOG), why)
        first = first or name


def _same(labels: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether all that has the one set of labels has the other too."""
    return labels.items() <= others.items() or others.items() <= labels.items()
