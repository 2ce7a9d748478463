"""What the code can do, as policies may grant it: made from the registered actions, so it cannot drift."""

from __future__ import annotations

from handlers.actions import REGISTRY, credit_monitoring
from handlers.intake import RUN_RECORD
from policies.catalog import Catalog, Kind

_SOURCES = {credit_monitoring.KIND: frozenset({RUN_RECORD})}
_SETTINGS = {credit_monitoring.KIND: frozenset({"root"})}


def catalog() -> Catalog:
    """Every kind of system with its actions, gates, alert sources and settings."""
    kinds = {action.kind for action in REGISTRY}
    return {
        kind: Kind(
            actions=frozenset(action.name for action in REGISTRY if action.kind == kind),
            gates=frozenset(gate for action in REGISTRY if action.kind == kind for gate in action.gates),
            sources=_SOURCES.get(kind, frozenset()),
            settings=_SETTINGS.get(kind, frozenset()),
        )
        for kind in kinds
    }
