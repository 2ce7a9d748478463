"""What policy lists by name: of a cluster's things it is the bot's to touch, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from handlers.actions.kubernetes import object_wording as w
from handlers.errors import DoNotRetry

_T = TypeVar("_T")


def listed(rules: Mapping[str, _T], what: str, name: str) -> _T:
    """What policy says of the thing of this name. Raises DoNotRetry (`not-listed`) for any other."""
    if name not in rules:
        there = ", ".join(rules) or "none"
        raise DoNotRetry(w.NOT_LISTED.format(name=name, what=what, listed=there), "not-listed")
    return rules[name]
