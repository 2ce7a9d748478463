"""The credit monitor as its actions see it. The adapter lives in `bot/systems`; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


class CreditMonitor(Protocol):
    """A system of kind `credit-monitoring`."""

    @property
    def files(self) -> RunFiles: ...

    @property
    def cases(self) -> Cases: ...
