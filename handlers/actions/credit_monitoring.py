"""Actions of the credit monitor: quarantine, release, cases (rows CM-05 to CM-17, CM-47 to CM-51)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, StringConstraints

from handlers import texts
from handlers.actions import Observation, Order, Params, Sheet, action
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged
from handlers.messages import FieldKind, FormField
from handlers.ports import CaseState, CreditMonitor, Move, RunFile, RunState
from handlers.requests import Criterion, Verified

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


def _digests(files: tuple[RunFile, ...]) -> dict[str, str]:
    return {file.name: file.sha256 for file in files}


def _count(files: tuple[RunFile, ...]) -> str:
    return f"{len(files)} file{'' if len(files) == 1 else 's'}"


def _stamped_by(state: RunState, request_id: str) -> bool:
    return state.companion is not None and state.companion.get("request_id") == request_id


def _stamped(case: CaseState, request_id: str) -> bool:
    return any(stamp.get("Request_ID") == request_id for stamp in case.fields.get("Stamps", ()))


def _phase(state: RunState) -> str:
    return "" if state.companion is None else str(state.companion.get("state", ""))


def _move(order: Order) -> Move:
    return Move(order.params.run_id, order.request_id, dict(order.sealed["files"]))


async def _look_before_quarantine(system: CreditMonitor, params: RunTarget) -> Observation:
    state = await system.files.look(params.run_id)
    if not state.in_home and not state.in_quarantine:
        raise DoNotRetry(f"No files of {params.run_id} were found.", "no-such-run")
    sealed = {"run_id": params.run_id, "files": _digests((*state.in_home, *state.in_quarantine))}
    shown = [("Files", _count(state.in_home) + f" in {state.home}")]
    if state.in_home and state.record is not None and state.record.get("Status") == "Quarantined":
        shown.append(("Trouble", texts.CLAIMED_QUARANTINED.format(home=state.home)))
    return Observation(sealed=sealed, shown=tuple(shown))


async def _ask_quarantine(system: CreditMonitor, order: Order) -> Verified | None:
    state = await system.files.look(order.params.run_id)
    if _stamped_by(state, order.request_id) and _phase(state) == "quarantined":
        return _quarantined(state, order)
    _demand_every_file(state, order)
    return None


def _demand_every_file(state: RunState, order: Order) -> None:
    """Every sealed file must still be found with its digest, here or there; else nobody can tell."""
    found = _digests(state.in_home) | _digests(state.in_quarantine)
    if found != dict(order.sealed["files"]):
        raise OutcomeUnknown("The run's files are not the ones that were sealed.")


def _quarantined(state: RunState, order: Order) -> Verified:
    if state.in_home or _digests(state.in_quarantine) != dict(order.sealed["files"]):
        raise OutcomeUnknown("The files in quarantine are not the ones that were sealed.")
    lines = [
        f"Quarantined: {_count(state.in_quarantine)} in {state.quarantine}, SHA-256 read back and equal."
    ]
    if state.companion is not None and state.companion.get("dispatch_blocked") is True:
        lines.append("Dispatch is marked as blocked in the run's companion file.")
    lines += _sidecar_lines(state.in_quarantine)
    return Verified(lines=tuple(lines), way_back="release")


def _sidecar_lines(files: tuple[RunFile, ...]) -> list[str]:
    wrong = [file.name for file in files if file.sidecar_ok is False]
    right = [file.name for file in files if file.sidecar_ok]
    lines = [f"{name} differs from its .sha256 sidecar." for name in wrong]
    if right:
        lines.append(f"{', '.join(right)} matches its .sha256 sidecar.")
    if not wrong and not right:
        lines.append("There is no .sha256 sidecar to compare with.")
    return lines


@action(
    "quarantine",
    kind=KIND,
    params=RunTarget,
    look=_look_before_quarantine,
    ask=_ask_quarantine,
    sealed="run id, SHA-256 of every file",
    precondition="files and digests unchanged",
    stamp="request id in the run's companion file",
    question="where is each file, with which digest, and whose stamp is on the companion?",
    way_back="release",
    takes=("run_id",),
)
async def quarantine(system: CreditMonitor, order: Order) -> Verified:
    """Move a run's files to `runs/QUARANTINE/<run_id>/` and block dispatch (CM-05, CM-06, CM-47)."""
    return _quarantined(await system.files.quarantine(_move(order)), order)


