"""What a practice system shows of itself on the page, and the switches for its faults."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]


class PracticePanel(ABC):
    """One system on the page, as sandbox/slack/panels.py asks for it. Subclasses have `sections`."""

    id: str
    title: str
    faults: Mapping[str, str]

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.url = ""
        self._on: set[str] = set()
        self._drawn: dict[tuple[str, str], tuple[Json, int]] = {}
        self._changes = 0

    @abstractmethod
    def sections(self) -> list[Json]:
        """What the panel shows."""

    def row(self, section: str, name: str, *cells: Json, **more: str) -> Json:
        """A row of the panel; it counts as changed when it reads otherwise than it was last drawn."""
        row = {"id": name, "cells": list(cells), **more}
        drawn, changed = self._drawn.get((section, name), ({}, 0))
        if drawn != row:
            self._changes += 1
            changed = self._changes
            self._drawn[(section, name)] = (row, changed)
        return {**row, "changed": changed}

    def has_fault(self, id: str) -> bool:
        """Whether a fault is on."""
        return id in self._on

    def fault(self, id: str, on: bool) -> None:
        """Switch a fault on or off. Raises KeyError for one that there is not."""
        if id not in self.faults:
            raise KeyError(id)
        (self._on.add if on else self._on.discard)(id)
        self.on_change()

    def reset(self) -> None:
        """Faults end."""
        self._on.clear()
        self.on_change()

    def panel(self) -> Json:
        """The state for the page."""
        faults = [{"id": name, "label": label, "on": name in self._on} for name, label in self.faults.items()]
        return {
            "id": self.id,
            "title": self.title,
            "address": self.url,
            "sections": self.sections(),
            "faults": faults,
        }
