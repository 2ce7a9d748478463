"""What Prometheus' family sends: a group of alerts in one body, of which some may be left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from handlers.alerting.signals import Stray, Told
from handlers.alerting.sources import wording as w
from handlers.alerting.sources.labelled import Annotations, Labelled, Labels, Text, placed
from policies.alert_rules import ALERT_NAME
from policies.schema import PolicyBook

TRUNCATED = "truncated"

Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class Notice(BaseModel):
    """One alert of a group. Newer senders may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["firing", "resolved"]
    labels: Labels
    annotations: Annotations = {}
    startsAt: Text = ""  # noqa: N815  the sender's name for it
    generatorURL: Text = ""  # noqa: N815
    fingerprint: Fingerprint


class Group(BaseModel):
    """What a body says of its alerts together."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    groupLabels: Labels = {}  # noqa: N815
    externalURL: Text = ""  # noqa: N815
    truncatedAlerts: int = Field(default=0, ge=0)  # noqa: N815


def labelled(
    group: Group, notice: Notice, *, value: str, links: Mapping[str, str], query: str = ""
) -> Labelled:
    """One alert of a group. `value`, `links` and `query` are what its sender tells in its own way."""
    return Labelled(
        id=notice.fingerprint,
        name=notice.labels.get(ALERT_NAME, "-"),
        firing=notice.status == "firing",
        labels=notice.labels,
        title=notice.annotations.get("summary", ""),
        description=notice.annotations.get("description", ""),
        value=value,
        started_at=notice.startsAt,
        links={**links, w.MANAGER: group.externalURL},
        query=query,
        grouping=group.groupLabels,
    )


def told_of(book: PolicyBook, source: str, group: Group, alerts: Iterable[Labelled]) -> Told:
    """The alerts of a group, and what its sender says it has not told: somebody must hear of that.

    Raises ValueError for a group of nothing.
    """
    found = placed(book, source, alerts)
    if not found.signals and not found.strays:
        raise ValueError(w.NO_ALERTS)
    count = group.truncatedAlerts
    left_out = (Stray(TRUNCATED, w.TRUNCATED.format(source=source, count=count)),) if count else ()
    return Told(found.signals, (*found.strays, *left_out))
