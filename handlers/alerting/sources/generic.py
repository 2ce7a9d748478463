"""Anything else: a form of our own (docs/alert.schema.json), and JSON that policy maps to it.

A mapping belongs to a system, which its alerts are then of; `POST /alerts/generic/<mapping>` uses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from handlers.alerting.signals import Told
from handlers.alerting.sources import wording as w
from handlers.alerting.sources.labelled import Labelled, placed
from handlers.alerting.sources.source import REDELIVERED_FOR, Json, Source
from handlers.foreign import on_one_line, understood
from policies.schema import PolicyBook

NAME = "generic"
MOST_ALERTS = 500

Short = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(on_one_line)]
Long = Annotated[str, StringConstraints(max_length=2000), AfterValidator(on_one_line)]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,99}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>|]+$", max_length=2000)]


class GenericLink(BaseModel):
    """Where to look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(on_one_line)]
    url: Url


class GenericAlert(BaseModel):
    """One thing that is wrong, or is right again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Short = Field(description="What is wrong, the same each time it is told; unique in its system.")
    name: Short = Field(description="The rule that fired; policy knows alerts by it.")
    state: Literal["firing", "resolved"]
    labels: dict[LabelName, Short] = Field(
        default={}, max_length=64, description="Policy finds system and severity by these."
    )
    title: Long = ""
    description: Long = ""
    value: Annotated[str, StringConstraints(max_length=200), AfterValidator(on_one_line)] | None = None
    started_at: AwareDatetime | None = Field(default=None, description="When it began, with its zone.")
    links: tuple[GenericLink, ...] = Field(default=(), max_length=10)
    query: Annotated[str, StringConstraints(max_length=1000), AfterValidator(on_one_line)] | None = Field(
        default=None, description="A PromQL expression whose course shows what is wrong."
    )


def _at_most(alerts: Any) -> Any:
    """Counted before any is read: a body may hold half a million of nothing, each with its fault."""
    if isinstance(alerts, list | tuple) and len(alerts) > MOST_ALERTS:
        raise ValueError(f"there are {len(alerts)} alerts; send at most {MOST_ALERTS} in one body")
    return alerts


class GenericBody(BaseModel):
    """Alerts for Countersign: POST /alerts/generic, version 1."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Countersign alerts")

    version: Literal["1"]
    alerts: Annotated[tuple[GenericAlert, ...], BeforeValidator(_at_most)] = Field(
        min_length=1, max_length=MOST_ALERTS
    )
    group_by: tuple[LabelName, ...] = Field(
        default=(), max_length=16, description="The labels that alerts of one cause have in common."
    )


def told(book: PolicyBook, body: Json, *, system: str = "") -> Told:
    """Every alert of a body, of this system where it is known. Raises ValueError with what is wrong with it,
    for its sender."""
    return placed(book, NAME, _labelled(understood(GenericBody, body)), system=system)


def mapped(book: PolicyBook, body: Json, mapping: str) -> Told:
    """The same of any JSON that policy has a mapping for, which belongs to a system."""
    system, made = _by_mapping(book, body, mapping)
    return told(book, made, system=system)


def _by_mapping(book: PolicyBook, body: Json, mapping: str) -> tuple[str, Json]:
    """The system that has this mapping, and the body in our own form."""
    known: list[str] = []
    for name, system in book.systems.items():
        mappings = system.signals.mappings if system.signals else {}
        if mapping in mappings:
            return name, {"version": "1", "alerts": mappings[mapping].alerts(body)}
        known += mappings
    raise ValueError(w.NO_MAPPING.format(known=", ".join(sorted(known)) or "none"))


def _labelled(said: GenericBody) -> Iterable[Labelled]:
    for one in said.alerts:
        yield Labelled(
            id=one.id,
            name=one.name,
            firing=one.state == "firing",
            labels=one.labels,
            title=one.title,
            description=one.description,
            value=one.value or "",
            started_at=one.started_at.isoformat() if one.started_at else "",
            links={link.label: link.url for link in one.links},
            query=one.query or "",
            grouping={name: one.labels[name] for name in said.group_by if name in one.labels},
        )


SOURCE = Source(NAME, told, known_for=REDELIVERED_FOR, labelled=True, mapped=mapped)
