"""A signal: what one sender says of one thing, in the same form whoever says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers.alerts.model import Link
from handlers.redaction import Kind


class Signal(BaseModel):
    """One alert as its sender tells it. Everything but `system` and `severity` is the sender's word.

    `subject` is what it is about, unique in its system: a run id, a fingerprint. Signals of one subject are
    one alert. `known` are values for what policy runs by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    system: str
    severity: str
    name: str
    subject: str
    title: str
    firing: bool = True
    claimed: dict[str, str] = {}
    labels: dict[str, str] = {}
    grouping: dict[str, str] = {}
    """The labels by which its sender groups alerts; with the name they tell what has one cause."""
    links: tuple[Link, ...] = ()
    query: str = ""
    risk_flags: tuple[str, ...] = ()
    known: dict[str, Any] = {}


class Tellable(Signal):
    """A signal of which everything that is told may be told: `handlers.alerting.disclosing` makes it.

    `name`, `subject`, `labels`, `grouping` and `query` are as they were sent and never told: an alert is
    known, placed and measured by them. `called` and `about` are told in place of name and subject.
    """

    called: str
    about: str
    hidden: dict[Kind, int] = {}
    """Values that the redactor took out, by kind."""
    kept_back: int = 0
    """Labels and texts that policy does not let it tell."""


@dataclass(frozen=True)
class Stray:
    """An alert that policy has no place for: `why` in one word, in a sentence, and what its sender calls
    it. `systems` are those that it may be of: what they keep back of an alert is kept back of it."""

    why: str
    sentence: str
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    systems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """All that one body says: what has a place, and what has none."""

    signals: tuple[Signal, ...] = ()
    strays: tuple[Stray, ...] = ()
