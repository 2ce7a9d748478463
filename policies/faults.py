"""Faults of a policy folder: where, what is wrong, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_LISTED = 24


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend; `line` counts from 1, `key` is a dotted path (`actions.release.approve`)."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return f"{where}{self.key}: {self.message}" if self.key else where + self.message


class PolicyFaults(Exception):
    """A policy folder that cannot be used; `faults` holds every fault found, in reading order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or an empty string."""
    found = get_close_matches(word, sorted(known), n=1)
    return found[0] if found else ""


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Say that a name is unknown, which one may have been meant, and which there are."""
    names = sorted(known)
    meant = closest(word, names)
    if meant:
        return f"unknown {what} `{word}`; did you mean `{meant}`?"
    if not names:
        return f"unknown {what} `{word}`: none is known here"
    more = ", …" if len(names) > _LISTED else ""
    verb = "is" if len(names) == 1 else "are"
    return (
        f"unknown {what} `{word}`: the {_plural(what, len(names))} {verb} {', '.join(names[:_LISTED])}{more}"
    )


def _plural(what: str, count: int) -> str:
    if count == 1 or what.endswith("s"):
        return what
    return f"{what[:-1]}ies" if what.endswith("y") and what != "key" else f"{what}s"
