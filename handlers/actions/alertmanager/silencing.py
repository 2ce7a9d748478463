"""`silence alertname=HighLatency instance="web-1" for 2h because …`: hides alerts in Alertmanager itself.

What the approver agrees to is the whole set of matchers: those typed, the system's own, and those that keep
grave alerts audible whatever fires later.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from handlers.actions import Again, Observation, Order, Sighting, Verified
from handlers.actions.alertmanager import wording as w
from handlers.actions.alertmanager.bounding import bounded, joined
from handlers.actions.alertmanager.ports import Alertmanager, FiringAlert, NewSilence, Silence
from handlers.actions.alertmanager.stamps import comment, maker, stamped
from handlers.actions.alertmanager.telling import alert_lines, counted, moment, short
from handlers.actions.alertmanager.vocabulary import KIND, SilenceParams
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from policies.fields import format_duration
from policies.matchers import Matcher

PAUSES = (0.0, 0.25, 0.75, 1.5)
"""Seconds before each read-back: one of several Alertmanagers tells the others a little later."""
_EVERY, _SOONEST = timedelta(minutes=5), timedelta(seconds=15)
"""How often a silence is looked after, and at least so long after the last look."""
_PUNCTUAL = timedelta(seconds=5)
"""A silence that ends so much sooner than it was to was ended by somebody."""
_LONGEST_SHOWN = 400


def _whole(system: Alertmanager, params: SilenceParams) -> tuple[Matcher, ...]:
    return bounded(params.wanted, system.bounds)


def _sealed(system: Alertmanager, params: SilenceParams) -> dict[str, object]:
    matchers = [str(one) for one in _whole(system, params)]
    return {"alertmanager": system.identity, "matchers": matchers, "seconds": params.seconds}


async def _look(system: Alertmanager, params: SilenceParams) -> Observation:
    bounds = system.bounds
    length = timedelta(seconds=params.seconds)
    if length > bounds.longest:
        raise DoNotRetry(w.TOO_LONG.format(longest=format_duration(bounds.longest)), "too-long")
    sealed, matchers = _sealed(system, params), _whole(system, params)
    alerts, silences = await asyncio.gather(system.alerts(matchers), system.silences())
    for one in silences:
        if not one.is_over and one.matchers == set(matchers) and one.ends >= system.now() + length:
            why = w.SO_ALREADY.format(id=one.id, until=moment(one.ends), by=short(one.by))
            raise DoNotRetry(why, "so-already")
    shown = (
        (w.HIDES, joined(params.wanted)),
        (w.ONLY_OF, joined(bounds.carried)),
        (w.AUDIBLE, _audible(system, matchers)),
        (w.LASTS, w.AT_ONCE.format(length=format_duration(length))),
        (w.HIDDEN_NOW, counted(alerts)),
    )
    documents = ((w.WHICH, "\n".join(alert_lines(alerts))),) if alerts else ()
    covered = (w.HIDES, w.ONLY_OF, w.AUDIBLE, w.LASTS)
    return Observation(sealed, shown=shown, documents=documents, covered=covered)


def _audible(system: Alertmanager, matchers: tuple[Matcher, ...]) -> str:
    """Which severities are never hidden, and by which of the matchers, where any are needed for it."""
    bounds = system.bounds
    if not bounds.grave:
        return w.ALL_MAY
    grave, needed = ", ".join(bounds.grave), [one for one in bounds.audible if one in matchers]
    told = w.NOT_GRAVE.format(grave=grave, matchers=joined(needed)) if needed else grave
    return short(told, _LONGEST_SHOWN)


async def _ask(system: Alertmanager, order: Order) -> Verified | None:
    found = await _made(system, order)
    return await _told(system, order, found) if found else None


async def _made(system: Alertmanager, order: Order) -> list[Silence]:
    """What carries this request's stamp and says what was sealed; what somebody made of it later does not."""
    sealed = set(order.sealed["matchers"])
    found = stamped(await system.silences(), order.request_id)
    return [one for one in found if {str(matcher) for matcher in one.matchers} == sealed]