async def _look_before_release(system: CreditMonitor, params: ReleaseParams) -> Observation:
    state = await system.files.look(params.run_id)
    if not state.in_quarantine:
        raise DoNotRetry(
            f"{params.run_id} is not in quarantine: {_count(state.in_home)} in {state.home}, none in"
            f" {state.quarantine}.",
            "not-quarantined",
        )
    case = await system.cases.look(params.case_id) if params.case_id else None
    resolution = {} if case is None else _resolution(case)
    sealed = {
        "run_id": params.run_id,
        "files": _digests((*state.in_home, *state.in_quarantine)),
        "case": None
        if case is None
        else {"id": case.case_id, "status": case.status, "resolution": resolution},
    }
    return Observation(
        sealed=sealed,
        criteria=_release_criteria(state, case, params.run_id),
        shown=(
            ("Files", f"{_count(state.in_quarantine)} in {state.quarantine}"),
            ("Back to", state.home),
            ("Case", "none known" if case is None else f"{case.case_id} ({case.status or 'not found'})"),
        ),
    )


def _resolution(case: CaseState) -> dict[str, Any]:
    """The fields of a case that a release reads, as one digest: other changes of the case are noise."""
    read = {name: case.fields.get(name) for name in (*RESOLUTION_FIELDS, "Resolved_At")}
    digest = hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()
    return {"id": case.case_id, "status": case.status, "resolution_sha256": digest}


def _release_criteria(state: RunState, case: CaseState | None, run_id: str) -> tuple[Criterion, ...]:
    """Row CM-50, and that the files still match their own sidecars."""
    fields = case.fields if case is not None and case.exists and _is_case_of(case, run_id) else {}
    resolved = case is not None and case.status == RESOLVED and bool(fields.get("Root_Cause_Analysis"))
    cleared = resolved and bool(fields.get("Evidence_No_Exposure") or fields.get("Mitigation"))
    record = f"run_{run_id}.json"
    checked = {file.name: file.sidecar_ok for file in state.in_quarantine}
    intact = checked.get(record) is True and False not in checked.values() and not state.in_home
    return (
        Criterion(name="exposure-cleared", text="Exposure is a false positive, or mitigated", met=cleared),
        Criterion(name="case-resolved", text="Case resolved and documented", met=resolved),
        Criterion(
            name="digests-match", text="Every file is here and matches its SHA-256 sidecar", met=intact
        ),
    )


def _is_case_of(case: CaseState, run_id: str) -> bool:
    return run_id == case.fields.get("Primary_Run_ID") or run_id in case.fields.get("Related_Run_IDs", ())


async def _ask_release(system: CreditMonitor, order: Order) -> Verified | None:
    state = await system.files.look(order.params.run_id)
    if not (_stamped_by(state, order.request_id) and _phase(state) == "released"):
        _demand_every_file(state, order)
        return None
    if order.params.case_id:
        case = await system.cases.look(order.params.case_id)
        if not _stamped(case, order.request_id):
            return None
    return _released(state, order, noted=bool(order.params.case_id))


def _released(state: RunState, order: Order, *, noted: bool) -> Verified:
    if state.in_quarantine or _digests(state.in_home) != dict(order.sealed["files"]):
        raise OutcomeUnknown("The files at home are not the ones that were sealed.")
    lines = [
        f"Released: {_count(state.in_home)} back in {state.home}, SHA-256 equal before and after the move."
    ]
    if state.companion is not None and state.companion.get("dispatch_blocked") is False:
        lines.append("Dispatch is no longer blocked in the run's companion file.")
    if noted:
        lines.append(f"The note stands in {order.params.case_id}.")
    return Verified(lines=tuple(lines), way_back="quarantine")


