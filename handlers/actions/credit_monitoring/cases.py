"""Opening, classifying and resolving cases (rows CM-08, CM-14, CM-16, CM-17, CM-19, CM-25)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from handlers import texts
from handlers.actions import Criterion, Observation, Order, Sheet, Verified
from handlers.actions.credit_monitoring import wording as w
from handlers.actions.credit_monitoring.ports import CaseState, CreditMonitor
from handlers.actions.credit_monitoring.vocabulary import (
    INVESTIGATING,
    KIND,
    RESOLVED,
    SENSITIVE,
    ClassifyParams,
    OpenCaseParams,
    ResolveParams,
    RootCause,
    resolution,
    stamped,
)
from handlers.actions.registry import action
from handlers.actions.sealed_fields import what_differs
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged
from handlers.messages import FieldKind, FormField


async def _look_before_open(system: CreditMonitor, params: OpenCaseParams) -> Observation:
    return Observation(sealed={"case_id": params.case_id})


async def _ask_open(system: CreditMonitor, order: Order) -> Verified | None:
    case = await system.cases.look(order.params.case_id)
    if not case.exists:
        return None
    if not stamped(case, order.request_id):
        raise OutcomeUnknown(f"{order.params.case_id} exists and was opened by somebody else.")
    return _opened(case)


def _opened(case: CaseState) -> Verified:
    return Verified(lines=(f"Case {case.case_id} is open (status {case.status}).",))


@action(
    "open-case",
    kind=KIND,
    params=OpenCaseParams,
    look=_look_before_open,
    ask=_ask_open,
    sealed="case id",
    precondition="no case of this id exists",
    stamp="request id in the case",
    question="is there a case with this id, and whose stamp does it carry?",
    way_back="none: a case is a record",
)
async def open_case(system: CreditMonitor, order: Order) -> Verified:
    """Open the case of a SEV0 or SEV1 run (CM-08, CM-19)."""
    params: OpenCaseParams = order.params
    sensitive = SENSITIVE & set(params.risk_flags)
    fields = {
        "Title": params.title,
        "Category": "Data/PII" if sensitive else "Cost/Credits",
        "Severity": params.severity,
        "Exposure_Band": "Regulatory" if sensitive else "Financial",
        "Status": "Open",
        "Primary_Run_ID": params.run_id,
        "Related_Run_IDs": [params.run_id],
    }
    return _opened(await system.cases.open(params.case_id, order.request_id, fields))


async def _look_before_classify(system: CreditMonitor, params: ClassifyParams) -> Observation:
    case = await system.cases.look(params.case_id)
    if not case.exists:
        raise DoNotRetry(f"There is no case {params.case_id}.", "no-such-case")
    if case.status == RESOLVED:
        raise DoNotRetry(f"{params.case_id} is already resolved.", "already-resolved")
    sealed = _classification(case)
    told = f"{params.root_cause} (before: {sealed['root_cause']})"
    return Observation(
        sealed, precondition=case.digest, shown=(("Root cause", told), ("Status", INVESTIGATING))
    )


def _classification(case: CaseState) -> dict[str, Any]:
    """What an approval of another root cause covers."""
    before = str(case.fields.get("Root_Cause") or "none")
    return {"case_id": case.case_id, "status": case.status, "root_cause": before}


async def _as_sealed(
    system: CreditMonitor, order: Order, sealed_of: Callable[[CaseState], Mapping[str, Any]]
) -> str:
    """The digest of the case as it is now, for the write that follows. Raises TargetChanged when it is not as
    it was sealed: much may have happened to it while a replica was down."""
    case = await system.cases.look(order.params.case_id)
    differs = "" if stamped(case, order.request_id) else what_differs(order.sealed, sealed_of(case))
    if differs:
        raise TargetChanged(texts.CHANGED_FIELDS.format(fields=differs))
    return case.digest


async def _ask_classify(system: CreditMonitor, order: Order) -> Verified | None:
    case = await system.cases.look(order.params.case_id)
    return _classified(case) if stamped(case, order.request_id) else None


def _classified(case: CaseState) -> Verified:
    cause = case.fields.get("Root_Cause")
    return Verified(lines=(f"Case {case.case_id} now reads {case.status}, root cause {cause}.",))


@action(
    "classify-case",
    kind=KIND,
    params=ClassifyParams,
    look=_look_before_classify,
    ask=_ask_classify,
    sealed="case id, status, former root cause and the new one",
    precondition="the case's content digest",
    stamp="request id in the case",
    question="does the case carry this request's stamp?",
    way_back="classify it anew",
    takes=("root_cause",),
)
async def classify_case(system: CreditMonitor, order: Order) -> Verified:
    """Write the root cause and set Status to Investigating (CM-14, CM-25)."""
    params: ClassifyParams = order.params
    fields = {"Root_Cause": params.root_cause, "Status": INVESTIGATING}
    by = " and ".join(order.approvers)
    note = f"Root cause {params.root_cause}; approved by {by} ({order.request_id}): {order.reason}"
    digest = await _as_sealed(system, order, _classification)
    case = await system.cases.amend(params.case_id, order.request_id, digest, fields, note)
    return _classified(case)


async def _look_before_resolve(system: CreditMonitor, params: ResolveParams) -> Observation:
    case = await system.cases.look(params.case_id)
    if not case.exists:
        raise DoNotRetry(f"There is no case {params.case_id}.", "no-such-case")
    if case.status == RESOLVED:
        raise DoNotRetry(f"{params.case_id} is already resolved.", "already-resolved")
    documented = Criterion(
        name="documented", text="Root cause, mitigation and what applies are written", met=True
    )
    documents = {
        "Root cause analysis": params.analysis,
        "Mitigation": params.mitigation,
        "Evidence of no exposure": params.evidence,
        "Baseline rationale": params.baseline_rationale,
    }
    return Observation(
        sealed=_resolution(case),
        criteria=(documented,),
        precondition=case.digest,
        shown=(("Root cause", params.root_cause), ("Run", params.run_id)),
        documents=tuple((label, text) for label, text in documents.items() if text),
    )


def _resolution(case: CaseState) -> dict[str, Any]:
    """What an approval of a resolution covers."""
    return {"case": resolution(case)}


async def _ask_resolve(system: CreditMonitor, order: Order) -> Verified | None:
    case = await system.cases.look(order.params.case_id)
    return _resolved(case) if stamped(case, order.request_id) else None


def _resolved(case: CaseState) -> Verified:
    return Verified(
        lines=(
            f"Case {case.case_id} now reads {case.status}, root cause {case.fields.get('Root_Cause')}.",
            f"Resolved_At is {case.fields.get('Resolved_At')}.",
        )
    )


def _resolve_fields(known: Mapping[str, Any]) -> tuple[FormField, ...]:
    sensitive = bool(SENSITIVE & set(known.get("risk_flags", ())))
    causes = FormField(
        name="root_cause", label="Root cause", kind=FieldKind.CHOICE, choices=get_args(RootCause)
    )
    return (
        causes,
        FormField(name="analysis", label="Root cause analysis", hint=w.SHEET_ANALYSIS),
        FormField(name="mitigation", label="Mitigation steps taken", hint=w.SHEET_MITIGATION),
        FormField(
            name="evidence",
            label="Evidence of no data exposure",
            required=sensitive,
            hint=w.SHEET_EVIDENCE,
        ),
        FormField(
            name="baseline_rationale", label="Baseline rationale", required=False, hint=w.SHEET_BASELINE
        ),
    )


def _missing_documentation(values: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, str]:
    """Row CM-17: the last two are required where they apply."""
    missing = {}
    if SENSITIVE & set(known.get("risk_flags", ())) and not values.get("evidence"):
        missing["evidence"] = w.SHEET_EVIDENCE_MISSING
    if values.get("root_cause") == "Legit Load" and not values.get("baseline_rationale"):
        missing["baseline_rationale"] = w.SHEET_BASELINE_MISSING
    return missing


@action(
    "resolve-case",
    kind=KIND,
    params=ResolveParams,
    look=_look_before_resolve,
    ask=_ask_resolve,
    sealed="case id, status, resolution fields and the new documentation",
    precondition="the case's content digest",
    stamp="request id in the case",
    question="does the case carry this request's stamp?",
    way_back="none: a resolution is a record",
    gates=("documented",),
    sheet=Sheet("Resolve the case", _resolve_fields, _missing_documentation),
    resolves_alert=True,
)
async def resolve_case(system: CreditMonitor, order: Order) -> Verified:
    """Write the documentation and set Status to Resolved (CM-16, CM-17)."""
    params: ResolveParams = order.params
    fields = {
        "Status": RESOLVED,
        "Root_Cause": params.root_cause,
        "Root_Cause_Analysis": params.analysis,
        "Mitigation": params.mitigation,
        "Evidence_No_Exposure": params.evidence,
        "Baseline_Rationale": params.baseline_rationale,
        "Resolved_At": f"{order.at:%Y-%m-%dT%H:%M:%SZ}",
    }
    note = f"Resolved; approved by {' and '.join(order.approvers)} ({order.request_id})"
    digest = await _as_sealed(system, order, _resolution)
    case = await system.cases.amend(params.case_id, order.request_id, digest, fields, note)
    return _resolved(case)
