"""How an alert is made of what a sender told, and what policy runs because of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.alerting.signals import Signal, Tellable
from handlers.alerts.ladder import start_clock
from handlers.alerts.model import Alert, Todo
from handlers.alerts.on_call import on_call_by_policy
from handlers.changes import Cause, Draft, later, unused_ids
from handlers.requests.model import Request, Seal
from handlers.world import World
from policies.alert_rules import AlertRule


@dataclass(frozen=True)
class Names:
    """Ids that nothing has yet: of the alert, and of the automatic requests by action."""

    alert: str
    requests: Mapping[str, str]


async def names_for(
    draft: Draft, world: World, new: Sequence[tuple[Cause, Signal, AlertRule]]
) -> list[Names]:
    """Names for each new alert and for what policy runs because of it, read for all at once."""
    causes = [(cause.id, signal.subject) for cause, signal, _ in new]
    alerts = await unused_ids(draft, world.store, "alert", "A", causes)
    runs = [(alert, name) for alert, (*_, rule) in zip(alerts, new, strict=True) for name in rule.automatic]
    requests = iter(await unused_ids(draft, world.store, "request", "R", runs))
    return [
        Names(alert, {name: next(requests) for name in rule.automatic})
        for alert, (*_, rule) in zip(alerts, new, strict=True)
    ]


def new_alert(
    world: World,
    cause: Cause,
    rule: AlertRule,
    signal: Tellable,
    received: datetime,
    names: Names,
) -> Alert:
    """An alert that begins with the clock and the ladder that policy gives it now, told nowhere yet."""
    opens_case = "open-case" in rule.automatic
    clock = start_clock(world.book, signal.severity, received)
    policy = world.book.signal_rule(signal.system, signal.name)
    return Alert(
        id=names.alert,
        system=signal.system,
        source=signal.source,
        subject=signal.subject,
        name=signal.name,
        called=signal.called,
        about=signal.about,
        labels=signal.labels,
        links=signal.links,
        query=signal.query,
        severity=signal.severity,
        title=signal.title,
        hidden=signal.hidden,
        kept_back=signal.kept_back,
        claimed=signal.claimed,
        risk_flags=signal.risk_flags,
        channel=rule.channel,
        case_id=_case_id(cause, signal, received) if opens_case else "",
        containment=tuple(names.requests.values()),
        contained=not rule.automatic,
        received_at=received,
        told_at=received,
        due_at=clock.due_at,
        ladder=clock.ladder,
        on_call=on_call_by_policy(world.book, signal.system, received),
        lapses=clock.lapses,
        checklist=tuple(Todo(text=point) for point in policy.checklist) if policy else (),
    )


def _case_id(cause: Cause, signal: Signal, received: datetime) -> str:
    """CASE-YYYYMMDD-XXXXXX (CM-08), the same for every handling of the same cause."""
    letters = hashlib.sha256(f"{cause.id}\n{signal.subject}".encode()).hexdigest()[:6].upper()
    return f"CASE-{received:%Y%m%d}-{letters}"


def automatic_requests(
    world: World, alert: Alert, rule: AlertRule, signal: Tellable, names: Names
) -> list[Request]:
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
