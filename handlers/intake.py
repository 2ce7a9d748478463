"""Alerts from outside become threads. What the sender says is shown as said, what was done as verified."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from handlers import alerts, texts
from handlers.actions.credit_monitoring.vocabulary import RunId
from handlers.alerts import Alert, Rung
from handlers.changes import Cause, Draft, later, settle, unused_id
from handlers.requests import Request, Seal, Submitted
from handlers.transitions import alert_effect, alert_key, alert_list, move_alert, move_request, thread_set
from handlers.work import Claimed, Key, Verdict
from handlers.world import World
from policies.schema import AlertRule, PolicyBook

RUN_RECORD = "run-record"


def _on_one_line(text: str) -> str:
    """A sender's words without line breaks and invisible characters: they could pass for the bot's."""
    spaced = "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in text)
    seen = "".join(one for one in spaced if unicodedata.category(one) != "Cf")
    return " ".join(seen.split()) or "-"


_Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_on_one_line)]


class RunRecord(BaseModel):
    """What the credit monitor sends for a run (samples of the real monitor; row CM-04).

    Unknown fields are kept out of the alert: a newer monitor may send more.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    Run_ID: RunId
    Timestamp: _Name
    Scenario_Name: _Name
    Severity: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,15}$")]
    Status: _Name
    Credits_Total: float = Field(ge=0)
    Scenario_ID: _Name | None = None
    Job_Type: _Name | None = None
    Misconfig_Likelihood: _Name | None = None
    Variance_Multiplier: float | None = None
    Baseline_Expected_Credits: float | None = None
    Risk_Flags: tuple[_Name, ...] = Field(default=(), max_length=50)
    Risk_Summary: Annotated[str, StringConstraints(max_length=2000)] | None = None


class NoRoute(Exception):
    """No policy says where this alert goes."""


def route(book: PolicyBook, record: RunRecord) -> tuple[str, AlertRule]:
    """The system and rule for a run record. Raises NoRoute when policy has none for its severity."""
    for name, system in book.systems.items():
        if RUN_RECORD in system.alerts:
            rule = book.alert_rule(name, RUN_RECORD, record.Severity)
            if rule is None or record.Severity not in book.severities:
                raise NoRoute(f"policy of {name} has no rule for {RUN_RECORD} alerts of {record.Severity}")
            return name, rule
    raise NoRoute(f"no policy takes {RUN_RECORD} alerts")


def check_run_record(book: PolicyBook, body: Mapping[str, Any]) -> str:
    """The name under which a run record is known: the run and a digest of what is said of it.

    Raises ValueError with what is wrong, for its sender.
    """
    try:
        record = RunRecord.model_validate(body)
        route(book, record)
    except ValidationError as faulty:
        faults = [
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faulty.errors(include_url=False)
        ]
        raise ValueError("; ".join(faults)) from None
    except NoRoute as no:
        raise ValueError(str(no)) from None
    said = json.dumps(body, sort_keys=True)
    return f"{record.Run_ID}/{hashlib.sha256(said.encode()).hexdigest()[:16]}"


async def on_alert(world: World, claimed: Claimed) -> Verdict:
    """Handle one claimed item of the ALERTS queue."""
    body = json.loads(claimed.item.body)
    cause = Cause(claimed.item.id, f"alerts/{body['source']}", world.clock.now(), claimed.item, claimed.token)
    return await take_alert(world, cause, body)


def subject_key(system: str, subject: str) -> Key:
    """Names the pointer from what an alert is about to the alert."""
    return Key("subject", f"{system}/{subject}")


async def take_alert(world: World, cause: Cause, body: Mapping[str, Any]) -> Verdict:
    """Open the thread of a recorded run record, or count a repeat of it."""
    record = RunRecord.model_validate(body["record"])
    system, rule = route(world.book, record)
    received = datetime.fromisoformat(body["received_at"]).astimezone(UTC)
    pointer = subject_key(system, record.Run_ID)

    async def decide(draft: Draft) -> None:
        stored = (await world.store.read((pointer,)))[pointer]
        draft.saw(stored)
        if stored.version and await _again(draft, world, alert_key(stored.body), record):
            return
        names = await _names(draft, world, rule, record)
        alert = _new_alert(world, cause, system, rule, record, received, names)
        draft.save(pointer, alert.id)
        draft.save(alert_key(alert.id), alert)
        draft.link(thread_set(alert.slot), alert_key(alert.id))
        if alert.due_at is not None:
            draft.rank(alert_list(alert.system), alert_key(alert.id), alert.received_at)
        draft.record(
            "alert-firing", alert.id, severity=alert.severity, about=alert.subject, case=alert.case_id
        )
        for effect in alerts.begin(alert)[1]:
            alert_effect(draft, world, alert, effect)
        for request in _automatic(world, alert, rule, record, names):
            move_request(draft, world, request, Submitted())

    return await settle(world.store, cause, decide)


