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
from handlers.errors import DoNotRetry, TryAgainLater

_LONGEST_MATCHERS = 200
_ORDER = tuple(SilenceState)
"""Active ones first, then those to come, then those that are over."""


@reading("silences", kind=KIND, title=w.TITLE, params=OfThisSystem)
async def silences(system: Alertmanager, params: OfThisSystem) -> Report:
    """Every silence that carries the system's labels, whoever made it; ended ones for as long as it keeps
    them. Then those made elsewhere that may hide its alerts without saying so."""
    found = await system.silences()
    others, remark = await _others(system)
    carried = joined(system.bounds.carried)
    if not found and not others:
        return Report(w.NONE.format(carried=carried), lines=remark)
    states = Counter(one.state for one in found)
    headline = w.LISTED.format(
        active=states[SilenceState.ACTIVE],
        pending=states[SilenceState.PENDING],
        over=states[SilenceState.EXPIRED],
    )
    if others:
        headline += w.LISTED_OTHERS.format(count=len(others), carried=carried)
    rows = [_row(one, str(one.state)) for one in sorted(found, key=_rank)]
    rows += [_row(one, w.OF_OTHERS.format(state=one.state)) for one in sorted(others, key=_rank)]
    return Report(headline, columns=w.COLUMNS, rows=tuple(rows), lines=remark)


async def _others(system: Alertmanager) -> tuple[tuple[Silence, ...], tuple[str, ...]]:
    """Those made elsewhere, or why they cannot be told: there may be too many of them to read."""
    try:
        return await system.others(), ()
    except (DoNotRetry, TryAgainLater) as no:
        return (), (w.OTHERS_UNCLEAR.format(why=no),)


def _rank(one: Silence) -> tuple[int, float]:
    """What ends first stands first; of what is over, what ended last."""
    ends = one.ends.timestamp()
    return _ORDER.index(one.state), -ends if one.is_over else ends


def _row(one: Silence, state: str) -> tuple[str, ...]:
    hides = short(one.hides, _LONGEST_MATCHERS)
    return one.id, state, hides, short(one.by), short(one.why), f"{one.ends:%Y-%m-%d %H:%M}"
