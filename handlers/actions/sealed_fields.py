"""Which of the sealed fields differ from what is there now, in words.

What it tells of a target has not passed the redactor: whoever shows it sees to that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers import texts

_MOST_NAMED = 5
"""Things that came or went away which are named; what more there are, is counted."""
_LONGEST = 200
"""Characters of a thing that is named. A longer one is not cut: half a secret is not recognised as one."""


def what_differs(sealed: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The fields that differ, numbers with both values, lists with what came and went away; empty when
    nothing does."""
    keys = sorted(key for key in {*sealed, *now} if _jsonable(sealed.get(key)) != _jsonable(now.get(key)))
    return ", ".join(_difference(key, sealed.get(key), now.get(key)) for key in keys)


def _difference(key: str, was: Any, now: Any) -> str:
    # A text could be anything, also what nobody should read; a number is just what people ask about.
    if isinstance(was, int) and isinstance(now, int):
        return texts.FIELD_CHANGED.format(field=key, was=was, now=now)
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        return _said(key, _of_names(was, now))
    if not (_is_list(was) and _is_list(now)):
        return key
    if all(isinstance(one, int) for one in (*was, *now)):
        return texts.FIELD_CHANGED.format(field=key, was=_named(was), now=_named(now))
    if all(isinstance(one, str) for one in (*was, *now)):
        return _said(key, _of_texts(was, now))
    return key


def _of_texts(was: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    came, went = [one for one in now if one not in was], [one for one in was if one not in now]
    if came:
        yield texts.CAME.format(named=_named(came))
    if went:
        yield texts.WENT_AWAY.format(named=_named(went))
    if not came and not went:
        yield texts.ANOTHER_ORDER


def _of_names(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Names came and went away, or stand for something else."""
    if {*was} != {*now}:
        yield from _of_texts([*was], [*now])
    other = [name for name in was if name in now and _jsonable(was[name]) != _jsonable(now[name])]
    if other:
        yield texts.ANOTHER.format(named=_named([_difference(name, was[name], now[name]) for name in other]))


def _said(key: str, parts: Iterator[str]) -> str:
    return texts.FIELD_MOVED.format(field=key, parts="; ".join(parts))


def _named(found: Sequence[Any]) -> str:
    """Some of them by name, on one line."""
    named = [_on_a_line(str(one)) for one in found[:_MOST_NAMED]]
    left = len(found) - len(named)
    return ", ".join([*named, *([texts.AND_MORE_OF.format(count=left)] if left else [])])


def _on_a_line(text: str) -> str:
    if len(text) > _LONGEST:
        return texts.TOO_LONG_TO_NAME.format(length=len(text))
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _jsonable(value: Any) -> Any:
    """Tuples and lists are the same once stored."""
    return list(value) if isinstance(value, tuple) else value
