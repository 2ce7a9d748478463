"""Which system a command means: the one it names, the thread's, or the one that lists its target."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from handlers import texts
from handlers.asking.heard import Heard
from handlers.cards import note
from handlers.messages import Card, Code, Line, Tone
from handlers.parsing import Command
from handlers.speaking import wording as w
from handlers.values import usage
from handlers.world import World
from policies.naming import FoundAction, find_action

_LONGEST = 200


def find(world: World, command: Command, thread_system: str) -> tuple[FoundAction, ...]:
    """Every action or reading that the words may mean, one a system: more than one means: ask which.

    Where several systems have it, those whose policy lists the target by name are meant; failing that,
    those that list no names, because they take any.
    """
    found = find_action(world.book, command.words, thread_system) or _ungranted(world, command)
    if len(found) < 2 or not any(_target(world, one, command) for one in found):
        return found
    listing = {one: _listed(world, one) for one in found}
    named = tuple(one for one in found if _target(world, one, command) in listing[one])
    return named or tuple(one for one in found if not listing[one]) or found


def of_channel(world: World, found: tuple[FoundAction, ...], heard: Heard) -> tuple[FoundAction, ...]:
    """Where words could mean several systems, the only one of them that this channel belongs to.

    Not when that one lists its targets by name and this is none of them.
    """
    names = {heard.voice.place.channel, f"#{heard.channel_name}"}
    here = tuple(one for one in found if world.book.systems[one.system].channel in names)
    if len(found) < 2 or len(here) != 1:
        return found
    listed, target = _listed(world, here[0]), _target(world, here[0], heard.command)
    return here if not listed or not target or target in listed else found


def _ungranted(world: World, command: Command) -> tuple[FoundAction, ...]:
    """What a system's code could do and no rule grants: refused by that name, not as an unknown word."""
    if len(command.words) < 2 or command.words[0] not in world.book.systems:
        return ()
    system, name, *rest = command.words
    if world.book.action(system, name) or world.book.reads(system, name):
        return ()
    for known, reading in ((world.action, False), (world.reading, True)):
        with contextlib.suppress(KeyError):
            known(system, name)
            return (FoundAction(system, name, tuple(rest), reading),)
    return ()


def _listed(world: World, one: FoundAction) -> tuple[str, ...]:
    """The names of targets that policy lists for a system; none when it lists none, or not in the file."""
    what = world.reading(one.system, one.action) if one.reading else world.action(one.system, one.action)
    return world.listed(one.system, what.listed_in)


def _target(world: World, one: FoundAction, command: Command) -> str:
    """The first value, by position or by its name."""
    what = world.reading(one.system, one.action) if one.reading else world.action(one.system, one.action)
    if one.rest:
        return one.rest[0]
    named = {name.lower(): value for name, value in command.named}
    return named.get(what.takes[0], "") if what.takes else ""


def which_one(world: World, command: Command, found: Sequence[FoundAction]) -> Card:
    """Asks which system is meant, with the words to type; or says that none of them lists such a target."""
    target = _target(world, found[0], command)
    listing = {one.system: _listed(world, one) for one in found}
    if target and all(listing.values()) and not any(target in names for names in listing.values()):
        lists: list[Line] = [
            (Code(text=system), f": {', '.join(names)}") for system, names in listing.items()
        ]
        return note(texts.say(w.NO_SUCH_TARGET, target=Code(text=target[:60])), Tone.BAD, *lists)
    words = [(Code(text=_words(world, command, one) if target else _usage(world, one)),) for one in found]
    return note((w.WHICH_SYSTEM,), Tone.WAITING, *words)


def _usage(world: World, one: FoundAction) -> str:
    what = world.reading(one.system, one.action) if one.reading else world.action(one.system, one.action)
    return usage(what, world.book.address(one.system))


def _words(world: World, command: Command, one: FoundAction) -> str:
    """The same command with its system named."""
    named = [f"{name}={value}" for name, value in command.named]
    words = " ".join((world.book.slash("ops"), one.system, one.action, *one.rest, *named))[:_LONGEST]
    return f"{words} because {command.reason or '…'}"[:_LONGEST] if not one.reading else words
