"""Alerts from outside become threads. What the sender says is shown as said, what was done as verified."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.alerting import machine
from handlers.alerting.effects import alert_effect, move_alert
from handlers.alerting.escalating import start_clock
from handlers.alerting.model import Alert
from handlers.alerting.signals import Signal
from handlers.alerting.sources import SOURCES
from handlers.alerting.sources.source import NoRoute
from handlers.changes import Cause, Draft, later, settle, unused_id
from handlers.request_machine import Submitted
from handlers.requests import Request, Seal
from handlers.transitions import alert_key, alert_list, move_request, thread_set
from handlers.work import Claimed, Key, Verdict
from handlers.world import World
from policies.alert_rules import AlertRule
from policies.clocks import graver


async def on_alert(world: World, claimed: Claimed) -> Verdict:
    """Handle one claimed item of the ALERTS queue."""
    body = json.loads(claimed.item.body)
    cause = Cause(claimed.item.id, f"alerts/{body['source']}", world.clock.now(), claimed.item, claimed.token)
    received = datetime.fromisoformat(body["received_at"]).astimezone(UTC)
    told = SOURCES[body["source"]].signals(world.book, body["record"])
    return await take_signals(world, cause, told, received)


def subject_key(system: str, subject: str) -> Key:
    """Names the pointer from what an alert is about to the alert."""
    return Key("subject", f"{system}/{subject}")


async def take_signals(world: World, cause: Cause, told: tuple[Signal, ...], received: datetime) -> Verdict:
    """Open the thread of each recorded signal, or count a repeat of it; all of a body or nothing."""

    async def decide(draft: Draft) -> None:
        for signal in told:
            await _take(draft, world, signal, received)

    return await settle(world.store, cause, decide)


async def _take(draft: Draft, world: World, signal: Signal, received: datetime) -> None:
    pointer = subject_key(signal.system, signal.subject)
    stored = (await world.store.read((pointer,)))[pointer]
    draft.saw(stored)
    if stored.version and await _again(draft, world, alert_key(stored.body), signal):
        return
    rule = _rule(world, signal)
    names = await _names(draft, world, rule, signal)
    alert = _new_alert(world, draft.cause, rule, signal, received, names)
    draft.save(pointer, alert.id)
    draft.save(alert_key(alert.id), alert)
    draft.link(thread_set(alert.slot), alert_key(alert.id))
    if alert.due_at is not None:
        draft.rank(alert_list(alert.system), alert_key(alert.id), alert.received_at)
    draft.record("alert-firing", alert.id, severity=alert.severity, about=alert.subject, case=alert.case_id)
    for effect in machine.begin(alert)[1]:
        alert_effect(draft, world, alert, effect)
    for request in _automatic(world, alert, rule, signal, names):
        move_request(draft, world, request, Submitted())


def _rule(world: World, signal: Signal) -> AlertRule:
    """Where the alert goes. Raises NoRoute when policy does not say."""
    rule = world.book.alert_rule(signal.system, signal.source, signal.severity)
    if rule is None or signal.severity not in world.book.severities:
        raise NoRoute(f"policy of {signal.system} takes no {signal.source} alerts of {signal.severity}")
    return rule


async def _again(draft: Draft, world: World, key: Key, signal: Signal) -> bool:
    """Whether this only repeats a known alert. A graver one of the same subject is an alert of its own."""
    alert = draft.load((await world.store.read((key,)))[key], Alert)
    if alert is None or graver(world.book, signal.severity, alert.told_severity) is not False:
        return False
    clock = start_clock(world.book, alert.severity, world.clock.now())
    move_alert(draft, world, alert, machine.Fired(clock))
    return True


@dataclass(frozen=True)
class _Names:
    """Ids that nothing has yet: of the alert, and of the automatic requests by action."""

    alert: str
    requests: Mapping[str, str]


async def _names(draft: Draft, world: World, rule: AlertRule, signal: Signal) -> _Names:
    alert = await unused_id(draft, world.store, "alert", "A", draft.cause.id, signal.subject)
    made = {name: await unused_id(draft, world.store, "request", "R", alert, name) for name in rule.automatic}
    return _Names(alert, made)


def _new_alert(
    world: World,
    cause: Cause,
    rule: AlertRule,
    signal: Signal,
    received: datetime,
    names: _Names,
) -> Alert:
    opens_case = "open-case" in rule.automatic
    clock = start_clock(world.book, signal.severity, received)
    return Alert(
        id=names.alert,
        system=signal.system,
        source=signal.source,
        subject=signal.subject,
        name=signal.name,
        labels=signal.labels,
        links=signal.links,
        query=signal.query,
        severity=signal.severity,
        title=signal.title,
        claimed=signal.claimed,
        risk_flags=signal.risk_flags,
        channel=rule.channel,
        case_id=_case_id(cause, signal, received) if opens_case else "",
        containment=tuple(names.requests.values()),
        contained=not rule.automatic,
        received_at=received,
        due_at=clock.due_at,
        ladder=clock.ladder,
        lapses=clock.lapses,
    )


def _case_id(cause: Cause, signal: Signal, received: datetime) -> str:
    """CASE-YYYYMMDD-XXXXXX (CM-08), the same for every handling of the same cause."""
    letters = hashlib.sha256(f"{cause.id}\n{signal.subject}".encode()).hexdigest()[:6].upper()
    return f"CASE-{received:%Y%m%d}-{letters}"


def _automatic(world: World, alert: Alert, rule: AlertRule, signal: Signal, names: _Names) -> list[Request]:
    """Requests that policy makes by itself (CM-05, CM-08): nobody approves them, everything else holds."""
    made = []
    now = world.clock.now()
    for name in rule.automatic:
        known = {**signal.known, "case_id": alert.case_id}
        action = world.action(alert.system, name)
        params = action.params(**{key: known[key] for key in action.params.model_fields if key in known})
        action_rule = world.book.systems[alert.system].actions[name]
        made.append(
            Request(
                id=names.requests[name],
                system=alert.system,
                action=name,
                params=json.loads(params.model_dump_json()),
                target=params.target,
                reason=f"policy: automatic for {signal.severity}",
                requesters=(),
                automatic=True,
                approvals_needed=0,
                seal=Seal(revision=0, sealed={}, rule_digest=world.book.rule_digest(alert.system, name)),
                created_at=now,
                changed_at=now,
                expires_at=later(now, action_rule.expires_after.total_seconds()),
                channel=alert.channel,
                thread_slot=alert.slot,
                alert_id=alert.id,
            )
        )
    return made