@action(
    "release",
    kind=KIND,
    params=ReleaseParams,
    look=_look_before_release,
    ask=_ask_release,
    sealed="run id, SHA-256 of every file, case state",
    precondition="files and digests unchanged",
    stamp="request id in the run's companion file and in the case",
    question="where is each file, with which digest, whose stamp is on the companion and in the case?",
    way_back="quarantine",
    takes=("run_id",),
    gates=("exposure-cleared", "case-resolved", "digests-match"),
)
async def release(system: CreditMonitor, order: Order) -> Verified:
    """Move a run's files back, unblock dispatch and note it in the case (CM-51)."""
    state = await system.files.release(_move(order))
    if order.params.case_id:
        by = " and ".join(order.approvers)
        note = f"Quarantine released on {order.at:%Y-%m-%d} by {by} ({order.request_id}): {order.reason}"
        try:
            await system.cases.amend(order.params.case_id, order.request_id, "", {}, note)
        except (DoNotRetry, TargetChanged) as no:
            raise OutcomeUnknown(f"The files are released, but the case has no note: {no}") from no
    return _released(state, order, noted=bool(order.params.case_id))


async def _look_before_open(system: CreditMonitor, params: OpenCaseParams) -> Observation:
    return Observation(sealed={"case_id": params.case_id})


async def _ask_open(system: CreditMonitor, order: Order) -> Verified | None:
    case = await system.cases.look(order.params.case_id)
    if not case.exists:
        return None
    if not _stamped(case, order.request_id):
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
        sealed={"case": _resolution(case)},
        criteria=(documented,),
        precondition=case.digest,
        shown=(("Root cause", params.root_cause), ("Run", params.run_id)),
        documents=tuple((label, text) for label, text in documents.items() if text),
    )


async def _ask_resolve(system: CreditMonitor, order: Order) -> Verified | None:
    case = await system.cases.look(order.params.case_id)
    return _resolved(case) if _stamped(case, order.request_id) else None


def _resolved(case: CaseState) -> Verified:
    return Verified(
        lines=(
            f"Case {case.case_id} now reads {case.status}, root cause {case.fields.get('Root_Cause')}.",
            f"Resolved_At is {case.fields.get('Resolved_At')}.",
        )
    )


SENSITIVE = frozenset({"pii_exposure", "regulatory_data"})
"""Risk flags after which a resolution must show that nothing was exposed (CM-12, CM-17)."""


def _resolve_fields(known: Mapping[str, Any]) -> tuple[FormField, ...]:
    sensitive = bool(SENSITIVE & set(known.get("risk_flags", ())))
    causes = FormField(
        name="root_cause", label="Root cause", kind=FieldKind.CHOICE, choices=get_args(RootCause)
    )
    return (
        causes,
        FormField(name="analysis", label="Root cause analysis", hint=texts.SHEET_ANALYSIS),
        FormField(name="mitigation", label="Mitigation steps taken", hint=texts.SHEET_MITIGATION),
        FormField(
            name="evidence",
            label="Evidence of no data exposure",
            required=sensitive,
            hint=texts.SHEET_EVIDENCE,
        ),
        FormField(
            name="baseline_rationale", label="Baseline rationale", required=False, hint=texts.SHEET_BASELINE
        ),
    )


def _missing_documentation(values: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, str]:
    """Row CM-17: the last two are required where they apply."""
    missing = {}
    if SENSITIVE & set(known.get("risk_flags", ())) and not values.get("evidence"):
        missing["evidence"] = texts.SHEET_EVIDENCE_MISSING
    if values.get("root_cause") == "Legit Load" and not values.get("baseline_rationale"):
        missing["baseline_rationale"] = texts.SHEET_BASELINE_MISSING
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
    case = await system.cases.amend(params.case_id, order.request_id, order.precondition, fields, note)
    return _resolved(case)
