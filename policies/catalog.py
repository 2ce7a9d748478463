"""What the code of this release can do, by kind of system: the names that a policy may grant or set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of system. `sources` are the alert routes it has; every one of `settings` must be set."""

    actions: frozenset[str]
    gates: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    optional_settings: frozenset[str] = frozenset()


Catalog = Mapping[str, Kind]

CATALOG: Catalog = {
    "credit-monitoring": Kind(
        actions=frozenset({"quarantine", "open-case", "resolve-case", "release"}),
        gates=frozenset({"exposure-cleared", "case-resolved"}),
        sources=frozenset({"run-record"}),
        settings=frozenset({"root"}),
    )
}
