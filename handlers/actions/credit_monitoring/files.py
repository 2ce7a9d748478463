"""Quarantine and release of a run's files (rows CM-05, CM-06, CM-47 to CM-51)."""

from __future__ import annotations

from typing import Any

from handlers import texts
from handlers.actions import Criterion, Observation, Order, Verified
from handlers.actions.credit_monitoring import wording as w
from handlers.actions.credit_monitoring.ports import CaseState, CreditMonitor, Move, RunFile, RunState
from handlers.actions.credit_monitoring.vocabulary import (
    KIND,
    RESOLVED,
    SENSITIVE,
    ReleaseParams,
    RunTarget,
    last_move,
    phase,
    resolution,
    stamped,
)
from handlers.actions.registry import action
from handlers.actions.sealed_fields import what_differs
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged


def _digests(files: tuple[RunFile, ...]) -> dict[str, str]:
    return {file.name: file.sha256 for file in files}


def _count(files: tuple[RunFile, ...]) -> str:
    return f"{len(files)} file{'' if len(files) == 1 else 's'}"


def _stamped_by(state: RunState, request_id: str) -> bool:
    return state.companion is not None and last_move(state) == request_id


def _sealed(state: RunState) -> dict[str, Any]:
    files = _digests((*state.in_home, *state.in_quarantine))
    return {"run_id": state.run_id, "files": files, "last_move": last_move(state)}


def _move(order: Order) -> Move:
    sealed = order.sealed
    return Move(order.params.run_id, order.request_id, dict(sealed["files"]), after=sealed["last_move"])


async def _look_before_quarantine(system: CreditMonitor, params: RunTarget) -> Observation:
    state = await system.files.look(params.run_id)
    if not state.in_home and not state.in_quarantine:
        raise DoNotRetry(f"No files of {params.run_id} were found.", "no-such-run")
    shown = [("Files", _count(state.in_home) + f" in {state.home}")]
    if state.in_home and state.record is not None and state.record.get("Status") == "Quarantined":
        shown.append((texts.TROUBLE, w.CLAIMED_QUARANTINED.format(home=state.home)))
    return Observation(sealed=_sealed(state), shown=tuple(shown))


async def _ask_quarantine(system: CreditMonitor, order: Order) -> Verified | None:
    state = await system.files.look(order.params.run_id)
    if _stamped_by(state, order.request_id) and phase(state) == "quarantined":
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
    sealed="run id, SHA-256 of every file, last move",
    precondition="files, digests and last move unchanged",
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
    return Observation(
        sealed={**_sealed(state), "case": None if case is None else resolution(case)},
        criteria=_release_criteria(state, case, params.run_id),
        shown=(
            ("Files", f"{_count(state.in_quarantine)} in {state.quarantine}"),
            ("Back to", state.home),
            ("Case", "none known" if case is None else f"{case.case_id} ({case.status or 'not found'})"),
        ),
    )


def _release_criteria(state: RunState, case: CaseState | None, run_id: str) -> tuple[Criterion, ...]:
    """Row CM-50, and that the files still match their own sidecars."""
    fields = case.fields if case is not None and case.exists and _is_case_of(case, run_id) else {}
    resolved = case is not None and case.status == RESOLVED and bool(fields.get("Root_Cause_Analysis"))
    # What is flagged as sensitive is not cleared by a mitigation alone (CM-12, CM-17).
    enough = ("Evidence_No_Exposure",) if _is_sensitive(state) else ("Evidence_No_Exposure", "Mitigation")
    cleared = resolved and any(fields.get(name) for name in enough)
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


def _is_sensitive(state: RunState) -> bool:
    """Whether the record is flagged so, or cannot be read: then it may be."""
    flags = None if state.record is None else state.record.get("Risk_Flags", ())
    return not isinstance(flags, list | tuple) or bool(SENSITIVE & {str(flag) for flag in flags})


def _is_case_of(case: CaseState, run_id: str) -> bool:
    return run_id == case.fields.get("Primary_Run_ID") or run_id in case.fields.get("Related_Run_IDs", ())


async def _need_case_as_sealed(system: CreditMonitor, order: Order) -> None:
    """Raises TargetChanged when the case, from which the gates are judged, is not as it was sealed.

    A move that this request has begun is ended whatever the case says by now: half of it is worse.
    """
    if not order.params.case_id:
        return
    case = await system.cases.look(order.params.case_id)
    differs = what_differs({"case": order.sealed["case"]}, {"case": resolution(case)})
    if differs and not _stamped_by(await system.files.look(order.params.run_id), order.request_id):
        raise TargetChanged(texts.CHANGED_FIELDS.format(fields=differs))


async def _ask_release(system: CreditMonitor, order: Order) -> Verified | None:
    state = await system.files.look(order.params.run_id)
    if not (_stamped_by(state, order.request_id) and phase(state) == "released"):
        _demand_every_file(state, order)
        return None
    if order.params.case_id:
        case = await system.cases.look(order.params.case_id)
        if not stamped(case, order.request_id):
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
    sealed="run id, SHA-256 of every file, last move, case state",
    precondition="files, digests and last move unchanged",
    stamp="request id in the run's companion file and in the case",
    question="where is each file, with which digest, whose stamp is on the companion and in the case?",
    way_back="quarantine",
    takes=("run_id",),
    gates=("exposure-cleared", "case-resolved", "digests-match"),
)
async def release(system: CreditMonitor, order: Order) -> Verified:
    """Move a run's files back, unblock dispatch and note it in the case (CM-51)."""
    await _need_case_as_sealed(system, order)
    state = await system.files.release(_move(order))
    if order.params.case_id:
        by = " and ".join(order.approvers)
        note = f"Quarantine released on {order.at:%Y-%m-%d} by {by} ({order.request_id}): {order.reason}"
        try:
            await system.cases.amend(order.params.case_id, order.request_id, "", {}, note)
        except (DoNotRetry, TargetChanged) as no:
            raise OutcomeUnknown(f"The files are released, but the case has no note: {no}") from no
    return _released(state, order, noted=bool(order.params.case_id))
