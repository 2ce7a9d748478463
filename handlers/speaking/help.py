"""What *this* person may do here, in the words to type, and why the rest is not theirs."""

from __future__ import annotations

from collections.abc import Iterable

from handlers import texts
from handlers.actions import Reading
from handlers.cards import answer_forms, titles
from handlers.identity.standing import Standing
from handlers.messages import Card, Code, Line, Section, Span, Strong
from handlers.speaking import wording as w
from handlers.values import usage
from handlers.world import World
from policies.decisions import may_lift, may_lock, may_read, may_request
from policies.systems import ActionRule

_OWN = (
    "pending",
    "status R-…",
    "history",
    "cancel R-…",
    "undo R-… because …",
    "extend R-… 1h because …",
    "dry-run <system> <action> …",
    "board",
    "oncall [system]",
    "unfollow",
)
_LOCK, _LIFT = "lockdown because …", "lift because …"
_FEW = 8
"""Looks that each get a line with its title; more of them stand in a row, by their words alone."""


def help_card(world: World, who: Standing, system: str = "") -> Card:
    """Everything of one system, or of the only one; with several, each in a line."""
    systems = world.book.systems
    wanted = system if system in systems else next(iter(systems)) if len(systems) == 1 else ""
    sections = _of_system(world, who, wanted) if wanted else _overview(world, who)
    forms = texts.say(w.HELP_REPLIES, forms=answer_forms())
    anywhere = Section(label=w.HELP_ANYWHERE, lines=(_own(world, who), forms))
    body = _how(world, wanted) if wanted else (w.HELP_INTRO,)
    return Card(body=(body,), sections=(*sections, anywhere), summary=w.HELP_INTRO)


def _how(world: World, name: str) -> Line:
    begin = Code(text=world.book.address(name))
    return texts.say(w.HELP_HOW, system=Strong(text=world.book.systems[name].title), begin=begin)


def _own(world: World, who: Standing) -> Line:
    """The bot's own commands, as far as they are this person's."""
    lock = (_LOCK,) if may_lock(world.book, who.roles).allowed else ()
    lift = (_LIFT,) if may_lift(world.book, who.roles).allowed else ()
    ops = world.book.slash("ops")
    return _row(f"{ops} {words}" for words in (*_OWN, *lock, *lift))


def _row(words: Iterable[str]) -> Line:
    """Words to type, one after the other."""
    spans: list[Span] = [span for one in words for span in (Code(text=one), "  ")]
    return tuple(spans[:-1])


def _overview(world: World, who: Standing) -> tuple[Section, ...]:
    """What is this person's in each system, by name."""
    sections = []
    for name, system in world.book.systems.items():
        mine = [one for one in system.actions if may_request(world.book, name, one, who.roles).allowed]
        seen = [one for one in _readings(world, name) if may_read(world.book, name, one, who.roles).allowed]
        lines = [
            texts.say(words, names=", ".join(names))
            for words, names in ((w.HELP_MAY_RUN, mine), (w.HELP_MAY_LOOK, seen))
            if names
        ]
        if lines:
            more = texts.say(w.HELP_MORE, help=Code(text=f"{world.book.slash('ops')} help {name}"))
            sections.append(Section(label=system.title, lines=(*lines, more)))
    return tuple(sections) or (Section(lines=((texts.HELP_NONE,),)),)


def _of_system(world: World, who: Standing, name: str) -> tuple[Section, ...]:
    """What may be run, what may be looked at, and who could do the rest."""
    runs: list[Line] = []
    others: list[Line] = []
    for action, rule in world.book.systems[name].actions.items():
        decision = may_request(world.book, name, action, who.roles)
        if decision.allowed:
            words = Code(text=usage(world.action(name, action), "").removesuffix(" because <reason>"))
            runs.append((words, f" {rule.title}{_agreed(world, rule)}"))
        elif rule.request:
            able = titles(world.book, decision.who_could)
            others.append(texts.say(w.HELP_NOT_YOURS, action=action, who=able))
    sections = (
        Section(label=w.HELP_RUNS, lines=tuple(runs) or ((w.HELP_NOTHING,),)),
        Section(label=w.HELP_LOOKS, lines=_looks(world, who, name)),
        Section(label=w.HELP_OTHERS, lines=tuple(others)),
    )
    return tuple(one for one in sections if one.lines)


def _agreed(world: World, rule: ActionRule) -> str:
    able = titles(world.book, rule.approve.roles) if rule.approve else ""
    return f" ({w.HELP_APPROVES.format(who=able)})" if able else ""


def _looks(world: World, who: Standing, name: str) -> tuple[Line, ...]:
    allowed = [one for one in _readings(world, name) if may_read(world.book, name, one, who.roles).allowed]
    known = [world.reading(name, one) for one in allowed]
    if len(known) > _FEW:
        return (_row(_needed(one) for one in known),)
    return tuple((Code(text=usage(one, "")), f" {one.title}") for one in known)


def _needed(reading: Reading) -> str:
    """The words of a reading without the values that it can do without."""
    return " ".join(word for word in usage(reading, "").split() if not word.startswith("["))


def _readings(world: World, name: str) -> tuple[str, ...]:
    rule = world.book.systems[name].read
    return rule.what if rule else ()
