"""What *this* person may do here, in the words to type, and why the rest is not theirs."""

from __future__ import annotations

from handlers import texts
from handlers.cards import answer_forms, note, titles
from handlers.messages import Card, Code, Line, Strong, Tone
from handlers.standing import Standing
from handlers.values import usage
from handlers.world import World
from policies.decisions import may_lift, may_lock, may_read, may_request


def help_card(world: World, who: Standing, system: str = "") -> Card:
    """Everything of one system, or of the only one; with several, each in a line."""
    systems = world.book.systems
    wanted = system if system in systems else next(iter(systems)) if len(systems) == 1 else ""
    lines = _of_system(world, who, wanted) if wanted else _overview(world, who)
    forms = texts.say(texts.HELP_REPLIES, forms=answer_forms())
    own = texts.say(texts.HELP_OWN, commands=_own(world, who))
    return note((texts.HELP_INTRO,), Tone.QUIET, *lines, own, forms)


_OWN = (
    "pending",
    "status R-…",
    "history",
    "cancel R-…",
    "dry-run <system> <action> …",
    "board",
)
_LOCK, _LIFT = "lockdown because …", "lift because …"


def _own(world: World, who: Standing) -> Line:
    """The bot's own commands, as far as they are this person's."""
    lock = (_LOCK,) if may_lock(world.book, who.roles).allowed else ()
    lift = (_LIFT,) if may_lift(world.book, who.roles).allowed else ()
    ops = world.book.slash("ops")
    spans = [span for words in (*_OWN, *lock, *lift) for span in (Code(text=f"{ops} {words}"), " ")]
    return tuple(spans[:-1])


def _overview(world: World, who: Standing) -> list[Line]:
    lines: list[Line] = []
    for name, system in world.book.systems.items():
        mine = [one for one in system.actions if may_request(world.book, name, one, who.roles).allowed]
        seen = [one for one in _readings(world, name) if may_read(world.book, name, one, who.roles).allowed]
        if not (mine or seen):
            continue
        named = ", ".join((*mine, *seen))
        lines.append(
            (Strong(text=system.title), f": {named} — ", Code(text=f"{world.book.slash('ops')} help {name}"))
        )
    return lines or [(texts.HELP_NONE,)]


def _of_system(world: World, who: Standing, name: str) -> list[Line]:
    """What may be run, what may be looked at, and who could do the rest."""
    runs: list[Line] = []
    others: list[Line] = []
    for action, rule in world.book.systems[name].actions.items():
        decision = may_request(world.book, name, action, who.roles)
        if decision.allowed:
            approve = titles(world.book, rule.approve.roles) if rule.approve else ""
            needs = f" ({approve} approves)" if approve else ""
            words = Code(text=usage(world.action(name, action), world.book.address(name)))
            runs += [(Strong(text=rule.title), needs), (words,)]
        elif rule.request:
            able = titles(world.book, decision.who_could)
            others.append(texts.say(texts.HELP_NOT_YOURS, action=action, who=able))
    looks: list[Line] = []
    for reading in _readings(world, name):
        if may_read(world.book, name, reading, who.roles).allowed:
            known = world.reading(name, reading)
            words = Code(text=usage(known, world.book.address(name)))
            looks.append((words, f" {known.title}"))
    heads: list[Line] = [(Strong(text=texts.HELP_LOOKS),)] if looks else []
    return [*(runs or [(texts.HELP_NOTHING,)]), *heads, *looks, *others]


def _readings(world: World, name: str) -> tuple[str, ...]:
    rule = world.book.systems[name].read
    return rule.what if rule else ()
