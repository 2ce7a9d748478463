"""Grafana's unified alerting: the webhook of a contact point, which is Alertmanager's with values and panels.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, FailFast

from handlers.alerting.signals import Told
from handlers.alerting.sources import wording as w
from handlers.alerting.sources.grouped import Group, Notice, labelled, told_of
from handlers.alerting.sources.labelled import Labelled, Text
from handlers.alerting.sources.source import REDELIVERED_FOR, Json, Source
from handlers.foreign import on_one_line, understood
from policies.schema import PolicyBook

NAME = "grafana"
_MOST_VALUES, _LONGEST_NAME = 8, 40
_LARGEST_WHOLE = 10**300
"""Larger whole numbers are no floats, and no measured values."""


def _said_values(values: Any) -> str:
    """`B=140 C=1`: what each expression of the rule came to; what is no number is left out."""
    if not isinstance(values, dict):
        return ""
    known = [
        f"{on_one_line(str(name))}={value:g}"
        for name, value in sorted(values.items(), key=str)
        if (isinstance(value, float) or (type(value) is int and abs(value) < _LARGEST_WHOLE))
        and len(str(name)) <= _LONGEST_NAME
    ]
    return " ".join(known[:_MOST_VALUES])


class GrafanaNotice(Notice):
    """One alert of a notification. Its pictures may need a sign-in, so they are linked and not fetched."""

    values: Annotated[str, BeforeValidator(_said_values)] = ""
    valueString: Text = ""  # noqa: N815  the sender's name for it
    panelURL: Text = ""  # noqa: N815
    dashboardURL: Text = ""  # noqa: N815
    silenceURL: Text = ""  # noqa: N815
    imageURL: Text = ""  # noqa: N815


class GrafanaNotification(Group):
    """A group of alerts."""

    alerts: Annotated[tuple[GrafanaNotice, ...], FailFast()]


def told(book: PolicyBook, body: Json) -> Told:
    """Every alert of a notification. Raises ValueError with what is wrong with it, for its sender."""
    said = understood(GrafanaNotification, body)
    return told_of(book, NAME, said, _labelled(said))


def _labelled(said: GrafanaNotification) -> Iterable[Labelled]:
    for one in said.alerts:
        links = {
            w.PANEL: one.panelURL,
            w.DASHBOARD: one.dashboardURL,
            w.GRAPH: one.generatorURL,
            w.IMAGE: one.imageURL,
            w.SENDERS_RUNBOOK: one.annotations.get("runbook_url", ""),
            w.SILENCE: one.silenceURL,
        }
        yield labelled(said, one, value=one.values or one.valueString, links=links)


SOURCE = Source(NAME, told, known_for=REDELIVERED_FOR, labelled=True)
