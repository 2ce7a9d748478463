"""Prometheus' Alertmanager: its webhook, version 4, which tells a group of alerts in one body.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints, ValidationError

from handlers.alerting.foreign import faults
from handlers.alerting.signals import Stray, Told
from handlers.alerting.sources import wording as w
from handlers.alerting.sources.labelled import Annotations, Labelled, Labels, Text, expression_of, placed
from handlers.alerting.sources.source import Json, Source
from policies.alert_rules import ALERT_NAME
from policies.schema import PolicyBook

NAME = "alertmanager"
REDELIVERED_FOR = 60.0
"""Seconds for which the same words are the same delivery: what comes later, with not a letter changed, is
a repeat (`repeat_interval`, four hours unless set). A lost answer is asked for again within seconds."""
TRUNCATED = "truncated"

Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class Notice(BaseModel):
    """One alert of a notification. Newer senders may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["firing", "resolved"]
    labels: Labels
    annotations: Annotations = {}
    startsAt: Text = ""  # noqa: N815  the sender's name for it
    generatorURL: Text = ""  # noqa: N815
    fingerprint: Fingerprint


class Notification(BaseModel):
    """A group of alerts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal["4"]
    groupKey: Text  # noqa: N815
    groupLabels: Labels = {}  # noqa: N815
    externalURL: Text = ""  # noqa: N815
    truncatedAlerts: int = Field(default=0, ge=0)  # noqa: N815
    alerts: Annotated[tuple[Notice, ...], FailFast()]


def told(book: PolicyBook, body: Json, mapping: str) -> Told:
    """Every alert of a notification. Raises ValueError with what is wrong with it, for its sender."""
    if mapping:
        raise ValueError(w.NO_MAPPINGS)
    try:
        said = Notification.model_validate(body)
    except ValidationError as faulty:
        raise ValueError(faults(faulty)) from None
    if not said.alerts:
        raise ValueError(w.NO_ALERTS)
    found = placed(book, NAME, _labelled(said))
    return Told(found.signals, (*found.strays, *left_out(NAME, said.truncatedAlerts)))


def left_out(source: str, count: int) -> tuple[Stray, ...]:
    """What a sender says it has not told: nothing is known of it, so somebody must hear that."""
    return (Stray(TRUNCATED, w.TRUNCATED.format(source=source, count=count)),) if count else ()


def _labelled(said: Notification) -> Iterable[Labelled]:
    for one in said.alerts:
        yield Labelled(
            id=one.fingerprint,
            name=one.labels.get(ALERT_NAME, "-"),
            firing=one.status == "firing",
            labels=one.labels,
            title=one.annotations.get("summary", ""),
            description=one.annotations.get("description", ""),
            value=one.annotations.get("value", ""),
            started_at=one.startsAt,
            links={
                w.GRAPH: one.generatorURL,
                w.DASHBOARD: one.annotations.get("dashboard_url", ""),
                w.SENDERS_RUNBOOK: one.annotations.get("runbook_url", ""),
                w.MANAGER: said.externalURL,
            },
            query=expression_of(one.generatorURL),
            grouping=said.groupLabels,
        )


SOURCE = Source(NAME, told, known_for=REDELIVERED_FOR, labelled=True)
