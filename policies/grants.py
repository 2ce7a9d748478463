"""What a decision is made of: a rule that was found, the roles it names, and words for who is refused."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from policies import wording as w
from policies.schema import PolicyBook


@dataclass(frozen=True)
class Decision:
    """An answer and its grounds.

    `rule` names the place in the policy (`credit-monitoring.yaml actions.release.approve (CM-51)`),
    `reasons` are sentences for the person, `who_could` are the names of the roles that could do it.
    """

    allowed: bool
    rule: str
    reasons: tuple[str, ...]
    who_could: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The reasons for a person, each on a line of its own."""
        return "\n".join(self.reasons)


@dataclass(frozen=True)
class Grant:
    """A rule that was found: where it stands and the roles it names."""

    rule: str
    who: tuple[str, ...]


def no_system(book: PolicyBook, system: str) -> Decision:
    return Decision(False, "systems/", (w.NO_SYSTEM.format(system=system, systems=w.all_of(book.systems)),))


def grant(book: PolicyBook, system: str, key: str, row: str | None, named: Sequence[str]) -> Grant:
    return granted(book, rule_at(system, key, row), named)


def granted(book: PolicyBook, rule: str, named: Sequence[str]) -> Grant:
    """A rule and every role that counts as one of those it names, in the book's order."""
    counting = {role for name in named for role in book.counting_as(name)}
    return Grant(rule, tuple(name for name in book.roles if name in counting))


def by_role(book: PolicyBook, given: Grant, roles: AbstractSet[str], do: str) -> Decision:
    counting = [name for name in given.who if name in roles]
    if counting:
        who = w.all_of(titles(book, counting[-1:]))
        return Decision(True, given.rule, (w.ALLOWED.format(who=who, do=do),), given.who)
    only = w.ONLY.format(who=w.one_of(titles(book, given.who)), do=do, rule=given.rule)
    held = w.all_of(titles(book, _widest(book, roles)), "")
    return Decision(
        False, given.rule, (only, w.YOU_HOLD.format(held=held) if held else w.YOU_HOLD_NOTHING), given.who
    )


def _widest(book: PolicyBook, roles: AbstractSet[str]) -> list[str]:
    """The roles without those that another of them includes."""
    return [n for n in book.roles if n in roles and roles.isdisjoint(set(book.counting_as(n)) - {n})]


def titles(book: PolicyBook, roles: Sequence[str]) -> tuple[str, ...]:
    return tuple(book.roles[name].title for name in roles)


def rule_at(system: str, key: str, row: str | None) -> str:
    return f"{system}.yaml {key}{cited(row)}"


def cited(row: str | None) -> str:
    return f" ({row})" if row else ""
