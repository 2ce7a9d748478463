"""What cards of every kind have in common: names of buttons, short notes, refusals."""

from __future__ import annotations

from collections.abc import Iterable

from handlers import texts
from handlers.messages import (
    Button,
    Card,
    Code,
    Line,
    Span,
    Tone,
    User,
    plain,
)
from policies.schema import PolicyBook

APPROVE, DENY, CANCEL, ACK, OPEN_FORM, SAY_AGAIN, UNDO = (
    "approve",
    "deny",
    "cancel",
    "ack",
    "open-form",
    "say-again",
    "undo",
)
"""Names of the buttons' handlers."""


def titles(book: PolicyBook, roles: tuple[str, ...]) -> str:
    """Roles as people read them."""
    return " or ".join(book.roles[role].title for role in roles if role in book.roles) or "nobody"


def people(users: Iterable[str]) -> Line:
    """People side by side."""
    spans: list[Span] = [span for user in users for span in (User(id=user), " ")]
    return tuple(spans[:-1])


def answer_forms() -> Line:
    """How answers are written."""
    spans: list[Span] = []
    for form in texts.HINT_FORMS:
        spans += [Code(text=form), " "]
    return tuple(spans)


def in_short(line: Line) -> str:
    """A line as a notification tells it: nobody is named there, and who is spoken to need not be."""
    if not line or not isinstance(line[0], User):
        return plain(line)
    rest = plain(line[1:])
    return rest.removeprefix(":").strip() if rest.startswith(":") else f"{texts.SOMEBODY} {rest}"


def refusal(what: Line, rule: str, who_could: str = "", next_step: str = "") -> Card:
    """A no: what was refused, by which rule, who could do it instead."""
    body: list[Line] = [what]
    said = plain(what)
    if rule not in said:
        body.append(texts.say(texts.RULE, rule=rule))
    if who_could and who_could not in said:
        body.append(texts.say(texts.WHO_COULD, who=who_could))
    return Card(
        tone=Tone.BAD, body=tuple(body), next_step=(next_step,) if next_step else (),
        summary=f"{texts.REFUSED}: {in_short(what)}"[:200],
    )  # fmt: skip


def note(line: Line, tone: Tone = Tone.QUIET, *more: Line, buttons: tuple[Button, ...] = ()) -> Card:
    """A short message without a title."""
    return Card(tone=tone, body=(line, *more), buttons=buttons, summary=in_short(line)[:200] or "Countersign")
