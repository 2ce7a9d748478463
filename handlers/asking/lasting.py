"""How long a change is to last: `for 2h`, after the values of an action that can be timed."""

from __future__ import annotations

from datetime import timedelta

from pydantic_core import PydanticCustomError

from handlers import texts
from handlers.actions import Action
from handlers.asking import wording as w
from handlers.messages import Code
from handlers.values import No
from policies.fields import format_duration, parse_duration

WORD = "for"
"""The word before the duration, and the field of the modal. No parameter has this name."""
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)


def taken_apart(action: Action, values: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The values without the duration behind them, and that as it was typed, empty when there is none."""
    if len(values) < 2 or values[-2].lower() != WORD or WORD in action.fillers:
        return values, ""
    return values[:-2], values[-1]


def seconds_of(action: Action, typed: str) -> int | No:
    """A duration as it was typed, in seconds; 0 for none, or why it is none for this action."""
    if not typed:
        return 0
    if not action.timed:
        words = Code(text=f"{WORD} {typed[:20]}")
        return No(texts.say(w.NOT_TIMED, action=action.name, words=words), field=WORD)
    return length_of(typed)


def length_of(typed: str) -> int | No:
    """A duration within the bounds, in seconds, or why it is none."""
    try:
        length = parse_duration(typed.lower())
    except PydanticCustomError:
        length = None
    if not isinstance(length, timedelta) or not SHORTEST <= length <= LONGEST:
        return No(texts.say(w.NOT_A_TIME, typed=Code(text=typed[:20])), field=WORD)
    return int(length.total_seconds())


def in_words(seconds: int) -> str:
    """A duration as one types it: `2h`."""
    return format_duration(timedelta(seconds=seconds))
