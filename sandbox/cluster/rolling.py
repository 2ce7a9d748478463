"""How many pods each ReplicaSet should have now: rolling update, recreate, paused. Pure arithmetic.

As the Deployment controller counts, with one simplification: a scale in the middle of a rollout goes to
the new ReplicaSet first instead of being shared in proportion.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.cluster.shapes import Json


@dataclass
class Counts:
    """One ReplicaSet: pods wanted, pods there, pods available."""

    wanted: int
    there: int
    available: int


def limits(spec: Json) -> tuple[int, int]:
    """(maxSurge, maxUnavailable) in pods: percentages round up for surge, down for unavailable."""
    if spec["strategy"]["type"] == "Recreate":
        return 0, spec["replicas"]
    rolling, replicas = spec["strategy"]["rollingUpdate"], spec["replicas"]
    surge = _share(rolling["maxSurge"], replicas, math.ceil)
    unavailable = _share(rolling["maxUnavailable"], replicas, math.floor)
    return (surge, unavailable) if surge or unavailable else (0, 1)


def plan(spec: Json, new: Counts | None, old: list[Counts]) -> None:
    """Set `wanted` of each, in place; `old` is newest first, `new` None while paused without one."""
    desired = spec["replicas"]
    active = [each for each in [new, *old] if each and each.wanted]
    if spec.get("paused"):
        if target := next(iter(active), new):
            target.wanted = desired
    elif new is None:
        return
    elif spec["strategy"]["type"] == "Recreate":
        for each in old:
            each.wanted = 0
        if not any(each.there for each in old):
            new.wanted = desired
    else:
        _roll(desired, *limits(spec), new, old)


def _roll(desired: int, surge: int, unavailable: int, new: Counts, old: list[Counts]) -> None:
    wanted = new.wanted + sum(each.wanted for each in old)
    room = max(0, desired + surge - wanted)
    new.wanted = min(desired, new.wanted + room)
    wanted = new.wanted + sum(each.wanted for each in old)
    fewest = desired - unavailable
    spare = wanted - fewest - max(0, new.wanted - new.available)
    for each in reversed(old):  # First those that do not work: nobody misses them.
        gone = min(max(0, spare), each.wanted - min(each.available, each.wanted))
        each.wanted -= gone
        spare -= gone
    spare = min(spare, new.available + sum(min(each.available, each.wanted) for each in old) - fewest)
    for each in reversed(old):
        gone = min(max(0, spare), each.wanted)
        each.wanted -= gone
        spare -= gone


def _share(value: int | str, replicas: int, rounded: Callable[[float], int]) -> int:
    if isinstance(value, int):
        return value
    return rounded(replicas * int(value.rstrip("%")) / 100)
