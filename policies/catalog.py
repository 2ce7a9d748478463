"""The names that a policy may grant or set, by kind of system. The code that has them makes the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """A kind of system. `sources` are the alert routes it has, `labelled` those whose alerts find their
    system by labels; every one of `settings` must be set, and `timed` actions can be asked for a time.
    `recent` gates ask for what was done not long ago, each for the actions that judge it.

    A kind with `routes` has the actions and readings that a system's policy file itself describes; one with
    `cluster` has a namespace whose objects policy lists; what `measures` gives alerts their pictures; what
    `silences` can hide alerts, by the rules of that name.
    """

    actions: frozenset[str]
    readings: frozenset[str] = frozenset()
    gates: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    recent: Mapping[str, frozenset[str]] = field(default_factory=dict)
    labelled: frozenset[str] = frozenset()
    timed: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    optional_settings: frozenset[str] = frozenset()
    routes: bool = False
    cluster: bool = False
    measures: bool = False
    silences: bool = False


Catalog = Mapping[str, Kind]
