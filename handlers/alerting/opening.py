"""A new alert is recorded and told: in a thread of its own or in a shared one, now or after a kill switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.alerting.bodies import IncomingSignal
from handlers.alerting.kill_switch import KillSwitch, held_list, holds_back
from handlers.alerting.making import Names, automatic_requests, new_alert
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
from handlers.alerting.reviewing import await_review
from handlers.alerting.signals import Signal, Tellable
from handlers.alerts import machine
from handlers.alerts.ladder import clock_anew
from handlers.alerts.members import join
from handlers.alerts.model import Alert, Gathered
from handlers.alerts.stored import alert_key, alert_list, subject_key
from handlers.alerts.tallies import count_alert
from handlers.alerts.transitions import alert_effect
from handlers.changes import Draft, readable_id
from handlers.requests.machine import Submitted
from handlers.requests.transitions import move_request, thread_set
from handlers.world import World
from policies.alert_rules import AlertRule


def open_alert(
    draft: Draft,
    world: World,
    places: Places,
    off: Mapping[str, KillSwitch],
    rule: AlertRule,
    incoming: IncomingSignal,
    signal: Tellable,
    names: Names,
) -> None:
    """Record a new alert and have it told, in a thread of its own or in one that it shares."""
    new = newcomer_of(world, signal, rule)
    alert = new_alert(world, incoming.cause, rule, signal, incoming.received, names)
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


def newcomer_of(world: World, signal: Signal, rule: AlertRule) -> Newcomer:
    kin = kin_of(signal.system, rule.channel, signal.severity, signal.name, signal.grouping)
    own = bool(rule.automatic) or world.book.is_gravest(signal.severity)
    return Newcomer(rule.channel, mix_of(signal.system, signal.severity), kin, own)


def rule_for(world: World, signal: Signal) -> AlertRule:
    """Where the alert goes; a source makes no signal that has no place."""
    rule = world.book.alert_rule(signal.system, signal.source, signal.severity)
    if rule is None or signal.severity not in world.book.severities:
        raise ValueError(f"policy of {signal.system} takes no {signal.source} alerts of {signal.severity}")
    return rule
