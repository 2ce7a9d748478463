"""What a silence matches in the end: what people typed, within the bounds that policy sets. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.actions.alertmanager import wording as w
from handlers.actions.alertmanager.ports import Bounds
from handlers.errors import DoNotRetry
from policies.matchers import Matcher


def bounded(typed: Sequence[Matcher], bounds: Bounds) -> tuple[Matcher, ...]:
    """The matchers typed, those of the system, and those that keep grave alerts audible, each once.

    Raises DoNotRetry for what would hide another system's alerts, or asks for grave ones by name.
    """
    ours = {one.name for one in bounds.carried}
    for one in typed:
        if one.name in ours and one not in bounds.carried:
            raise DoNotRetry(w.NOT_OURS.format(carried=joined(bounds.carried), typed=one), "not-ours")
    audible = [one for one in bounds.audible if not _settled(one, typed, bounds)]
    return tuple(dict.fromkeys((*typed, *bounds.carried, *audible)))


def _settled(audible: Matcher, typed: Sequence[Matcher], bounds: Bounds) -> bool:
    """Whether what was typed says so already: it names one value, which is not a grave one."""
    named = [one for one in typed if one.names_one and one.name == audible.name]
    for one in named:
        if not audible.holds_for(one.value):
            raise DoNotRetry(w.NEVER.format(typed=one, grave=", ".join(bounds.grave)), "never-hidden")
    return bool(named)


def joined(matchers: Sequence[Matcher]) -> str:
    """Matchers on one line."""
    return ", ".join(map(str, matchers))
