"""Alerts from outside become threads. What the sender says is shown as said, what was done as verified."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.alerting.bodies import Body
from handlers.alerting.disclosing import disclosed
from handlers.alerting.kill_switch import KillSwitch, held_list, holds_back, switches
from handlers.alerting.making import Names, automatic_requests, names_for, new_alert
from handlers.alerting.placing import (
    SHARED_ID,
    Home,
    Newcomer,
    Places,
    kin_of,
    mix_of,
    read_places,
    remember,
    stand_for,
)
from handlers.alerting.retelling import is_another, retell
from handlers.alerting.reviewing import await_review
from handlers.alerting.signals import Signal, Tellable
from handlers.alerting.strays import tell_strays
from handlers.alerts import machine
from handlers.alerts.ladder import clock_anew
from handlers.alerts.members import join
from handlers.alerts.model import Alert, Gathered
from handlers.alerts.stored import alert_key, alert_list, subject_key
from handlers.alerts.tallies import count_alert
from handlers.alerts.transitions import alert_effect
from handlers.changes import Cause, Draft, readable_id, settle
from handlers.errors import TryAgainLater
from handlers.requests.machine import Submitted
from handlers.requests.transitions import move_request, thread_set
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
                await _take(draft, world, [Heard(body, signal) for signal in some], breathe)
                if number + 1 == len(slices):
                    await tell_strays(draft, world, [(body.source, stray) for stray in body.strays])

        verdict = await settle(world.store, body.cause, decide)
    return verdict


async def take_bodies(world: World, bodies: Sequence[Body], breathe: Breathe) -> Verdict:
    """Take bodies that tell of different subjects in one unit of work: all of them or nothing."""
    first = bodies[0].cause

    async def decide(draft: Draft) -> None:
        draft.also = tuple((one.cause.item, one.cause.token) for one in bodies[1:] if one.cause.item)
        await _take(draft, world, [Heard(one, signal) for one in bodies for signal in one.told], breathe)
        draft.cause = first
        await tell_strays(draft, world, [(one.source, stray) for one in bodies for stray in one.strays])

    return await settle(world.store, first, decide)


@dataclass(frozen=True)
class Heard:
    """One signal of a recorded body."""

    body: Body
    signal: Signal

    @property
    def cause(self) -> Cause:
        return self.body.cause

    @property
    def received(self) -> datetime:
        return self.body.received


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


async def _take(draft: Draft, world: World, told: Sequence[Heard], breathe: Breathe) -> None:
    """What is read is read for all at once, and what is decided rests on it."""
    known = await _known(draft, world, [one.signal for one in told])
    off = await switches(world, {one.signal.system for one in told}, draft)
    new: list[tuple[Heard, AlertRule]] = []
    for number, one in enumerate(told, 1):
        if not number % _BREATH:
            await breathe()
        draft.cause = one.cause
        alert = known.get(subject_key(one.signal.system, one.signal.subject))
        if alert is not None and not (
            one.signal.firing and is_another(world, one.signal, alert, one.received)
        ):
            retell(draft, world, alert, one.signal, one.received, off)
        elif one.signal.firing:
            new.append((one, _rule(world, one.signal)))
        elif one.body.patient:
            raise TryAgainLater("an alert ends that has not begun", after=1.0)
    if not new:
        return
    newcomers = [_newcomer(world, one.signal, rule) for one, rule in new]
    places = await read_places(draft, world, newcomers, world.clock.now())
    made_of = [(one.cause, one.signal, rule) for one, rule in new]
    named = zip(new, await names_for(draft, world, made_of), strict=True)
    for number, ((one, rule), names) in enumerate(named, 1):
        if not number % _BREATH:
            await breathe()
        signal = await disclosed(world.book, world.redactor, one.signal)
        draft.cause = one.cause
        _open(draft, world, places, off, rule, one, signal, names)


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


def _open(
    draft: Draft,
    world: World,
    places: Places,
    off: Mapping[str, KillSwitch],
    rule: AlertRule,
    heard: Heard,
    signal: Tellable,
    names: Names,
) -> None:
    """Record a new alert and have it told, in a thread of its own or in one that it shares."""
    new = _newcomer(world, signal, rule)
    alert = new_alert(world, heard.cause, rule, signal, heard.received, names)
    alert = alert.model_copy(update={"kin": new.kin})
    draft.save(subject_key(signal.system, signal.subject), alert.id)
    switch = off.get(signal.system)
    if switch is not None and holds_back(world, switch, signal.severity):
        _hold_back(draft, world, alert.model_copy(update={"held": switch.id}))
    elif not _settle_in(draft, world, places, new, rule, signal, alert):
        return
    for request in automatic_requests(world, alert, rule, signal, names):
        move_request(draft, world, request, Submitted())


def _settle_in(
    draft: Draft,
    world: World,
    places: Places,
    new: Newcomer,
    rule: AlertRule,
    signal: Tellable,
    alert: Alert,
) -> bool:
    """Tell an alert where it belongs; whether that is a thread of its own."""
    home = places.home(new)
    remember(draft, alert, world.clock.now(), places.rules(new.channel), own=home is Home.OWN)
    if home is Home.OWN:
        _begin(draft, world, alert)
        return True
    stands = places.shared(new.channel, new.kin if home is Home.CAUSE else new.mix)
    if stands is None:
        stands = _open_shared(draft, world, places, new, rule, signal, home)
    join(draft, world, alert, stands)
    return False


def _hold_back(draft: Draft, world: World, alert: Alert) -> None:
    """Record an alert that a kill switch keeps from being told."""
    key = alert_key(alert.id)
    draft.save(key, alert)
    draft.link(thread_set(alert.slot), key)
    draft.rank(held_list(alert.held), key, world.clock.now())
    draft.record(
        "alert-firing", alert.id, severity=alert.severity, about=alert.about, case=alert.case_id,
        held=alert.held,
    )  # fmt: skip


async def tell_held(draft: Draft, world: World, alerts: Sequence[Alert]) -> None:
    """Tell alerts that were held back, as if they began now: with the clock that policy gives today."""
    now = world.clock.now()
    new = [
        Newcomer(
            alert.channel,
            mix_of(alert.system, alert.severity),
            alert.kin,
            bool(alert.containment) or world.book.is_gravest(alert.severity),
        )
        for alert in alerts
    ]
    places = await read_places(draft, world, new, now)
    for alert, one in zip(alerts, new, strict=True):
        clock = clock_anew(world.book, alert, now)
        began = {"due_at": clock.due_at, "ladder": clock.ladder, "lapses": clock.lapses}
        told = alert.model_copy(update={"held": "", "epoch": alert.epoch + 1, **began})
        rule = AlertRule(channel=alert.channel)
        _settle_in(draft, world, places, one, rule, _signal_of(alert), told)


def _signal_of(alert: Alert) -> Tellable:
    """What its sender said, as far as an alert keeps it and may tell it."""
    return Tellable(
        source=alert.source,
        system=alert.system,
        severity=alert.severity,
        name=alert.name,
        subject=alert.subject,
        title=alert.title,
        labels=alert.labels,
        links=alert.links,
        query=alert.query,
        called=alert.called or alert.title,
        about=alert.about,
    )


def _begin(draft: Draft, world: World, alert: Alert) -> None:
    """Save an alert with a thread of its own, show it and start its clock."""
    draft.save(alert_key(alert.id), alert)
    draft.link(thread_set(alert.slot), alert_key(alert.id))
    if alert.due_at is not None:
        draft.rank(alert_list(alert.system), alert_key(alert.id), alert.received_at)
    await_review(draft, world, alert)
    draft.record("alert-firing", alert.id, severity=alert.severity, about=alert.about, case=alert.case_id)
    count_alert(draft, None, alert)
    for effect in machine.begin(alert)[1]:
        alert_effect(draft, world, alert, effect)


def _open_shared(
    draft: Draft,
    world: World,
    places: Places,
    new: Newcomer,
    rule: AlertRule,
    signal: Tellable,
    home: Home,
) -> Alert:
    """Make the alert that stands for those of one cause, or of one system and severity."""
    now = world.clock.now()
    what = new.kin if home is Home.CAUSE else new.mix
    subject = f"storm/{what}/{int(now.timestamp())}"
    standing = stand_for(signal, subject, mixed=home is Home.MIX)
    name = readable_id("A", draft.cause.id, subject, length=SHARED_ID)
    made = new_alert(world, draft.cause, rule, standing, now, Names(name, {}))
    alert = made.model_copy(update={"gathered": Gathered(mixed=home is Home.MIX), "contained": True})
    _begin(draft, world, alert)
    places.opened(draft, new, home, alert, now)
    return alert


def _newcomer(world: World, signal: Signal, rule: AlertRule) -> Newcomer:
    kin = kin_of(signal.system, rule.channel, signal.severity, signal.name, signal.grouping)
    own = bool(rule.automatic) or world.book.is_gravest(signal.severity)
    return Newcomer(rule.channel, mix_of(signal.system, signal.severity), kin, own)


def _rule(world: World, signal: Signal) -> AlertRule:
    """Where the alert goes; a source makes no signal that has no place."""
    rule = world.book.alert_rule(signal.system, signal.source, signal.severity)
    if rule is None or signal.severity not in world.book.severities:
        raise ValueError(f"policy of {signal.system} takes no {signal.source} alerts of {signal.severity}")
    return rule
