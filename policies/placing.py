"""Which system an alert belongs to, and how urgent it is there: by its labels, never by its name alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from policies import wording as w
from policies.alert_rules import ALERT_NAME, PLACING
from policies.schema import PolicyBook


class NoPlace(StrEnum):
    """Why policy has no place for an alert."""

    NO_SYSTEM = "no-system"
    AMBIGUOUS = "ambiguous"
    NOT_TAKEN = "not-taken"
    NO_RULE = "no-rule"


@dataclass(frozen=True)
class Placed:
    """An alert's system and severity, and the rule that says so (`auditron.yaml signals.when[0]`)."""

    system: str
    severity: str
    rule: str


@dataclass(frozen=True)
class Unplaced:
    """Why an alert has no place, in a kind and in a sentence that repeats nothing but names that policy
    has. `systems` are those that it may be of."""

    why: NoPlace
    sentence: str
    systems: tuple[str, ...] = ()


def place(
    book: PolicyBook, source: str, name: str, labels: Mapping[str, str], *, system: str = ""
) -> Placed | Unplaced:
    """Find the one system whose labels these are, unless policy has named it already (a mapping's)."""
    named = {**labels, ALERT_NAME: name}
    found = [system] if system else _systems(book, named)
    if not found:
        return Unplaced(NoPlace.NO_SYSTEM, w.PLACE_NOWHERE.format(labels=w.one_of(PLACING)))
    if len(found) > 1:
        return Unplaced(NoPlace.AMBIGUOUS, w.PLACE_AMBIGUOUS.format(systems=w.all_of(found)), tuple(found))
    return _in_system(book, source, found[0], name, named)


def _in_system(
    book: PolicyBook, source: str, system: str, name: str, labels: Mapping[str, str]
) -> Placed | Unplaced:
    """What a system says of an alert that is its own."""
    rules = book.systems[system]
    if source not in rules.alerts or rules.signals is None:
        taken = w.all_of(rules.alerts)
        return Unplaced(
            NoPlace.NOT_TAKEN,
            w.PLACE_NOT_TAKEN.format(system=system, source=source, sources=taken),
            (system,),
        )
    severity = rules.signals.severity_of(name, labels)
    if book.alert_rule(system, source, severity) is None:
        sentence = w.PLACE_NO_RULE.format(system=system, source=source, severity=severity)
        return Unplaced(NoPlace.NO_RULE, sentence, (system,))
    matched = next((n for n, one in enumerate(rules.signals.when) if one.items() <= labels.items()), None)
    rule = "signals.mappings" if matched is None else f"signals.when[{matched}]"
    return Placed(system, severity, f"{system}.yaml {rule}")


def _systems(book: PolicyBook, labels: Mapping[str, str]) -> list[str]:
    return [name for name, one in book.systems.items() if one.signals and one.signals.holds(labels)]
