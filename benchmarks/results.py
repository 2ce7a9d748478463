"""What one run measured, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.approvals import Approved
from benchmarks.commands import Figures
from benchmarks.open_requests import Grown
from benchmarks.storm import Storm


@dataclass(frozen=True)
class Results:
    """What was measured; a part that was not asked for is empty."""

    commands: dict[str, list[Figures]]
    naive: list[Approved]
    careful: list[Approved]
    ours: list[Approved]
    grown: list[Grown]
    storms: list[Storm]

    def as_json(self) -> dict[str, Any]:
        return {
            "commands": {name: [one.as_json() for one in passes] for name, passes in self.commands.items()},
            "approvals": {
                "naive": [one.as_json() for one in self.naive],
                "careful": [one.as_json() for one in self.careful],
                "countersign": [one.as_json() for one in self.ours],
            },
            "open_requests": [one.as_json() for one in self.grown],
            "storms": [one.as_json() for one in self.storms],
        }
