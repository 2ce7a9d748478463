"""What can be seen of a run without changing it (rows CM-01, CM-11, CM-48, CM-49)."""

from __future__ import annotations

from handlers.actions import Report
from handlers.actions.credit_monitoring.ports import CreditMonitor, RunFile, RunState
from handlers.actions.credit_monitoring.vocabulary import KIND, RunTarget, last_move, phase
from handlers.actions.registry import reading
from handlers.errors import DoNotRetry

_SIDECAR = {True: "equal", False: "DIFFERS", None: "none"}


@reading("run", kind=KIND, title="Where a run's files are, with digests", params=RunTarget, takes=("run_id",))
async def run(system: CreditMonitor, params: RunTarget) -> Report:
    """Where every file of a run lies, whether dispatch is blocked, and whether a rerun is approved."""
    state = await _there(system, params)
    status = (state.record or {}).get("Status", "-")
    rows = (*_rows(state.in_home, state.home), *_rows(state.in_quarantine, state.quarantine))
    return Report(
        headline=f"{params.run_id}: the record says {status}; this is what lies on the disk.",
        columns=("File", "Folder", "Bytes", "SHA-256", "Sidecar"),
        rows=rows,
        lines=(_dispatch(state), await _rerun(system, params.run_id)),
    )


@reading(
    "verify", kind=KIND, title="Whether a run's files are unchanged", params=RunTarget, takes=("run_id",)
)
async def verify(system: CreditMonitor, params: RunTarget) -> Report:
    """Every file's SHA-256 against its sidecar, whole (CM-49, CM-79)."""
    state = await _there(system, params)
    files = (*state.in_home, *state.in_quarantine)
    wrong = [file.name for file in files if file.sidecar_ok is False]
    right = [file.name for file in files if file.sidecar_ok]
    verdict = f"{', '.join(wrong)} DIFFERS from its sidecar" if wrong else "nothing differs from its sidecar"
    return Report(
        headline=f"{params.run_id}: {verdict}; {len(right)} of {len(files)} files have one that is equal.",
        columns=("File", "SHA-256", "Sidecar"),
        rows=tuple((file.name, file.sha256, _SIDECAR[file.sidecar_ok]) for file in files),
    )


async def _there(system: CreditMonitor, params: RunTarget) -> RunState:
    state = await system.files.look(params.run_id)
    if not state.in_home and not state.in_quarantine:
        raise DoNotRetry(f"No files of {params.run_id} were found.", "no-such-run")
    return state


def _dispatch(state: RunState) -> str:
    """Row CM-11: what the companion says, and who wrote it."""
    if state.companion is None:
        return "It was never quarantined by me: there is no companion file."
    blocked = state.companion.get("dispatch_blocked") is True
    flag = state.companion.get("quarantined") is True
    return (
        f"Dispatch is {'' if blocked else 'not '}blocked, the quarantine flag is {'' if flag else 'not '}set"
        f" ({phase(state)} by {last_move(state)})."
    )


async def _rerun(system: CreditMonitor, run_id: str) -> str:
    rerun = await system.reruns.look(run_id)
    if rerun.approval is None:
        return "No rerun is approved."
    by, why = rerun.approval.get("approver", "somebody"), rerun.approval.get("mitigation", "")
    return f"A rerun was approved by {by} ({rerun.approval['request_id']}): {why}"


def _rows(files: tuple[RunFile, ...], folder: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (one.name, folder, str(one.size), one.sha256[:12], _SIDECAR[one.sidecar_ok]) for one in files
    )
