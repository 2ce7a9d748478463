"""An alert: a signal from outside that lives in one Slack thread, as it is stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from handlers.messages import Image, Line
from handlers.redaction import Kind
from handlers.rungs import Rung


class AlertState(StrEnum):
    FIRING = "firing"
    SNOOZED = "snoozed"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Link(_Model):
    """An address that a sender or policy names, and how it is called. Only http and https."""

    label: str
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>|]+$", max_length=2000)]


class ClockStart(_Model):
    """A clock that begins to run: by when somebody must answer, and the ladder as policy has it now.

    `lapses` is how many seconds an acknowledgement holds while nothing happens, 0 for as long as it takes.
    """

    due_at: datetime | None = None
    ladder: tuple[Rung, ...] = ()
    lapses: float = 0


class Acknowledgement(_Model):
    by: str
    role: str
    at: datetime
    text: str = ""


class Snooze(_Model):
    """Escalation is held until then; the clock goes on afterwards."""

    by: str
    role: str
    at: datetime
    until: datetime
    text: str

    @property
    def seconds(self) -> float:
        return (self.until - self.at).total_seconds()


class Resolution(_Model):
    """A person's word that it is over, whatever the sender says."""

    by: str
    role: str
    at: datetime
    text: str


class Assignment(_Model):
    """Whose it is now."""

    to: str
    by: str
    at: datetime


class Regrading(_Model):
    """A person's word that it is graver, or less grave, than its sender says."""

    by: str
    role: str
    at: datetime
    before: str
    after: str
    text: str


class Todo(_Model):
    """One point of the runbook's list, and who has done it."""

    text: str
    by: str = ""
    at: datetime | None = None


class Gathered(_Model):
    """What an alert that stands for many shows of them, as it was last counted.

    `page` and `lines` are the newest page of its thread, on which each of them is told by name. `mixed` says
    that they have nothing in common but their system and severity.
    """

    alerts: int = 0
    firing: int = 0
    snoozed: int = 0
    acknowledged: int = 0
    newest: datetime | None = None
    page: int = 0
    lines: tuple[Line, ...] = ()
    mixed: bool = False

    @property
    def resolved(self) -> int:
        return self.alerts - self.open

    @property
    def open(self) -> int:
        return self.firing + self.snoozed + self.acknowledged

    def in_state(self, state: AlertState) -> int:
        """How many of them are in an open state, as they were last counted."""
        return int(getattr(self, state.value))


class Lasting(_Model):
    """When it was last told that it is not over, how long after its beginning, and by which ways."""

    at: datetime
    after_seconds: float
    notify: tuple[str, ...] = ()
    say: str = ""


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
    called: str = ""
    """Its name as it may be told."""
    about: str = ""
    """Its subject as it may be told."""
    claimed: dict[str, Any] = {}
    """What the sender says, as far as it may be told; shown as claims."""
    hidden: dict[Kind, int] = {}
    """Values of the sender's words that were taken out, by kind."""
    kept_back: int = 0
    """Labels and texts of its sender that policy does not let it tell."""
    labels: dict[str, str] = {}
    """As they were sent, to ask others with; never told. So are `subject`, `name` and `query`."""
    kin: str = ""
    """A digest of what alerts of one cause have in common."""
    joined: str = ""
    """The id of the alert in whose thread this one is told, empty when it has a thread of its own."""
    held: str = ""
    """The id of the kill switch that holds it back: it is recorded and not told."""
    gathered: Gathered | None = None
    """The alerts in whose stead this one stands; None for one that stands for itself."""
    links: tuple[Link, ...] = ()
    query: str = ""
    """The expression whose course over time says more than its value; empty when none is known."""
    picture: Image | None = None
    """What it measured, over the last hours before it fired."""
    no_picture: str = ""
    """Why there is none, where one was tried."""
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
    lapsed: Acknowledgement | None = None
    """The last acknowledgement that nothing followed, so that its time ran out."""
    snooze: Snooze | None = None
    snoozed_seconds: float = 0
    """How long the snoozes of this firing were in all."""
    assignment: Assignment | None = None
    regrading: Regrading | None = None
    sent_severity: str = ""
    """What its sender says of how grave it is, where a person says otherwise."""
    resolution: Resolution | None = None
    sender_done: bool = False
    """Whether the sender says that it is over."""
    checklist: tuple[Todo, ...] = ()
    on_call: tuple[str, ...] = ()
    """Who was on call when it fired."""
    notified: tuple[str, ...] = ()
    """Ways out of Slack by which somebody was told of it; they hear as well how it goes on."""
    lasting: Lasting | None = None
    active_at: datetime | None = None
    """When somebody last did something about it, beside acknowledging it."""
    received_at: datetime
    told_at: datetime | None = None
    """When what its sender last said of it was recorded."""
    due_at: datetime | None = None
    ladder: tuple[Rung, ...] = ()
    lapses: float = 0
    """Seconds that an acknowledgement holds while nothing happens; 0 for as long as it takes."""
    resolved_at: datetime | None = None
    epoch: int = 1
    """Counts the armings of its clock; a timer armed in an earlier epoch does nothing."""

    @property
    def told_severity(self) -> str:
        """How grave its sender says it is."""
        return self.sent_severity or self.severity

    @property
    def lapse_at(self) -> datetime | None:
        """When its acknowledgement runs out unless something happens; None when it does not."""
        if self.acknowledgement is None or not self.lapses:
            return None
        last = max(self.acknowledgement.at, self.active_at or self.acknowledgement.at)
        return last + timedelta(seconds=self.lapses)

    @property
    def slot(self) -> str:
        return f"alert/{self.id}"
