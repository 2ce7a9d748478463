"""What was taken out of foreign text before anybody saw it, and who takes it out: `bot.redaction`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from handlers import texts


class Kind(StrEnum):
    """What a hidden value is, in the words that people read in its place."""

    PRIVATE_KEY = "line of a private key"
    PASSWORD = "password"  # noqa: S105  the name of a kind
    TOKEN = "token"  # noqa: S105  the name of a kind
    KEY = "key"
    SECRET = "secret"  # noqa: S105  the name of a kind
    EMAIL = "e-mail address"
    CARD = "card number"
    ACCOUNT = "bank account"
    PHONE = "phone number"
    PERSON = "personal number"
    RANDOM = "possible secret"
    REST = "rest of a long line"


@dataclass(frozen=True)
class Redacted:
    """Lines that may be shown, as many as were given, and how many values of which kind are not in each."""

    lines: tuple[str, ...]
    counts: tuple[Mapping[Kind, int], ...]

    @property
    def hidden(self) -> dict[Kind, int]:
        """Of all lines."""
        return together(self.counts)


class Redactor(Protocol):
    """The net, as the handlers see it."""

    async def each(self, texts: Sequence[str]) -> Redacted:
        """Texts that have nothing to do with one another, each in one line and as it may be told."""
        ...


async def as_told(redactor: Redactor, text: str) -> str:
    """One text as it may be told."""
    return (await redactor.each([text])).lines[0] if text else text


def together(counts: Sequence[Mapping[Kind, int]]) -> dict[Kind, int]:
    """Several counts as one."""
    total: Counter[Kind] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def told(hidden: Mapping[Kind, int]) -> str:
    """«Hidden: 2 passwords, 1 token.», empty when nothing was."""
    said = [f"{count} × {kind.value}" for kind, count in sorted(hidden.items()) if count]
    return texts.HIDDEN.format(what=", ".join(said)) if said else ""
