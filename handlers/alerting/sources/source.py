"""What a source of alerts declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.alerting.signals import Signal
from policies.schema import PolicyBook


class NoRoute(ValueError):
    """No policy says where this alert goes."""


@dataclass(frozen=True)
class Source:
    """One way of telling alerts.

    `signals` reads a body: it raises ValueError with what is wrong, for the sender, and then nothing of the
    body counts. `known_as` names a body, so that one that is delivered twice counts once. `kinds` are the
    kinds of systems it belongs to; empty for all.
    """

    name: str
    signals: Callable[[PolicyBook, Mapping[str, Any]], tuple[Signal, ...]]
    known_as: Callable[[Mapping[str, Any], tuple[Signal, ...]], str]
    kinds: frozenset[str] = frozenset()

    def name_of(self, book: PolicyBook, body: Mapping[str, Any]) -> str:
        """The name under which a body is known. Raises ValueError with what is wrong with it."""
        return self.known_as(body, self.signals(book, body))
