"""What people's words name: a system's action or reading, a role. Nothing is allowed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.schema import PolicyBook


@dataclass(frozen=True)
class FoundAction:
    """An action or a reading that a person's words name, and the words that are left for its values."""

    system: str
    action: str
    rest: tuple[str, ...]
    reading: bool = False


def find_action(book: PolicyBook, words: Sequence[str], thread_system: str = "") -> tuple[FoundAction, ...]:
    """The actions and readings that words name: `<system> <action> …`, `<action> <system> …` (as after
    a short form), or `<action> …` alone.

    Without a system in the words it is the thread's; outside a thread every system that has the action
    is found, so more than one means: ask which. Words count in any letter case.
    """
    lowered = [_folded(word) for word in words]
    if not lowered:
        return ()
    if lowered[0] in book.systems:
        found = [(lowered[0], lowered[1], 2)] if len(lowered) > 1 else []
    elif len(lowered) > 1 and lowered[1] in book.systems:
        found = [(lowered[1], lowered[0], 2)]
    else:
        found = [(system, lowered[0], 1) for system in book.systems if thread_system in ("", system)]
    return tuple(
        FoundAction(system, action, tuple(words[used:]), reading=book.action(system, action) is None)
        for system, action, used in found
        if book.action(system, action) or book.reads(system, action)
    )


def role_named(book: PolicyBook, word: str) -> str | None:
    """The role that a word names in any letter case (`O2`), None when it names none."""
    name = _folded(word)
    return name if name in book.roles else None


def _folded(word: str) -> str:
    """Lower case for ASCII only: a look-alike (the Kelvin sign) must not turn into the letter it imitates."""
    return word.lower() if word.isascii() else word
