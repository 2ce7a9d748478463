"""Alerts from outside become threads. What the sender says is shown as said, what was done as verified."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from handlers.alerting.bodies import Body, IncomingSignal
from handlers.alerting.disclosing import disclosed
from handlers.alerting.kill_switch import switches
from handlers.alerting.making import names_for
from handlers.alerting.opening import newcomer_of, open_alert, rule_for
from handlers.alerting.placing import read_places
from handlers.alerting.retelling import is_another, retell
from handlers.alerting.signals import Signal
from handlers.alerting.strays import tell_strays
from handlers.alerts.model import Alert
from handlers.alerts.stored import alert_key, subject_key
from handlers.changes import Draft, settle
from handlers.errors import TryAgainLater
from handlers.work import Key, Verdict
from handlers.world import World
from policies.alert_rules import AlertRule

SLICE = 200
"""Signals of one body that one unit of work takes: what one script writes stays well below its bounds."""
_BREATH = 8
"""So many of them are decided on in one go: a few milliseconds."""
Breathe = Callable[[], Awaitable[None]]
"""Lets others go on, and people's words come first."""


async def take_body(world: World, body: Body, breathe: Breathe) -> Verdict:
    """Open threads for the recorded signals, or count repeats of them: all of a body, each of them once.

    A long body is taken in slices; how far it was taken is stored with each of them.
    """
    slices = _slices(body.told)
    marker = Key("taken", body.cause.id)
    verdict = Verdict.DUPLICATE
    for number, some in enumerate(slices):

        async def decide(draft: Draft, number: int = number, some: Sequence[Signal] = some) -> None:
            draft.keeps_item = number + 1 < len(slices)
            if len(slices) == 1 or await _is_next(draft, world, marker, number, len(slices)):
                await _take(draft, world, [IncomingSignal(body, signal) for signal in some], breathe)
                if number + 1 == len(slices):
                    await tell_strays(draft, world, [(body.source, stray) for stray in body.strays])

        verdict = await settle(world.store, body.cause, decide)
    return verdict


async def take_bodies(world: World, bodies: Sequence[Body], breathe: Breathe) -> Verdict:
    """Take bodies that tell of different subjects in one unit of work: all of them or nothing."""
    first = bodies[0].cause

    async def decide(draft: Draft) -> None:
        draft.also = tuple((one.cause.item, one.cause.token) for one in bodies[1:] if one.cause.item)
        await _take(
            draft, world, [IncomingSignal(one, signal) for one in bodies for signal in one.told], breathe
        )
        draft.cause = first
        await tell_strays(draft, world, [(one.source, stray) for one in bodies for stray in one.strays])

    return await settle(world.store, first, decide)


def _slices(told: Sequence[Signal]) -> list[list[Signal]]:
    """Parts of a body, none of which tells of one subject twice: each is decided on what is stored."""
    slices: list[list[Signal]] = [[]]
    seen: set[Key] = set()
    for signal in told:
        about = subject_key(signal.system, signal.subject)
        if about in seen or len(slices[-1]) == SLICE:
            slices.append([])
            seen.clear()
        slices[-1].append(signal)
        seen.add(about)
    return slices


async def _is_next(draft: Draft, world: World, marker: Key, number: int, count: int) -> bool:
    """Whether this slice of a body is not taken yet; remembers that it now is."""
    stored = (await world.store.read((marker,)))[marker]
    draft.saw(stored)
    if number != int(stored.body or 0):
        return False
    if number + 1 < count:
        draft.save(marker, str(number + 1))
    else:
        draft.forget(marker)
    return True


async def _take(draft: Draft, world: World, told: Sequence[IncomingSignal], breathe: Breathe) -> None:
    """What is read is read for all at once, and what is decided rests on it."""
    known = await _known(draft, world, [one.signal for one in told])
    off = await switches(world, {one.signal.system for one in told}, draft)
    new: list[tuple[IncomingSignal, AlertRule]] = []
    for number, one in enumerate(told, 1):
        if not number % _BREATH:
            await breathe()
        draft.cause = one.cause
        alert = known.get(subject_key(one.signal.system, one.signal.subject))
        if alert is not None and not (
            one.signal.firing and is_another(world, one.signal, alert, one.received)
        ):
            await retell(draft, world, alert, one.signal, one.received, off)
        elif one.signal.firing:
            new.append((one, rule_for(world, one.signal)))
        elif one.body.patient:
            raise TryAgainLater("an alert ends that has not begun", after=1.0)
    if not new:
        return
    newcomers = [newcomer_of(world, one.signal, rule) for one, rule in new]
    places = await read_places(draft, world, newcomers, world.clock.now())
    made_of = [(one.cause, one.signal, rule) for one, rule in new]
    named = zip(new, await names_for(draft, world, made_of), strict=True)
    for number, ((one, rule), names) in enumerate(named, 1):
        if not number % _BREATH:
            await breathe()
        signal = await disclosed(world.book, world.redactor, one.signal)
        draft.cause = one.cause
        open_alert(draft, world, places, off, rule, one, signal, names)


async def _known(draft: Draft, world: World, told: Sequence[Signal]) -> dict[Key, Alert]:
    """The alerts that there are already of what is told, by the names of their pointers."""
    pointers = sorted({subject_key(signal.system, signal.subject) for signal in told}, key=str)
    pointed = await world.store.read(pointers)
    for stored in pointed.values():
        draft.saw(stored)
    to = {key: alert_key(stored.body) for key, stored in pointed.items() if stored.version}
    read = await world.store.read(sorted(to.values(), key=str))
    found = {about: draft.load(read[key], Alert) for about, key in to.items()}
    return {about: alert for about, alert in found.items() if alert is not None}
