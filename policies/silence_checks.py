"""What must hold for silences: they keep to their own system, and something of it can be hidden at all."""

from __future__ import annotations

from collections.abc import Iterator

from policies.catalog import Catalog
from policies.checks import fault_at
from policies.faults import Fault
from policies.silences import graver, hidden_values
from policies.source import Source
from policies.systems import System


def check_silences(source: Source, system: System, catalog: Catalog) -> Iterator[Fault]:
    """A kind that silences has rules for it, and these fit the labels by which alerts are this system's."""
    able = any(catalog[kind].silences for kind in system.kinds)
    rules, signals = system.silences, system.signals
    if rules is None:
        if able:
            why = "nothing says what may be hidden; add `silences` with `carries` and `hides`"
            yield fault_at(source, ("kinds",), why)
        return
    if not able:
        why = "nothing here can be silenced; add the kind `alertmanager`, or take the silences out"
        yield fault_at(source, ("silences",), why)
        return
    if signals is None:
        why = "nothing says which alerts are its own; add `signals` with `when` and `severity`"
        yield fault_at(source, ("silences",), why)
        return
    if not signals.holds(rules.carries):
        why = "these labels make no alert this system's; write all labels of one entry of `signals.when`"
        yield fault_at(source, ("silences", "carries"), why)
    if signals.severity.otherwise in graver(signals, rules) and not hidden_values(signals, rules):
        why = "no value of the label of severity stands for one of these, so nothing could ever be hidden"
        yield fault_at(source, ("silences", "hides"), why)
