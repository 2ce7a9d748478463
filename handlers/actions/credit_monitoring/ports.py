"""The credit monitor as its actions see it. The adapter lives in `bot/systems`; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class RunFile:
    """One file of a run. `sidecar_ok` is None when the file has no `.sha256` sidecar."""

    name: str
    size: int
    sha256: str
    sidecar_ok: bool | None


@dataclass(frozen=True)
class RunState:
    """What is true of the disk for one run, not what any record claims.

    `home` is the dated folder, relative to the root; `in_home` and `in_quarantine` list what lies where.
    `companion` is the bot's own companion file, None when there is none.
    """

    run_id: str
    home: str
    quarantine: str
    in_home: tuple[RunFile, ...]
    in_quarantine: tuple[RunFile, ...]
    record: Mapping[str, Any] | None
    companion: Mapping[str, Any] | None


@dataclass(frozen=True)
class Move:
    """A stamped move of a run's files: which request, and what must be found.

    `after` is the request whose stamp the companion bore when the move was sealed, empty for none: a move
    that thaws after others were made since is too late, though the files be the same.
    """

    run_id: str
    request_id: str
    digests: Mapping[str, str]
    after: str


class RunFiles(Protocol):
    """The credit monitor's folder (runbook rows CM-05, CM-47 to CM-51).

    Methods raise DoNotRetry for a run id or folder that cannot be (code `bad-run-id`, `no-such-run`),
    TargetChanged when a precondition fails before anything moved, OutcomeUnknown when it failed midway,
    TryAgainLater when the folder is away or locked.
    """

    async def look(self, run_id: str) -> RunState:
        """Read where every file of the run is, with digests."""
        ...

    async def quarantine(self, move: Move) -> RunState:
        """Move the run's files to `runs/QUARANTINE/<run_id>/`, stamped in the companion; verify after."""
        ...

    async def release(self, move: Move) -> RunState:
        """Move them back to their dated folder and unblock dispatch; verify before and after."""
        ...


@dataclass(frozen=True)
class CaseState:
    """A case as it stands, with a digest of its content. `exists` is False before it is opened."""

    case_id: str
    exists: bool
    status: str
    digest: str
    fields: Mapping[str, Any]


class Cases(Protocol):
    """The case system (rows CM-08, CM-14 to CM-17). Raises like `RunFiles`."""

    async def look(self, case_id: str) -> CaseState:
        """The case as it stands."""
        ...

    async def open(self, case_id: str, request_id: str, fields: Mapping[str, Any]) -> CaseState:
        """Create the case once; opening it again with the same stamp changes nothing."""
        ...

    async def amend(
        self, case_id: str, request_id: str, expected_digest: str, fields: Mapping[str, Any], note: str
    ) -> CaseState:
        """Set fields and append a note, stamped with the request id; only if the digest is the expected one.

        An empty `expected_digest` accepts any state. A note with the same stamp is never added twice.
        """
        ...


@dataclass(frozen=True)
class RerunState:
    """What is true of a run's rerun: its approval, and what of it can be seen elsewhere.

    `approval` is `runs/APPROVALS/<Run_ID>.json`, None when there is none. `withdrawn` are approvals of this
    run that were taken back. `config` is the scenario's own configuration, None when there is none, empty
    when it cannot be read. `told` is the host that is told of approvals, empty when policy names none.
    """

    run_id: str
    approval: Mapping[str, Any] | None
    approval_sha256: str
    withdrawn: tuple[Mapping[str, Any], ...]
    config: Mapping[str, Any] | None
    config_sha256: str
    told: str


@dataclass(frozen=True)
class RerunApproval:
    """What the approval file of a run will hold. `after` is as in `Move`."""

    run_id: str
    request_id: str
    scenario_id: str
    approver: str
    mitigation: str
    reason: str
    at: datetime
    after: str


@dataclass(frozen=True)
class RerunWithdrawal:
    """Taking an approval back: which one, with which content, and who wants it."""

    run_id: str
    request_id: str
    approval_id: str
    approval_sha256: str
    reason: str
    at: datetime


class Reruns(Protocol):
    """Approvals of reruns (rows CM-28, CM-53 to CM-56). Raises like `RunFiles`; code `bad-approval`."""

    async def look(self, run_id: str, scenario_id: str = "") -> RerunState:
        """The approval of a run as it stands; `scenario_id` says whose configuration is looked at."""
        ...

    async def ran(self, run_id: str) -> Mapping[str, Any] | None:
        """The scenario's first run after the approval, as the monitor's ledger has it; None for none."""
        ...

    async def approve(self, approval: RerunApproval) -> None:
        """Write the approval file, once and whole, then clear the quarantine flag in the companion.

        Called again by the same request, it finishes what is left. TargetChanged when another request's
        approval is there or this one's was taken back.
        """
        ...

    async def tell(self, run_id: str, request_id: str) -> str:
        """POST this request's approval to the URL of policy; says what the host answered, empty without URL.

        The request id is the Idempotency-Key, so telling twice tells once. TryAgainLater when the host did
        not take it for now, DoNotRetry when it refused or answered something else than JSON.
        """
        ...

    async def withdraw(self, withdrawal: RerunWithdrawal) -> None:
        """Take an approval back unless the scenario has run since; sets the quarantine flag again.

        Called again by the same request, it finishes what is left.
        """
        ...


class CreditMonitor(Protocol):
    """A system of kind `credit-monitoring`."""

    @property
    def files(self) -> RunFiles: ...

    @property
    def cases(self) -> Cases: ...
    @property
    def reruns(self) -> Reruns: ...
