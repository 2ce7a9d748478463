"""`silences`: what is hidden of a system's alerts, by whom, why, and until when."""

from __future__ import annotations

from collections import Counter

from handlers.actions import Report
from handlers.actions.alertmanager import wording as w
from handlers.actions.alertmanager.bounding import joined
from handlers.actions.alertmanager.ports import Alertmanager, Silence, SilenceState
from handlers.actions.alertmanager.telling import short
from handlers.actions.alertmanager.vocabulary import KIND, OfThisSystem
from handlers.actions.registry import reading

_LONGEST_MATCHERS = 200
_ORDER = tuple(SilenceState)
"""Active ones first, then those to come, then those that are over."""


@reading("silences", kind=KIND, title=w.TITLE, params=OfThisSystem)
async def silences(system: Alertmanager, params: OfThisSystem) -> Report:
    """Every silence that carries the system's labels, whoever made it; ended ones for as long as it keeps
    them."""
    found = await system.silences()
    if not found:
        return Report(w.NONE.format(carried=joined(system.bounds.carried)))
    listed = sorted(found, key=_rank)
    states = Counter(one.state for one in found)
    headline = w.LISTED.format(
        active=states[SilenceState.ACTIVE],
        pending=states[SilenceState.PENDING],
        over=states[SilenceState.EXPIRED],
    )
    return Report(headline, columns=w.COLUMNS, rows=tuple(_row(one) for one in listed))


def _rank(one: Silence) -> tuple[int, float]:
    """What ends first stands first; of what is over, what ended last."""
    ends = one.ends.timestamp()
    return _ORDER.index(one.state), -ends if one.is_over else ends


def _row(one: Silence) -> tuple[str, ...]:
    hides = short(one.hides, _LONGEST_MATCHERS)
    return one.id, str(one.state), hides, short(one.by), short(one.why), f"{one.ends:%Y-%m-%d %H:%M}"
