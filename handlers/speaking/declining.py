"""Commands of other tools, and anything interactive: refused with what this person may do instead."""

from __future__ import annotations

from collections.abc import Iterator

from handlers import texts
from handlers.asking.heard import Heard
from handlers.changes import Cause, Draft
from handlers.messages import Code, Line, plain
from handlers.speaking import declined_words as words
from handlers.speaking.declined_words import TABLE, Declined
from handlers.values import usage
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import may_read, may_request

_MOST = 4
"""Alternatives that are shown."""
_SHOWN = 60


def declined(world: World, heard: Heard) -> Declined | None:
    """What the table has for these words, whichever system they begin with; None where they are not in it.

    Flags, and names of systems and their namespaces between the words, mean nothing here.
    """
    spoken = [word.lower() for word in heard.command.words if not word.startswith(("-", "—"))]
    meant = tuple(word for word in spoken if word not in _places(world))
    fitting = (TABLE[meant[:length]] for length in range(len(meant), 0, -1) if meant[:length] in TABLE)
    return next(fitting, None)


async def decline(world: World, cause: Cause, heard: Heard, found: Declined) -> Verdict:
    """Say why not, and what else; recorded, as every refusal is."""
    draft = Draft(cause)
    said = Code(text=" ".join(heard.command.words)[:_SHOWN])
    line: Line = texts.say(words.DECLINED, words=said, why=found.why)
    mine = list(_usable(world, heard, found))[:_MOST]
    if mine:
        offered: list[Line] = [("\n• ", Code(text=one)) for one in mine]
        line = (*line, " ", words.INSTEAD, *(span for each in offered for span in each))
    else:
        line = (*line, " ", *_nothing(world, found))
    heard.voice.refuse(draft, plain(line)[:_SHOWN], line, words.RULE)
    return await world.store.commit(draft.build())


def _nothing(world: World, found: Declined) -> Line:
    """For whom none of it is: what it would be, or where to look."""
    granted = [
        name for name in found.instead if any(_grants(world, system, name) for system in world.book.systems)
    ]
    if granted:
        return texts.say(words.NOT_YOURS, names=", ".join(granted))
    return texts.say(words.NOTHING_INSTEAD, help=Code(text=f"{world.book.slash('ops')} help"))


def _usable(world: World, heard: Heard, found: Declined) -> Iterator[str]:
    """The words to type, of the system that was named or else of the first that gives it to this person."""
    systems = _named(world, heard) or tuple(world.book.systems)
    for name in found.instead:
        for system in systems:
            if _grants(world, system, name) and _allows(world, system, name, heard):
                known = world.reading if world.book.reads(system, name) else world.action
                yield usage(known(system, name), world.book.address(system))
                break


def _grants(world: World, system: str, name: str) -> bool:
    return world.book.reads(system, name) or world.book.action(system, name) is not None


def _allows(world: World, system: str, name: str, heard: Heard) -> bool:
    roles = heard.voice.who.roles
    if world.book.reads(system, name):
        return may_read(world.book, system, name, roles).allowed
    return may_request(world.book, system, name, roles).allowed


def _places(world: World) -> dict[str, str]:
    """The names by which a system is meant: its own and its namespace's."""
    own = {name: name for name in world.book.systems}
    return own | {rules.settings.get("namespace", name): name for name, rules in world.book.systems.items()}


def _named(world: World, heard: Heard) -> tuple[str, ...]:
    places = _places(world)
    said = (places[word.lower()] for word in heard.command.words if word.lower() in places)
    system = next(said, heard.system)
    return (system,) if system in world.book.systems else ()