async def _again(draft: Draft, world: World, key: Key, record: RunRecord) -> bool:
    """Whether this only repeats a known alert. A graver one of the same run is an alert of its own."""
    alert = draft.load((await world.store.read((key,)))[key], Alert)
    ranks = {name: severity.rank for name, severity in world.book.severities.items()}
    if alert is None or ranks[record.Severity] < ranks.get(alert.severity, ranks[record.Severity]):
        return False
    move_alert(draft, world, alert, alerts.Fired())
    return True


@dataclass(frozen=True)
class _Names:
    """Ids that nothing has yet: of the alert, and of the automatic requests by action."""

    alert: str
    requests: Mapping[str, str]


async def _names(draft: Draft, world: World, rule: AlertRule, record: RunRecord) -> _Names:
    alert = await unused_id(draft, world.store, "alert", "A", draft.cause.id, record.Run_ID)
    made = {name: await unused_id(draft, world.store, "request", "R", alert, name) for name in rule.automatic}
    return _Names(alert, made)


def _new_alert(
    world: World,
    cause: Cause,
    system: str,
    rule: AlertRule,
    record: RunRecord,
    received: datetime,
    names: _Names,
) -> Alert:
    severity = world.book.severities[record.Severity]
    opens_case = "open-case" in rule.automatic
    within = severity.acknowledge_within
    return Alert(
        id=names.alert,
        system=system,
        source=RUN_RECORD,
        subject=record.Run_ID,
        severity=record.Severity,
        title=f"{record.Scenario_Name} · {record.Run_ID}",
        claimed=_claims(record),
        risk_flags=record.Risk_Flags,
        channel=rule.channel,
        case_id=_case_id(cause, record, received) if opens_case else "",
        containment=tuple(names.requests.values()),
        contained=not rule.automatic,
        received_at=received,
        due_at=later(received, within.total_seconds()) if within else None,
        ladder=tuple(
            Rung(
                after_seconds=rung.after.total_seconds(),
                tell_groups=tuple(one.group for one in rung.tell if one.group),
                tell_users=tuple(one.user for one in rung.tell if one.user),
                tell_channels=tuple(one.channel for one in rung.tell if one.channel),
                say=rung.say or "",
            )
            for rung in severity.ladder.rungs
        ),
    )


def _claims(record: RunRecord) -> dict[str, str]:
    """What the sender says, as labels and short texts."""
    credits_ = f"{record.Credits_Total:,.0f}"
    if record.Baseline_Expected_Credits:
        credits_ += f" against a baseline of {record.Baseline_Expected_Credits:,.0f}"
    if record.Variance_Multiplier:
        credits_ += f" ({record.Variance_Multiplier:.1f}×)"
    claims = {
        "Credits": credits_,
        "Job": record.Job_Type,
        "Misconfiguration": record.Misconfig_Likelihood,
        "Risk flags": ", ".join(flag.replace("_", " ") for flag in record.Risk_Flags),
        "Status in record": record.Status,
        texts.SENDERS_TIME: record.Timestamp,
    }
    return {label: said for label, said in claims.items() if said}


def _case_id(cause: Cause, record: RunRecord, received: datetime) -> str:
    """CASE-YYYYMMDD-XXXXXX (CM-08), the same for every handling of the same cause."""
    letters = hashlib.sha256(f"{cause.id}\n{record.Run_ID}".encode()).hexdigest()[:6].upper()
    return f"CASE-{received:%Y%m%d}-{letters}"


def _automatic(
    world: World, alert: Alert, rule: AlertRule, record: RunRecord, names: _Names
) -> list[Request]:
    """Requests that policy makes by itself (CM-05, CM-08): nobody approves them, everything else holds."""
    made = []
    now = world.clock.now()
    for name in rule.automatic:
        known = {
            "run_id": record.Run_ID,
            "case_id": alert.case_id,
            "title": f"{record.Severity} • Credit Spike • {record.Scenario_Name}"[:200],
            "severity": record.Severity,
            "risk_flags": record.Risk_Flags,
        }
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
                reason=f"policy: automatic for {record.Severity}",
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
