"""Words people write, read without guessing. Pure: text in, one of a few meanings out.

The grammar of replies is the one drawn in `docs/architecture.md`; what is not exactly a reply has no effect.
Text is as Slack sends it: `&`, `<` and `>` of people arrive as `&amp;`, `&lt;` and `&gt;`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

from handlers import texts

LONGEST_REASON = 500
"""Characters of a reason, typed in a command or in a modal; longer ones are refused, not cut."""

_REF = re.compile(
    r"(?:R-[0-9A-Z]{4,12}|A-[0-9A-Z]{4,12}|CASE-\d{8}-[0-9A-F]{6}|RUN-[0-9A-Z][0-9A-Z-]{2,75}|INC-\d{8}-\d{3,})",
    re.IGNORECASE,
)
_CASE = re.compile(r"\bCASE-[0-9A-Z-]+", re.IGNORECASE)
_REPLY = re.compile(
    rf"(?P<keyword>[A-Za-z]+)"
    rf"(?:\s+(?P<ref>{_REF.pattern})(?=\s|$))?"
    r"(?:\s+for\s+(?P<purpose>[A-Za-z][\w-]*)(?=\s|$))?"
    r"(?:\s+[-–—:](?:\s+(?P<text>.*))?)?",
    re.IGNORECASE | re.DOTALL,
)
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
# Letters of other scripts that pass for Latin capitals in ACK, APPROVE(D), DENY and DENIED.
_LOOKALIKES = str.maketrans("АΑРΡՕОΟЅVѴЕΕDԀСϹКΚΝNІΙҮΥᎪᏢᎡᎾᏙᎬᎠᏟᏦ", "AAPPOOOSVVEEDDCCKKNNIIYYAPROVEDCK")


_UNDO = re.compile(
    rf"undo(?:\s+(?P<ref>{_REF.pattern}))?(?:\s+because\s+(?P<why>.*)|\s+[-–—:]\s+(?P<text>.*))?",
    re.IGNORECASE | re.DOTALL,
)


class Near(StrEnum):
    """Why something that looks like a reply is none."""

    QUOTED = "quoted"
    CODE = "code"
    LOOKALIKE = "look-alike"
    FORM = "form"


@dataclass(frozen=True)
class Ignore:
    """Ordinary conversation."""


@dataclass(frozen=True)
class Attempt:
    """Looks like a reply and is none: no effect, a private hint."""

    near: Near


@dataclass(frozen=True)
class Reply:
    """What every reply may carry: a reference, a purpose, free text and the cases named in it."""

    ref: str = ""
    purpose: str = ""
    text: str = ""
    cases: tuple[str, ...] = ()

    @property
    def claimed_word(self) -> str:
        """The word directly after the separator: a claim when it is the name of a role."""
        return self.text.split(maxsplit=1)[0] if self.text else ""


@dataclass(frozen=True)
class Ack(Reply):
    """`ACK - O2 Omar investigating CASE-…` (CM-10)."""


@dataclass(frozen=True)
class Approve(Reply):
    """`APPROVED for rerun - max_items limit added` (CM-55)."""


@dataclass(frozen=True)
class Deny(Reply):
    """`DENIED - root cause not yet identified` (CM-56)."""


@dataclass(frozen=True)
class Undo(Reply):
    """`undo because the backlog is gone`: asks for the way back, so the word alone decides nothing."""


_KEYWORDS: dict[str, type[Ack | Approve | Deny]] = {
    "ACK": Ack,
    "APPROVED": Approve,
    "APPROVE": Approve,
    "DENIED": Deny,
    "DENY": Deny,
}


def parse_reply(text: str) -> Ack | Approve | Deny | Undo | Attempt | Ignore:
    """Read the first line of a thread message."""
    stripped = text.strip()
    line = stripped.splitlines()[0].strip() if stripped else ""
    if line.startswith(("&gt;", ">")):
        return (
            Attempt(Near.QUOTED) if _starts_like_keyword(line.removeprefix("&gt;").lstrip("> ")) else Ignore()
        )
    if line.startswith("`"):
        return Attempt(Near.CODE) if _starts_like_keyword(line.strip("` ")) else Ignore()
    line = _without_one_mark(line)
    word = re.match(r"[^\W\d_]*", line)
    if word is not None and (back := _UNDO.fullmatch(line)):
        said = " ".join(unescape(back["why"] or back["text"] or "").split())
        return Undo(ref=(back["ref"] or "").upper(), text=said)
    if word is None or word.group().upper() not in _KEYWORDS:
        return _near_miss(line)
    matched = _REPLY.fullmatch(line)
    if matched is None:
        return Attempt(Near.FORM)
    kind = _KEYWORDS[matched["keyword"].upper()]
    said = unescape(matched["text"] or "").strip()
    ref = (matched["ref"] or "").upper()
    cases = {found.upper() for found in _CASE.findall(f"{ref} {said}")}
    return kind(ref=ref, purpose=(matched["purpose"] or "").lower(), text=said, cases=tuple(sorted(cases)))


def _without_one_mark(line: str) -> str:
    """Take away one layer of Slack bold or italic: around the keyword or around the line."""
    if line[:1] not in ("*", "_"):
        return line
    mark, rest = line[0], line[1:]
    closing = rest.find(mark)
    if closing < 0:
        return line
    return (rest[:closing] + rest[closing + 1 :]).strip()


def _near_miss(line: str) -> Attempt | Ignore:
    if _starts_like_keyword(line):
        return Attempt(Near.FORM if line.isascii() else Near.LOOKALIKE)
    return Ignore()


def _starts_like_keyword(line: str) -> bool:
    """Whether the first word would pass for a keyword before a reader's eyes."""
    seen = unicodedata.normalize("NFKD", _INVISIBLE.sub("", line)).upper().translate(_LOOKALIKES)
    word = re.match(r"[\W_]*([A-Z]+)", seen)
    return word is not None and word.group(1) in _KEYWORDS


