"""What people are shown, without Slack: lines of typed spans, cards and forms.

Plain `str` spans are foreign text and are always escaped by the adapter; only the typed spans below
can mention, link or format. The outbox stores these models, so a release reads those of the one before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tone(StrEnum):
    """How a card looks before a word of it is read."""

    CRITICAL = "critical"
    WARNING = "warning"
    WAITING = "waiting"
    WORKING = "working"
    GOOD = "good"
    BAD = "bad"
    UNSURE = "unsure"
    QUIET = "quiet"


class User(_Part):
    """A person, by immutable Slack id; notifies them where a message is new."""

    kind: Literal["user"] = "user"
    id: str


class Group(_Part):
    """A Slack user group, by id; notifies its members."""

    kind: Literal["group"] = "group"
    id: str


class When(_Part):
    """A moment, shown in the reader's own zone; where nobody knows that, as `text`."""

    kind: Literal["when"] = "when"
    at: datetime

    @property
    def text(self) -> str:
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


class Code(_Part):
    """A literal: an id, a digest, words to type."""

    kind: Literal["code"] = "code"
    text: str


class Strong(_Part):
    kind: Literal["strong"] = "strong"
    text: str


class Link(_Part):
    kind: Literal["link"] = "link"
    url: str
    text: str


class ThreadLink(_Part):
    """A link to a message that another outbox entry posts; resolved by the sender."""

    kind: Literal["thread-link"] = "thread-link"
    slot: str
    text: str


class Mark(_Part):
    """A tone's sign, at the beginning of a line."""

    kind: Literal["mark"] = "mark"
    tone: Tone


class Meter(_Part):
    """How much of something is done, as a bar; the counts stand in words beside it."""

    kind: Literal["meter"] = "meter"
    done: int
    total: int


TypedSpan = Annotated[
    User | Group | When | Code | Strong | Link | ThreadLink | Mark | Meter, Field(discriminator="kind")
]
Span = str | TypedSpan
Line = tuple[Span, ...]


def plain(line: Line) -> str:
    """A line for notifications, logs and the record: the words without people and markup."""
    return "".join(span if isinstance(span, str) else getattr(span, "text", "…") for span in line).strip()


class Fact(_Part):
    label: str
    value: Line


class Section(_Part):
    """Lines that belong together, set apart from the others."""

    label: str = ""
    lines: tuple[Line, ...]


class Check(_Part):
    """One criterion of a gate: met, not met, or (None) not known yet."""

    text: Line
    met: bool | None


class Table(_Part):
    """Rows of plain texts under heads."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class TextFile(_Part):
    """A text too long for a message, handed over as a file."""

    name: str
    title: str
    text: str


class Image(_Part):
    """A picture that was uploaded at this moment; `alt` says in words what it shows."""

    file: str
    alt: str
    at: datetime


class ButtonStyle(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


class Button(_Part):
    """`action` names the handler, `value` is what it gets back; both travel through Slack unread."""

    label: str
    action: str
    value: str
    style: ButtonStyle = ButtonStyle.PLAIN


class Card(_Part):
    """One designed message: what it is, the facts, what is met, what happened, the next step."""

    tone: Tone = Tone.QUIET
    title: str = ""
    facts_label: str = ""
    """Whose word the facts are, where it is not the bot's own."""
    facts: tuple[Fact, ...] = ()
    body: tuple[Line, ...] = ()
    image: Image | None = None
    sections: tuple[Section, ...] = ()
    documents: tuple[Fact, ...] = ()
    """Longer texts of people, shown whole: an approval covers what the card shows."""
    diffs: tuple[Fact, ...] = ()
    """What a system says would change, shown line by line and letter by letter."""
    table: Table | None = None
    listing: str = ""
    """Lines of a machine, shown as they are, in letters of one width."""
    checks_label: str = ""
    checks: tuple[Check, ...] = ()
    trail: tuple[Line, ...] = ()
    next_step: Line = ()
    buttons: tuple[Button, ...] = ()
    menu: tuple[Button, ...] = ()
    """What is wanted more seldom: behind one button, five at most."""
    footnote: Line = ()
    summary: str
    """One plain sentence for notifications and screen readers."""


class FieldKind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long-text"
    CHOICE = "choice"
    SEVERAL = "several"
    """Any number of the choices; they come back one a line."""
    PERSON = "person"
    """A member of the workspace; comes back as an id."""


class FormField(_Part):
    name: str
    label: str
    kind: FieldKind = FieldKind.LONG_TEXT
    hint: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    longest: int = 2000
    initial: str = ""


class Form(_Part):
    """A modal: `callback` names the handler, `private` comes back with the submission, sealed by a MAC.

    Without `submit` there is nothing to fill in: it is read and closed.
    """

    callback: str
    title: str
    submit: str = ""
    private: str = ""
    intro: tuple[Line, ...] = ()
    fields: tuple[FormField, ...] = ()
