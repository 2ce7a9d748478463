"""Approving a rerun, and watching for it (rows CM-28 and CM-52 to CM-57).

The approval file comes first, then the quarantine flag, then the URL of policy: whoever is told finds the
file there, and after a crash the file tells that this request must be finished, not begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.actions import Observation, Order, Sighting, Verified
from handlers.actions.credit_monitoring.ports import (
    CaseState,
    CreditMonitor,
    RerunApproval,
    RerunState,
    RunState,
)
from handlers.actions.credit_monitoring.vocabulary import (
    ACKNOWLEDGED_FIRST,
    FLAGGED_MISCONFIG,
    IN_RANGE,
    KIND,
    MOVING,
    NEEDS_RERUN_APPROVAL,
    RerunParams,
    last_move,
    phase,
)
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater

CHECKS = "root cause identified, mitigation applied, it addresses the risk flags (CM-54)"
NO_ROOT_CAUSE = "not in the case yet"
NO_CONFIG = "nothing in config/scenarios"
ACKNOWLEDGE_FIRST = (
    "Nobody has acknowledged the alert of {run} yet. Reply `ACK - what you do` in its thread, then ask again"
    " (CM-21)."
)
NEVER_NEEDED = "not by the runbook (CM-52)"
RERUN_WELL = "Its credits are in the expected range."
RERUN_SPIKED = "It is not in the expected range: please look deeper before anything runs again (CM-57)."


async def _look_before_rerun(system: CreditMonitor, params: RerunParams) -> Observation:
    state = await system.files.look(params.run_id)
    record, scenario = _record_of(state)
    if record.get("Severity") == ACKNOWLEDGED_FIRST and not params.acknowledged:
        raise DoNotRetry(ACKNOWLEDGE_FIRST.format(run=params.run_id), "not-acknowledged")
    if phase(state) in MOVING:
        raise DoNotRetry(f"{last_move(state)} is moving the files of {params.run_id}.", "being-moved")
    rerun = await system.reruns.look(params.run_id, scenario)
    if rerun.approval is not None:
        by, at = rerun.approval.get("approver", "somebody"), rerun.approval["time"]
        raise DoNotRetry(
            f"{params.run_id} was approved for rerun by {by} at {at} ({rerun.approval['request_id']}).",
            "already-approved",
        )
    case = await system.cases.look(params.case_id) if params.case_id else None
    cause = "" if case is None else str(case.fields.get("Root_Cause") or "")
    return Observation(
        sealed={
            "run_id": params.run_id,
            "record": _digest_of_record(state),
            "scenario": scenario,
            "scenario_config": rerun.config_sha256,
            "root_cause": cause,
            "last_move": last_move(state),
            "quarantine_flag": _flagged(state),
        },
        shown=_shown(state, record, rerun, scenario, _worded(cause, case)),
    )


def _record_of(state: RunState) -> tuple[Mapping[str, Any], str]:
    """The run's record and its scenario: without them nobody knows what would run again."""
    record = state.record or {}
    scenario = record.get("Scenario_ID")
    if not isinstance(scenario, str) or not scenario:
        raise DoNotRetry(f"The record of {state.run_id} names no scenario.", "no-scenario")
    return record, scenario


def _digest_of_record(state: RunState) -> str:
    name = f"run_{state.run_id}.json"
    return next(file.sha256 for file in (*state.in_home, *state.in_quarantine) if file.name == name)


def _flagged(state: RunState) -> bool:
    return state.companion is not None and state.companion.get("quarantined") is True


def _worded(cause: str, case: CaseState | None) -> str:
    return f"{cause or NO_ROOT_CAUSE} ({case.case_id})" if case is not None else "no case known"


def _shown(
    state: RunState, record: Mapping[str, Any], rerun: RerunState, scenario: str, cause: str
) -> tuple[tuple[str, str], ...]:
    """What an approver weighs: the three checks of CM-54 and what can be seen of each."""
    flags = ", ".join(str(flag) for flag in record.get("Risk_Flags") or ()) or "none"
    flag = "set; approving clears it" if _flagged(state) else "not set"
    facts = [
        ("Approval needed", _needed(record)),
        ("Risk flags", flags),
        ("Root cause", cause),
        ("Scenario", f"{scenario}: {_config(rerun)}"),
        ("Quarantine flag", flag),
        ("You confirm", CHECKS),
    ]
    return (*facts, ("Will be told", rerun.told)) if rerun.told else tuple(facts)