@dataclass(frozen=True)
class Command:
    """`/ops <system> <action> [values] [name=value …] [because <reason>]`, still without meaning."""

    words: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Unreadable:
    """A command that breaks the form: what is wrong, for the person who typed it."""

    why: str


_NAMED = re.compile(r"([a-z][a-z0-9_-]*)=(\S*)", re.IGNORECASE)
_BECAUSE = re.compile(r"(?:^|\s)because(?:\s+|$)", re.IGNORECASE)
LONGEST_COMMAND = 1800
"""Characters of a command: beside its system's and action's names they fit the 2,000 of a button's value."""


def parse_command(text: str) -> Command | Unreadable:
    """Split a command into words, `name=value` pairs and the reason after `because`."""
    if len(text) > LONGEST_COMMAND:
        return Unreadable(texts.COMMAND_TOO_LONG.format(length=len(text), limit=LONGEST_COMMAND))
    plain = unescape(text).strip()
    if any(unicodedata.category(char) in ("Cc", "Cf") for char in plain):
        return Unreadable(texts.COMMAND_BROKEN)
    head, *because = _BECAUSE.split(plain, maxsplit=1)
    reason = because[0].strip() if because else ""
    if len(reason) > LONGEST_REASON:
        return Unreadable(texts.REASON_TOO_LONG.format(length=len(reason), limit=LONGEST_REASON))
    words: list[str] = []
    named: list[tuple[str, str]] = []
    for word in head.split():
        pair = _NAMED.fullmatch(word)
        if pair is None:
            words.append(word)
        elif pair[1].lower() in (name.lower() for name, _ in named):
            return Unreadable(texts.GIVEN_TWICE.format(name=pair[1]))
        else:
            named.append((pair[1], pair[2]))
    return Command(words=tuple(words), named=tuple(named), reason=reason)
