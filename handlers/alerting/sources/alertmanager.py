"""Prometheus' Alertmanager: its webhook, version 4, which tells a group of alerts in one body.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import FailFast

from handlers.alerting.signals import Told
from handlers.alerting.sources import wording as w
from handlers.alerting.sources.grouped import Group, Notice, labelled, told_of
from handlers.alerting.sources.labelled import Labelled, Text, expression_of
from handlers.alerting.sources.source import REDELIVERED_FOR, Json, Source
from handlers.foreign import understood
from policies.schema import PolicyBook

NAME = "alertmanager"


class Notification(Group):
    """A group of alerts."""

    version: Literal["4"]
    groupKey: Text  # noqa: N815  the sender's name for it
    alerts: Annotated[tuple[Notice, ...], FailFast()]


def told(book: PolicyBook, body: Json) -> Told:
    """Every alert of a notification. Raises ValueError with what is wrong with it, for its sender."""
    said = understood(Notification, body)
    return told_of(book, NAME, said, _labelled(said))


def _labelled(said: Notification) -> Iterable[Labelled]:
    for one in said.alerts:
        links = {
            w.GRAPH: one.generatorURL,
            w.DASHBOARD: one.annotations.get("dashboard_url", ""),
            w.SENDERS_RUNBOOK: one.annotations.get("runbook_url", ""),
        }
        query = expression_of(one.generatorURL)
        yield labelled(said, one, value=one.annotations.get("value", ""), links=links, query=query)


SOURCE = Source(NAME, told, known_for=REDELIVERED_FOR, labelled=True)
