"""The credit monitor's run records (row CM-04), one a body."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from handlers import texts
from handlers.actions.credit_monitoring.vocabulary import KIND, RunId
from handlers.alerting.signals import Signal, Stray, Told
from handlers.alerting.sources import wording as w
from handlers.alerting.sources.source import Json, Source
from handlers.foreign import Name, understood
from policies.placing import NoPlace
from policies.schema import PolicyBook

NAME = "run-record"


class RunRecord(BaseModel):
    """What the credit monitor sends for a run (samples of the real monitor; row CM-04).

    Unknown fields are kept out of the alert: a newer monitor may send more.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    Run_ID: RunId
    Timestamp: Name
    Scenario_Name: Name
    Severity: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,15}$")]
    Status: Name
    Credits_Total: float = Field(ge=0)
    Scenario_ID: Name | None = None
    Job_Type: Name | None = None
    Misconfig_Likelihood: Name | None = None
    Variance_Multiplier: float | None = None
    Baseline_Expected_Credits: float | None = None
    Risk_Flags: tuple[Name, ...] = Field(default=(), max_length=50)
    Risk_Summary: Annotated[str, StringConstraints(max_length=2000)] | None = None


def told(book: PolicyBook, body: Json) -> Told:
    """The one signal of a run record. Raises ValueError with what is wrong with it, for its sender."""
    record = understood(RunRecord, body)
    system = _system(book, record)
    if isinstance(system, Stray):
        return Told(strays=(system,))
    signal = Signal(
        source=NAME,
        system=system,
        severity=record.Severity,
        name=record.Scenario_Name,
        subject=record.Run_ID,
        title=f"{record.Scenario_Name} · {record.Run_ID}",
        claimed=_claims(record),
        risk_flags=record.Risk_Flags,
        known={
            "run_id": record.Run_ID,
            "title": f"{record.Severity} • Credit Spike • {record.Scenario_Name}",
            "severity": record.Severity,
            "risk_flags": record.Risk_Flags,
        },
    )
    return Told((signal,))


def _system(book: PolicyBook, record: RunRecord) -> str | Stray:
    """The system that takes run records of this severity, or that policy has none."""
    for name, system in book.systems.items():
        if NAME in system.alerts:
            rule = book.alert_rule(name, NAME, record.Severity)
            if rule is not None and record.Severity in book.severities:
                return name
            why = w.NO_RULE.format(system=name, source=NAME, severity=record.Severity)
            return Stray(NoPlace.NO_RULE, why, record.Scenario_Name, systems=(name,))
    return Stray(NoPlace.NO_SYSTEM, w.NOT_TAKEN.format(source=NAME), record.Scenario_Name)


def _known_as(body: Json, told: Told) -> str:
    """The run and a digest of what is said of it."""
    said = json.dumps(body, sort_keys=True)
    return f"{body['Run_ID']}/{hashlib.sha256(said.encode()).hexdigest()[:16]}"


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
        w.RISK_FLAGS: ", ".join(record.Risk_Flags),
        "Status in record": record.Status,
        texts.SENDERS_TIME: record.Timestamp,
    }
    return {label: said for label, said in claims.items() if said}


SOURCE = Source(NAME, told, _known_as, kinds=frozenset({KIND}))
