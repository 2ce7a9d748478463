"""Taking the approval of a rerun back while the scenario has not yet run: the way back of `rerun`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.actions import Observation, Order, Verified
from handlers.actions.credit_monitoring.ports import CreditMonitor, RerunState, RerunWithdrawal
from handlers.actions.credit_monitoring.vocabulary import KIND, RunTarget
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater


async def _look_before_withdrawal(system: CreditMonitor, params: RunTarget) -> Observation:
    rerun = await system.reruns.look(params.run_id)
    if rerun.approval is None:
        raise DoNotRetry(f"No rerun of {params.run_id} is approved.", "not-approved")
    ran = await system.reruns.ran(params.run_id)
    if ran is not None:
        run = ran["Run_ID"]
        raise DoNotRetry(f"The scenario has run since, as {run}: too late to take it back.", "already-run")
    shown = [
        ("Approved by", str(rerun.approval.get("approver", "somebody"))),
        ("Mitigation", str(rerun.approval.get("mitigation", ""))),
    ]
    if rerun.told:
        shown.append(("Already told", f"{rerun.told}: stop it there too"))
    return Observation(
        sealed={
            "run_id": params.run_id,
            "approval": rerun.approval["request_id"],
            "approval_sha256": rerun.approval_sha256,
        },
        shown=tuple(shown),
    )


async def _ask_withdrawal(system: CreditMonitor, order: Order) -> Verified | None:
    """Done when what was taken back is kept under this request, and neither file nor flag is left."""
    run_id, approval_id = order.params.run_id, order.sealed["approval"]
    rerun = await system.reruns.look(run_id)
    kept = [one for one in rerun.withdrawn if one.get("request_id") == approval_id]
    ours = [one for one in kept if _taken_back_by(one) == order.request_id]
    standing = rerun.approval is not None and rerun.approval["request_id"] == approval_id
    if not ours or standing:
        return None
    state = await system.files.look(run_id)
    cleared = state.companion is not None and state.companion.get("rerun") == approval_id
    return None if cleared else _withdrawn(order, rerun)


def _taken_back_by(kept: Mapping[str, Any]) -> str:
    taken = kept.get("withdrawn")
    return str(taken.get("request_id")) if isinstance(taken, Mapping) else ""


def _withdrawn(order: Order, rerun: RerunState) -> Verified:
    run_id = order.params.run_id
    lines = [
        f"runs/APPROVALS/{run_id}.json is gone; what it said is kept in runs/APPROVALS/WITHDRAWN.",
        "The monitor's ledger has no run of the scenario since the approval.",
    ]
    if rerun.told:
        lines.append(f"{rerun.told} was told of the approval, not of this: stop it there too.")
    return Verified(lines=tuple(lines), way_back="rerun")


@action(
    "withdraw-rerun",
    kind=KIND,
    params=RunTarget,
    look=_look_before_withdrawal,
    ask=_ask_withdrawal,
    sealed="run id, the approval's request and SHA-256",
    precondition="approval file unchanged, and no run of the scenario in the ledger since",
    stamp="request id in the kept approval",
    question="is the approval kept as taken back by this request, and are its file and flag gone?",
    way_back="rerun",
    takes=("run_id",),
)
async def withdraw_rerun(system: CreditMonitor, order: Order) -> Verified:
    """Take the approval of a rerun back while the scenario has not yet run."""
    await system.reruns.withdraw(
        RerunWithdrawal(
            run_id=order.params.run_id,
            request_id=order.request_id,
            approval_id=order.sealed["approval"],
            approval_sha256=order.sealed["approval_sha256"],
            reason=order.reason,
            at=order.at,
        )
    )
    try:
        done = await _ask_withdrawal(system, order)
    except (DoNotRetry, TryAgainLater) as no:
        raise OutcomeUnknown(f"The approval is taken back, but: {no}") from no
    if done is None:
        raise OutcomeUnknown(f"The approval of {order.params.run_id} is still there, or there again.")
    return done
