"""What a source of alerts declares."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.alerting.signals import Told
from policies.schema import PolicyBook

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """A body that was understood: the name it is known by, for how many seconds (0: for good), what it
    says."""

    name: str
    known_for: float
    told: Told


def digest_of(body: Json, told: Told) -> str:
    """A name for a body by all that it says."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Source:
    """One way of telling alerts.

    `told` reads a body, by the mapping of this name if there is one: it raises ValueError with what is wrong,
    for the sender, and then nothing of the body counts. `known_as` names a body, so that one that is
    delivered twice counts once: for good, or for `known_for` seconds where a sender repeats itself in the
    same words. `kinds` are the kinds of systems it belongs to; empty for all. Policy finds the system of
    `labelled` alerts.
    """

    name: str
    told: Callable[[PolicyBook, Json, str], Told]
    known_as: Callable[[Json, Told], str] = digest_of
    known_for: float = 0.0
    kinds: frozenset[str] = frozenset()
    labelled: bool = False

    def read(self, book: PolicyBook, body: Json, mapping: str = "") -> Reading:
        """Understand a body. Raises ValueError with what is wrong with it."""
        told = self.told(book, body, mapping)
        return Reading(self.known_as(body, told), self.known_for, told)
