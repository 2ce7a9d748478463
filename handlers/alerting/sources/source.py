"""What a source of alerts declares."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.alerting.signals import Told
from handlers.alerting.sources import wording as w
from policies.schema import PolicyBook

Json = Mapping[str, Any]
REDELIVERED_FOR = 60.0
"""Seconds for which the same words are the same delivery: what comes later, with not a letter changed, is
a repeat (`repeat_interval`, four hours unless set). A lost answer is asked for again within seconds."""


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

    `told` reads a body: it raises ValueError with what is wrong, for the sender, and then nothing of the body
    counts. `mapped` reads one by the mapping of a name, where the source has any. `known_as` names a body, so
    that one that is delivered twice counts once: for good, or for `known_for` seconds where a sender repeats
    itself in the same words. `kinds` are the kinds of systems it belongs to; empty for all. Policy finds the
    system of `labelled` alerts. What is not `routed` is told by the bot itself and by nobody else.
    """

    name: str
    told: Callable[[PolicyBook, Json], Told]
    known_as: Callable[[Json, Told], str] = digest_of
    known_for: float = 0.0
    kinds: frozenset[str] = frozenset()
    labelled: bool = False
    mapped: Callable[[PolicyBook, Json, str], Told] | None = None
    routed: bool = True

    def read(self, book: PolicyBook, body: Json, mapping: str = "") -> Reading:
        """Understand a body. Raises ValueError with what is wrong with it."""
        if mapping and self.mapped is None:
            raise ValueError(w.NO_MAPPINGS)
        told = self.mapped(book, body, mapping) if mapping and self.mapped else self.told(book, body)
        return Reading(self.known_as(body, told), self.known_for, told)