async def _told(system: Alertmanager, order: Order, found: list[Silence]) -> Verified:
    """What was read back. A second one, of a call that came late, is ended: one request is one silence."""
    first, *others = found
    lines: list[str] = []
    for one in others:
        if not one.is_over:
            await system.expire(one.id)
            lines.append(w.DOUBLE_ENDED.format(id=one.id))
    if first.is_over:
        return Verified(lines=(w.MADE_AND_OVER.format(id=first.id, ended=moment(first.ends)),), over=True)
    said = w.MADE.format(id=first.id, state=first.state, until=moment(first.ends))
    lines = [said, w.HIDING.format(matchers=", ".join(order.sealed["matchers"])), *lines]
    return Verified(lines=tuple(lines), way_back=f"unsilence {first.id}", leaves={"silence": first.id})


async def _watch(system: Alertmanager, params: SilenceParams, request_id: str) -> Sighting | Again:
    """Whether it still hides what it was made for; at its end, what fires all the same."""
    found = stamped(await system.silences(), request_id)
    if not found:
        gone = (w.FORGOTTEN.format(id=request_id), *await _still(system, params))
        return Sighting(gone, well=False, moot_once_undone=True)
    now, first = system.now(), found[0]
    if not first.is_over:
        return Again(max(min(now + _EVERY, first.ends + timedelta(seconds=1)), now + _SOONEST))
    last = max(found, key=lambda one: one.ends)
    early = last.ends < last.starts + timedelta(seconds=params.seconds) - _PUNCTUAL
    line = (w.OVER_EARLY if early else w.OVER).format(id=last.id, ended=moment(last.ends))
    alerts, unclear = await _firing(system, params)
    lines = [w.STILL_FIRES.format(alert=one) for one in alert_lines(alerts)] or [w.NOTHING_FIRES_NOW]
    told = (line, *([unclear] if unclear else lines))
    return Sighting(told, well=not alerts and not unclear, moot_once_undone=True)


async def _still(system: Alertmanager, params: SilenceParams) -> tuple[str, ...]:
    alerts, unclear = await _firing(system, params)
    return (unclear,) if unclear else tuple(w.STILL_FIRES.format(alert=one) for one in alert_lines(alerts))


async def _firing(system: Alertmanager, params: SilenceParams) -> tuple[tuple[FiringAlert, ...], str]:
    """The alerts that it hid and that fire now, and why they cannot be told."""
    try:
        return await system.alerts(_whole(system, params)), ""
    except DoNotRetry as no:
        return (), w.FIRES_UNCLEAR.format(why=no)


@action(
    "silence",
    kind=KIND,
    params=SilenceParams,
    look=_look,
    ask=_ask,
    sealed="which Alertmanager, every matcher, for how long",
    precondition="none possible: Alertmanager makes another silence of the same",
    stamp="request id at the end of its comment",
    question="is there a silence with my request id in its comment, with the matchers that were sealed?",
    way_back="unsilence",
    takes=("matchers",),
    fillers=("for",),
    pairs=True,
    watch=_watch,
)
async def silence(system: Alertmanager, order: Order) -> Verified:
    """Make a silence, once, and read it back; what only may have been made is never made again here."""
    params: SilenceParams = order.params
    if _sealed(system, params) != dict(order.sealed):
        raise OutcomeUnknown(w.BOUNDS_CHANGED.format(id=order.request_id))
    now = system.now()
    new = NewSilence(
        matchers=_whole(system, params),
        starts=now,
        ends=now + timedelta(seconds=params.seconds),
        by=maker(order),
        comment=comment(order),
    )
    unsure = w.NOT_SEEN.format(id=order.request_id)
    try:
        await system.make(new)
    except OutcomeUnknown as lost:
        unsure = f"{lost} {unsure}"
    for pause in PAUSES:
        await asyncio.sleep(pause)
        try:
            found = await _made(system, order)
        except (DoNotRetry, TryAgainLater) as why:
            raise OutcomeUnknown(w.CANNOT_READ_BACK.format(why=why)) from why
        if found:
            return await _told(system, order, found)
    raise OutcomeUnknown(unsure)
