"""What the code can do, as policies may grant it: made from the registered actions, so it cannot drift."""

from __future__ import annotations

from bot.systems.adapters import ADAPTERS
from handlers.actions import alertmanager, http, kubernetes
from handlers.actions.registry import REGISTRY
from handlers.alerting.sources import SOURCES
from handlers.ports import pictures
from policies.catalog import Catalog, Kind

_ROUTED = frozenset({http.KIND})
_CLUSTERED = frozenset({kubernetes.KIND})


def catalog() -> Catalog:
    """Every kind of system with its actions, readings, gates, alert sources and settings."""
    return {
        kind: Kind(
            actions=frozenset(action.name for action in REGISTRY if action.kind == kind),
            readings=frozenset(reading.name for reading in REGISTRY.readings if reading.kind == kind),
            gates=frozenset(
                gate
                for action in REGISTRY
                if action.kind == kind
                for gate in (*action.gates, *action.recent_gates)
            ),
            recent={
                gate: frozenset(one.name for one in REGISTRY if one.kind == kind and gate in one.recent_gates)
                for action in REGISTRY
                if action.kind == kind
                for gate in action.recent_gates
            },
            timed=frozenset(action.name for action in REGISTRY if action.kind == kind and action.timed),
            sources=frozenset(one.name for one in SOURCES.values() if not one.kinds or kind in one.kinds),
            labelled=frozenset(one.name for one in SOURCES.values() if one.labelled),
            settings=adapter.settings,
            optional_settings=adapter.optional,
            routes=kind in _ROUTED,
            cluster=kind in _CLUSTERED,
            measures=kind == pictures.KIND,
            silences=kind == alertmanager.KIND,
        )
        for kind, adapter in ADAPTERS.items()
    }
