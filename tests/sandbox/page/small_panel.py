"""A small practice system for the page to draw: one deployment, its pods, two faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
IMAGE = "registry.example/auditron-api:1.8.2"


class SmallCluster:
    """Keeps to what sandbox/slack/panels.py asks of a panel, and to no more."""

    id = "cluster"
    url = "http://127.0.0.1:6443"

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.reset()

    def reset(self) -> None:
        self.ready, self.wanted, self.revision, self.changes = 3, 3, 4, 0
        self.others: list[str] = []
        self.faults = {"hang": False, "conflict": False}
        self.on_change()

    def fault(self, id: str, on: bool) -> None:
        self.faults[id] = on
        self.on_change()

    def scale(self, wanted: int, ready: int) -> None:
        self.wanted, self.ready = wanted, ready
        self.changes += 1
        self.on_change()

    def panel(self) -> Json:
        whole = self.ready == self.wanted
        cells: list[Json] = [
            {"text": "auditron-api"},
            {
                "text": f"{self.ready} of {self.wanted}",
                "tone": "good" if whole else "warning",
                "bar": self.ready / self.wanted,
            },
            {"text": str(self.revision)},
            {"text": IMAGE, "tone": "quiet"},
            {"text": ""},
        ]
        deployments = {
            "title": "Deployments",
            "columns": ["name", "ready", "revision", "image", "changed by"],
            "rows": [
                {"id": "auditron-api", "cells": cells, "changed": self.changes},
                *({"id": name, "cells": [{"text": name}, *cells[1:]], "changed": 0} for name in self.others),
            ],
        }
        names = [f"auditron-api-7d9f-{letter * 5}" for letter in "bcdfghjk"[: self.ready]]
        pods = {
            "title": "Pods",
            "columns": ["pod", "phase", "age"],
            "rows": [
                {
                    "id": name,
                    "cells": [{"text": name}, {"text": "Running", "tone": "good"}, {"text": "3 m"}],
                    "changed": 0,
                }
                for name in names
            ],
        }
        labels = {"hang": "Stop answering", "conflict": "Refuse every write"}
        faults = [{"id": each, "label": labels[each], "on": on} for each, on in self.faults.items()]
        return {
            "id": self.id,
            "title": "Practice cluster",
            "address": self.url,
            "sections": [deployments, pods],
            "faults": faults,
        }
