"""What can be seen of a run without changing it (rows CM-01, CM-06)."""

from __future__ import annotations

from handlers.actions import Report, reading
from handlers.actions.credit_monitoring.ports import CreditMonitor, RunFile
from handlers.actions.credit_monitoring.vocabulary import KIND, RunTarget
from handlers.errors import DoNotRetry

_SIDECAR = {True: "equal", False: "DIFFERS", None: "none"}


@reading("run", kind=KIND, title="Where a run's files are, with digests", params=RunTarget, takes=("run_id",))
async def run(system: CreditMonitor, params: RunTarget) -> Report:
    """Where every file of a run lies, its SHA-256 and whether its sidecar agrees."""
    state = await system.files.look(params.run_id)
    if not state.in_home and not state.in_quarantine:
        raise DoNotRetry(f"No files of {params.run_id} were found.", "no-such-run")
    status = (state.record or {}).get("Status", "-")
    rows = (*_rows(state.in_home, state.home), *_rows(state.in_quarantine, state.quarantine))
    return Report(
        headline=f"{params.run_id}: the record says {status}; this is what lies on the disk.",
        columns=("File", "Folder", "Bytes", "SHA-256", "Sidecar"),
        rows=rows,
    )


def _rows(files: tuple[RunFile, ...], folder: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (one.name, folder, str(one.size), one.sha256[:12], _SIDECAR[one.sidecar_ok]) for one in files
    )
