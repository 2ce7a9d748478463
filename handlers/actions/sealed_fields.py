"""Which of the sealed fields differ from what is there now, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import texts


def what_differs(sealed: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The fields that differ, numbers with both values; empty when nothing does."""
    keys = sorted(key for key in {*sealed, *now} if _jsonable(sealed.get(key)) != _jsonable(now.get(key)))
    return ", ".join(_difference(key, sealed.get(key), now.get(key)) for key in keys)


def _difference(key: str, was: Any, now: Any) -> str:
    # A text could be anything, also what nobody should read; a number is just what people ask about.
    if isinstance(was, int) and isinstance(now, int):
        return texts.FIELD_CHANGED.format(field=key, was=was, now=now)
    return key


def _jsonable(value: Any) -> Any:
    """Tuples and lists are the same once stored."""
    return list(value) if isinstance(value, tuple) else value
