"""What somebody may have meant who typed a word that is no command."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from handlers import texts
from handlers.cards import note
from handlers.messages import Card, Code, Line, Tone
from handlers.speaking import wording as w
from handlers.world import World

_MOST = 3


def unknown_command(world: World, words: tuple[str, ...], system: str, own: Iterable[str]) -> Card:
    """Says that the words are no command, and which are near. `own` are the bot's own commands."""
    ops = world.book.slash("ops")
    about = f" {words[0].lower()}" if words and words[0].lower() in world.book.systems else ""
    said = Code(text=" ".join(words)[:60])
    line = texts.say(w.UNKNOWN_COMMAND, words=said, help=Code(text=f"{ops} help{about}"))
    near = [(Code(text=f"{ops} {one}"),) for one in _near(world, words, system, tuple(own))]
    more: tuple[Line, ...] = ((w.DID_YOU_MEAN,), *near) if near else ()
    return note(line, Tone.QUIET, *more)


def _near(world: World, words: tuple[str, ...], system: str, own: tuple[str, ...]) -> list[str]:
    """The nearest commands to the first word, or to the second when the first is a system."""
    systems = world.book.systems
    first, second, third = (*(word.lower() for word in words), "", "", "")[:3]
    if first in systems:
        near = (*_close(f"{second}-{third}", _names(world, first)), *_close(second, _names(world, first)))
        return [f"{first} {one}" for one in dict.fromkeys(near)][:_MOST]
    found = [f"{one} {second}".strip() for one in _close(first, systems)]
    found += _close(first, own)
    for name in [system] if system else list(systems):
        found += [f"{name} {one}" for one in _close(first, _names(world, name))]
    return found[:_MOST]


def _names(world: World, system: str) -> tuple[str, ...]:
    """Everything that policy gives to anybody on a system."""
    rules = world.book.systems[system]
    return (*rules.actions, *(rules.read.what if rules.read else ()))


def _close(word: str, names: Iterable[str]) -> list[str]:
    return get_close_matches(word, list(names), n=_MOST, cutoff=0.7)