def _needed(record: Mapping[str, Any]) -> str:
    """Row CM-52: SEV0 and SEV1 always, SEV2 when flagged as a misconfiguration."""
    severity = str(record.get("Severity"))
    if severity in NEEDS_RERUN_APPROVAL:
        return f"{severity}, always (CM-52)"
    if severity == "SEV2" and record.get("Misconfig_Likelihood") == FLAGGED_MISCONFIG:
        return "SEV2 flagged as a misconfiguration (CM-52)"
    return NEVER_NEEDED


def _config(rerun: RerunState) -> str:
    """The one setting that the runbook names (CM-26): the rest may be confidential."""
    if rerun.config is None:
        return NO_CONFIG
    limit = rerun.config.get("max_items")
    limited = f"max_items {limit}" if isinstance(limit, int) else "no max_items"
    return f"{limited} in config/scenarios (SHA-256 {rerun.config_sha256[:12]})"


async def _ask_rerun(system: CreditMonitor, order: Order) -> Verified | None:
    """With a URL the answer is never «complete»: telling it again under the same key is what makes it so."""
    rerun = await system.reruns.look(order.params.run_id)
    if any(one.get("request_id") == order.request_id for one in rerun.withdrawn):
        raise OutcomeUnknown(f"The approval of {order.params.run_id} was given and taken back since.")
    if rerun.approval is None or rerun.approval["request_id"] != order.request_id or rerun.told:
        return None
    state = await system.files.look(order.params.run_id)
    return None if _still_flagged(state, order) else _approved(order, state, "")


def _still_flagged(state: RunState, order: Order) -> bool:
    cleared = state.companion is not None and state.companion.get("rerun") == order.request_id
    return _flagged(state) and not cleared


def _approved(order: Order, state: RunState, told: str) -> Verified:
    run_id, scenario = order.params.run_id, order.sealed["scenario"]
    lines = [f"runs/APPROVALS/{run_id}.json lets {scenario} run again; it names who approved and why."]
    if order.sealed["quarantine_flag"] and not _flagged(state):
        lines.append("The quarantine flag is cleared in the run's companion file.")
    if state.in_quarantine:
        lines.append(f"The run's own files stay in {state.quarantine} until they are released.")
    if told:
        lines.append(told)
    return Verified(lines=tuple(lines), way_back="withdraw-rerun")


async def _watch_rerun(system: CreditMonitor, params: RerunParams, request_id: str) -> Sighting | None:
    """Row CM-57: how the scenario's next run came out; a spike again is for people."""
    rerun = await system.reruns.look(params.run_id)
    if rerun.approval is None or rerun.approval["request_id"] != request_id:
        return Sighting()
    ran = await system.reruns.ran(params.run_id)
    if ran is None:
        return None
    severity, spent = ran.get("Severity"), ran.get("Credits_Total")
    usual = ran.get("Baseline_Expected_Credits")
    against = f" against a baseline of {usual:,.0f}" if isinstance(usual, int | float) else ""
    credits_ = f"{spent:,.0f} credits{against}" if isinstance(spent, int | float) else "credits unknown"
    line = f"{rerun.approval['scenario_id']} ran again as {ran['Run_ID']}: {severity}, {credits_}."
    well = severity in IN_RANGE
    return Sighting((line, RERUN_WELL if well else RERUN_SPIKED), well)


@action(
    "rerun",
    kind=KIND,
    params=RerunParams,
    look=_look_before_rerun,
    ask=_ask_rerun,
    sealed="run id, SHA-256 of the record, scenario and its configuration, root cause, last move, flag",
    precondition="approval file does not exist, last move unchanged",
    stamp="approval file, with the request id in it; the mitigation is the approver's own words",
    question="is there an approval file with this request's id, and is the quarantine flag cleared?",
    way_back="withdraw-rerun while the scenario has not yet run",
    takes=("run_id",),
    watch=_watch_rerun,
)
async def rerun(system: CreditMonitor, order: Order) -> Verified:
    """Write the approval file, clear the quarantine flag, tell the URL of policy (CM-28, CM-55)."""
    params: RerunParams = order.params
    await system.reruns.approve(
        RerunApproval(
            run_id=params.run_id,
            request_id=order.request_id,
            scenario_id=order.sealed["scenario"],
            approver=" and ".join(order.approvers),
            mitigation="; ".join(order.approved_because),
            reason=order.reason,
            at=order.at,
            after=order.sealed["last_move"],
        )
    )
    try:
        told = await system.reruns.tell(params.run_id, order.request_id)
        state = await system.files.look(params.run_id)
    except (DoNotRetry, TryAgainLater) as no:
        raise OutcomeUnknown(f"The approval stands in runs/APPROVALS, but: {no}") from no
    if _still_flagged(state, order):
        raise OutcomeUnknown(f"The quarantine flag of {params.run_id} is set, though it was cleared.")
    return _approved(order, state, told)
