"""What the actions of the credit monitor share: names, parameters, and what is read of a case."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, StringConstraints

from handlers.actions import Params
from handlers.actions.credit_monitoring.ports import CaseState, RunState

KIND = "credit-monitoring"

RunId = Annotated[str, StringConstraints(pattern=r"^RUN-[0-9A-Z][0-9A-Z-]{2,75}$")]
"""A run as alerts and people name it: narrower than what the folder may hold."""
CaseId = Annotated[str, StringConstraints(pattern=r"^CASE-\d{8}-[0-9A-F]{6}$")]
_LONGEST = 2000
Prose = Annotated[str, StringConstraints(max_length=_LONGEST)]

RootCause = Literal["Misconfig", "Legit Load", "External Dependency", "Unknown"]
"""The causes of rows CM-14 and CM-25."""
INVESTIGATING, RESOLVED = "Investigating", "Resolved"
RESOLUTION_FIELDS = (
    "Root_Cause",
    "Root_Cause_Analysis",
    "Mitigation",
    "Evidence_No_Exposure",
    "Baseline_Rationale",
)


def _worded_cause(typed: Any) -> Any:
    """A cause in any letter case, with a hyphen or underscore where the runbook has a space."""
    plain = str(typed).replace("-", " ").replace("_", " ").casefold()
    return next((cause for cause in get_args(RootCause) if cause.casefold() == plain), typed)


class RunTarget(Params):
    run_id: RunId

    @property
    def target(self) -> str:
        return self.run_id


class ReleaseParams(RunTarget):
    case_id: CaseId | Literal[""] = ""


class RerunParams(RunTarget):
    """The thread's case, where there is one, shows the approver how far its root cause is known.

    `acknowledged` is what the run's alert says; where the bot has none, there is nothing to acknowledge.
    """

    case_id: CaseId | Literal[""] = ""
    acknowledged: bool = True


class CaseParams(Params):
    case_id: CaseId

    @property
    def target(self) -> str:
        return self.case_id


class ClassifyParams(CaseParams):
    """What people take for the root cause; `legit-load` and the like are understood too."""

    root_cause: Annotated[RootCause, BeforeValidator(_worded_cause)] = Field(
        description="Misconfig, Legit-Load, External-Dependency or Unknown"
    )


class OpenCaseParams(CaseParams):
    run_id: RunId
    title: Annotated[str, StringConstraints(max_length=200)]
    severity: str
    risk_flags: tuple[str, ...] = ()


class ResolveParams(CaseParams):
    """The documentation that row CM-17 requires; the last two where they apply."""

    run_id: RunId
    root_cause: RootCause
    analysis: Prose = Field(min_length=1)
    mitigation: Prose = Field(min_length=1)
    evidence: Prose = ""
    baseline_rationale: Prose = ""


SENSITIVE = frozenset({"pii_exposure", "regulatory_data"})
"""Risk flags after which a resolution must show that nothing was exposed (CM-12, CM-17)."""


ACKNOWLEDGED_FIRST = "SEV1"
"""The severity whose alert must be acknowledged before a rerun (CM-21)."""
NEEDS_RERUN_APPROVAL = frozenset({"SEV0", "SEV1"})
"""Severities whose rerun always needs approval (CM-52); that of a SEV2 does when it is flagged."""
FLAGGED_MISCONFIG = "High"
"""The `Misconfig_Likelihood` of a run that the monitor takes for a misconfiguration."""
IN_RANGE = frozenset({"SEV3", "SEV4"})
"""Severities of a run that spent about what its scenario usually does."""
MOVING = frozenset({"quarantining", "releasing"})
"""States of a companion in which a move is under way."""


def last_move(state: RunState) -> str:
    """The request that moved the run's files last, empty when none did."""
    return "" if state.companion is None else str(state.companion.get("request_id", ""))


def phase(state: RunState) -> str:
    """How far the latest move is, empty when there was none."""
    return "" if state.companion is None else str(state.companion.get("state", ""))


def stamped(case: CaseState, request_id: str) -> bool:
    """Whether the case carries a request's stamp."""
    return any(stamp.get("Request_ID") == request_id for stamp in case.fields.get("Stamps", ()))


def resolution(case: CaseState) -> dict[str, Any]:
    """The fields of a case that a release reads, as one digest: other changes of the case are noise."""
    read = {name: case.fields.get(name) for name in (*RESOLUTION_FIELDS, "Resolved_At")}
    digest = hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()
    return {"id": case.case_id, "status": case.status, "resolution_sha256": digest}
