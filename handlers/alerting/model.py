"""An alert: a signal from outside that lives in one Slack thread, as it is stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers.alerting.signals import Link


class AlertState(StrEnum):
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rung(_Model):
    """One rung of the ladder as it was in policy when the alert began."""

    after_seconds: float
    at: datetime | None = None
    """When it is climbed; None in alerts of earlier releases: `after_seconds` from the beginning."""
    tell_groups: tuple[str, ...] = ()
    tell_users: tuple[str, ...] = ()
    tell_channels: tuple[str, ...] = ()
    say: str = ""
    """Policy's own words, empty for the usual ones."""


class ClockStart(_Model):
    """A clock that begins to run: by when somebody must answer, and the ladder as policy has it now."""

    due_at: datetime | None = None
    ladder: tuple[Rung, ...] = ()


class Acknowledgement(_Model):
    by: str
    role: str
    at: datetime
    text: str = ""


class Alert(_Model):
    """A signal from outside, living in one Slack thread."""

    schema_version: int = 1
    id: str
    system: str
    source: str
    subject: str
    """What the alert is about, unique in its system: the run id."""
    severity: str
    title: str
    name: str = ""
    """Which rule of the sender fired; alerts of one system and name have one cause."""
    claimed: dict[str, Any] = {}
    """What the sender says; shown as claims."""
    labels: dict[str, str] = {}
    links: tuple[Link, ...] = ()
    query: str = ""
    """The expression whose course over time says more than its value; empty when none is known."""
    risk_flags: tuple[str, ...] = ()
    channel: str
    case_id: str = ""
    containment: tuple[str, ...] = ()
    """Ids of the automatic requests, in the order they run."""
    verified: tuple[str, ...] = ()
    """Lines about what the bot did and read back."""
    troubles: tuple[str, ...] = ()
    """Lines about what it could not do or verify."""
    contained: bool = False
    """Whether every automatic action has ended."""
    state: AlertState = AlertState.FIRING
    repeats: int = 0
    escalated: int = 0
    acknowledgement: Acknowledgement | None = None
    received_at: datetime
    due_at: datetime | None = None
    ladder: tuple[Rung, ...] = ()
    resolved_at: datetime | None = None
    epoch: int = 1
    """Counts firings; a timer armed in an earlier epoch does nothing."""

    @property
    def slot(self) -> str:
        return f"alert/{self.id}"
