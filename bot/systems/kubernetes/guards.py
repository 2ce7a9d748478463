"""Disruption budgets, as they are read.

https://kubernetes.io/docs/tasks/run-application/configure-pdb/
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.systems.kubernetes import selectors
from bot.systems.kubernetes.calls import Json
from handlers.actions.kubernetes.objects import Budget

AT_LEAST, AT_MOST_AWAY = "at least {number} available", "at most {number} away"


def guards(found: Json, labels: Mapping[str, str]) -> bool:
    """Whether a budget selects pods with these labels."""
    return selectors.matches((found.get("spec") or {}).get("selector"), labels)


def budget(found: Json) -> Budget:
    """Its rule in words, and how many pods it would let go now."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    if spec.get("maxUnavailable") is not None:
        keeps = AT_MOST_AWAY.format(number=spec["maxUnavailable"])
    else:
        # Where neither is written, one pod at least stays (the API's default).
        keeps = AT_LEAST.format(number=spec.get("minAvailable", 1))
    return Budget(found["metadata"]["name"], keeps, int(status.get("disruptionsAllowed", 0)))
