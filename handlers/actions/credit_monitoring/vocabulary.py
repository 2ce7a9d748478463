"""What the actions of the credit monitor share: names, parameters, and what is read of a case."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from handlers.actions import Params
from handlers.actions.credit_monitoring.ports import CaseState

KIND = "credit-monitoring"

RunId = Annotated[str, StringConstraints(pattern=r"^RUN-[0-9A-Z][0-9A-Z-]{2,75}$")]
CaseId = Annotated[str, StringConstraints(pattern=r"^CASE-\d{8}-[0-9A-F]{6}$")]
_LONGEST = 2000
Prose = Annotated[str, StringConstraints(max_length=_LONGEST)]

RootCause = Literal["Misconfig", "Legit Load", "External Dependency", "Unknown"]
"""The causes of rows CM-14 and CM-25."""
RESOLVED = "Resolved"
RESOLUTION_FIELDS = (
    "Root_Cause",
    "Root_Cause_Analysis",
    "Mitigation",
    "Evidence_No_Exposure",
    "Baseline_Rationale",
)


class RunTarget(Params):
    run_id: RunId

    @property
    def target(self) -> str:
        return self.run_id


class ReleaseParams(RunTarget):
    case_id: CaseId | Literal[""] = ""


class CaseParams(Params):
    case_id: CaseId

    @property
    def target(self) -> str:
        return self.case_id


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


def stamped(case: CaseState, request_id: str) -> bool:
    """Whether the case carries a request's stamp."""
    return any(stamp.get("Request_ID") == request_id for stamp in case.fields.get("Stamps", ()))


def resolution(case: CaseState) -> dict[str, Any]:
    """The fields of a case that a release reads, as one digest: other changes of the case are noise."""
    read = {name: case.fields.get(name) for name in (*RESOLUTION_FIELDS, "Resolved_At")}
    digest = hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()
    return {"id": case.case_id, "status": case.status, "resolution_sha256": digest}
