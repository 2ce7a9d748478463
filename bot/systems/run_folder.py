"""One run on the disk: where its files are, what they contain, what their sidecars say. Changes nothing.

Layout (credit-monitoring runbook, Quarantine Procedures): `runs/QUARANTINE/<Run_ID>/`, and
`runs/CREDIT_MONITORING/<UTC date>/run_<Run_ID>.json` with a `.sha256` beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.systems.companion import companion_name, parse_companion
from bot.systems.durable_files import Fingerprint, Folder, unsafe_path
from bot.systems.plain_json import MAX_BYTES, parse_object
from handlers.actions.credit_monitoring.ports import RunFile, RunState
from handlers.errors import DoNotRetry, TryAgainLater

RUNS = "runs"
DATED = f"{RUNS}/CREDIT_MONITORING"
ISOLATED = "QUARANTINE"
QUARANTINE = f"{RUNS}/{ISOLATED}"
MAX_FILES = 256
MAX_DATED_FOLDERS = 4000
LOOKS = 5

_RUN_ID = re.compile(r"RUN-[A-Za-z0-9][A-Za-z0-9_-]{0,75}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SIDECAR = re.compile(rb"([0-9A-Fa-f]{64})\n?")
_SIDECAR_BYTES = 65


def check_run_id(run_id: str) -> None:
    """Raise DoNotRetry (`bad-run-id`) for a run id that cannot be a part of a file name.

    No dots either: `RUN-A` and `RUN-A.b` could then both own `run_RUN-A.b.json`.
    """
    if _RUN_ID.fullmatch(run_id) is None:
        raise DoNotRetry(
            "That is not a run id. Copy it from the alert, like RUN-20261120-EMA961.", "bad-run-id"
        )


@dataclass(frozen=True)
class RunFolders:
    """The two folders of a run, open; None where there is none."""

    run_id: str
    home: Folder | None
    quarantine: Folder | None

    @property
    def companion(self) -> str:
        return companion_name(self.run_id)

    def files_in(self, folder: Folder | None) -> list[str]:
        """Names of the run's files in one of the folders, without the companion.

        Raises DoNotRetry: `unsafe-path` for a name that cannot be shown, `too-many-files`.
        """
        if folder is None:
            return []
        prefix = f"run_{self.run_id}."
        names = [name for name in folder.names() if name.startswith(prefix) and name != self.companion]
        if len(names) > MAX_FILES:
            raise DoNotRetry(f"{folder.path} has more than {MAX_FILES} files of this run.", "too-many-files")
        for name in names:
            if not name.isprintable():
                raise unsafe_path(f"{folder.path}/{name!a}")
        return names

    def fingerprints(self) -> tuple[Fingerprint | None, ...]:
        """What changes as soon as anybody moves or writes a file of the run."""
        return tuple(
            None if folder is None else folder.fingerprint([*self.files_in(folder), self.companion])
            for folder in (self.home, self.quarantine)
        )

    def state(self) -> RunState:
        """Read everything once. Raises FileNotFoundError when a file goes away meanwhile."""
        return RunState(
            run_id=self.run_id,
            home=self.home.path if self.home is not None else "",
            quarantine=f"{QUARANTINE}/{self.run_id}",
            in_home=self._read(self.home, self.quarantine),
            in_quarantine=self._read(self.quarantine, self.home),
            record=self.record(),
            companion=self.raw_companion(),
        )

    def raw_companion(self) -> Mapping[str, Any] | None:
        """The companion file as it stands, empty when it cannot be read; None when there is none."""
        if self.home is None or self.home.stat(self.companion) is None:
            return None
        return parse_companion(self.home.read(self.companion, MAX_BYTES))

    def _read(self, folder: Folder | None, other: Folder | None) -> tuple[RunFile, ...]:
        if folder is None:
            return ()
        return tuple(_read_file(name, folder, other) for name in self.files_in(folder))

    def record(self) -> Mapping[str, Any] | None:
        """The run record wherever it lies; None when it is missing, too long or no plain JSON object."""
        name = f"run_{self.run_id}.json"
        for folder in (self.home, self.quarantine):
            if folder is not None and folder.stat(name) is not None:
                data = folder.read(name, MAX_BYTES)
                return parse_object(data) if data is not None else None
        return None


def _read_file(name: str, folder: Folder, other: Folder | None) -> RunFile:
    size, sha256 = folder.measure(name)
    sidecar_ok = None
    # In a half-moved run the sidecar can be in the other folder.
    for place in (folder, other):
        if place is not None and place.stat(f"{name}.sha256") is not None:
            said = _SIDECAR.fullmatch(place.read(f"{name}.sha256", _SIDECAR_BYTES) or b"")
            sidecar_ok = said is not None and said[1].decode().lower() == sha256
            break
    return RunFile(name, size, sha256, sidecar_ok)


@contextmanager
def open_run(root: Folder, run_id: str) -> Iterator[RunFolders]:
    """Find a run and hold its folders open.

    Raises DoNotRetry: `bad-run-id`, `no-such-run`, `ambiguous-run` when two dated folders have files of it,
    `unsafe-path`. Raises FileNotFoundError when the monitor's folder itself is away.
    """
    check_run_id(run_id)
    with ExitStack() as stack:
        dated = stack.enter_context(root.enter_path(DATED))
        quarantine = _enter_if_there(stack, root, f"{QUARANTINE}/{run_id}")
        isolated = RunFolders(run_id, None, quarantine)
        found = _homes(dated, run_id)
        if len(found) > 1:
            where = ", ".join(found)
            raise DoNotRetry(f"{run_id} has files in several dated folders: {where}.", "ambiguous-run")
        date = found[0] if found else _date_of(isolated)
        home = _enter_if_there(stack, root, f"{DATED}/{date}") if date else None
        if not found and not isolated.files_in(quarantine):
            raise _not_found(dated, run_id)
        yield RunFolders(run_id, home, quarantine)


def steady_look(root: Folder, run_id: str) -> RunState:
    """The state of a run at one moment: read again while somebody writes, TryAgainLater in the end."""
    for _ in range(LOOKS):
        with open_run(root, run_id) as run:
            before = run.fingerprints()
            try:
                state = run.state()
            except FileNotFoundError:
                continue
        # Opened again: a quarantine folder that was not there at first may be now.
        with open_run(root, run_id) as run:
            if run.fingerprints() == before:
                return state
    raise TryAgainLater(f"The files of {run_id} are being written.")


def _enter_if_there(stack: ExitStack, root: Folder, path: str) -> Folder | None:
    try:
        return stack.enter_context(root.enter_path(path))
    except FileNotFoundError:
        return None


def _dates(dated: Folder) -> list[str]:
    """Names of dated folders, newest first; links and other things among them."""
    dates = [name for name in dated.names() if _DATE.fullmatch(name)]
    return dates[: -MAX_DATED_FOLDERS - 1 : -1]


def _homes(dated: Folder, run_id: str) -> list[str]:
    """The dated folders that hold the run's record or companion, else those with any file of it."""
    telling = (f"run_{run_id}.json", companion_name(run_id))
    homes: list[str] = []
    without: list[str] = []
    for date in _dates(dated):
        if not dated.has_folder(date):
            continue
        with dated.enter(date) as folder:
            known = any(folder.stat(name) is not None for name in telling)
        (homes if known else without).append(date)
    return homes or [date for date in without if _has_files(dated, date, run_id)]


def _has_files(dated: Folder, date: str, run_id: str) -> bool:
    with dated.enter(date) as folder:
        return bool(RunFolders(run_id, folder, None).files_in(folder))


def _date_of(isolated: RunFolders) -> str | None:
    """The UTC date of a quarantined record's `Timestamp`."""
    record = isolated.record() or {}
    try:
        moment = datetime.fromisoformat(str(record.get("Timestamp", "")))
    except ValueError:
        return None
    return moment.astimezone(UTC).date().isoformat() if moment.tzinfo else None


def _not_found(dated: Folder, run_id: str) -> DoNotRetry:
    # What a linked dated folder holds is not looked at: it may be outside.
    links = [date for date in _dates(dated) if not dated.has_folder(date)]
    if links:
        return unsafe_path(f"{dated.path}/{links[0]}")
    return DoNotRetry(f"No file of {run_id} is there. Check the run id.", "no-such-run")
