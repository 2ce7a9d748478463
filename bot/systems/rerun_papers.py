"""The papers of reruns: approvals, those taken back, the scenario's configuration. Read with suspicion."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.systems.durable_files import Folder
from bot.systems.plain_json import MAX_BYTES, parse_object
from bot.systems.run_folder import DATED, RUNS
from bot.systems.run_ledger import first_run_after
from handlers.actions.credit_monitoring.ports import RerunApproval
from handlers.errors import DoNotRetry

APPROVALS = "APPROVALS"
WITHDRAWN = "WITHDRAWN"
CONFIG = "config/scenarios"

_SCENARIO_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True)
class JsonFile:
    """A JSON file as it stands; `content` is empty when it cannot be read as an object."""

    data: bytes
    content: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


def read_json(folder: Folder, name: str) -> JsonFile | None:
    """A file of a folder, None when there is none."""
    if folder.stat(name) is None:
        return None
    data = folder.read(name, MAX_BYTES) or b""
    return JsonFile(data, parse_object(data) or {})


def _read_at(root: Folder, path: str, name: str) -> JsonFile | None:
    try:
        with root.enter_path(path) as folder:
            return read_json(folder, name)
    except FileNotFoundError:
        return None


def approval_in(root: Folder, run_id: str) -> JsonFile | None:
    """The approval of a run, None when there is none. DoNotRetry: `bad-approval`."""
    return valid_approval(_read_at(root, f"{RUNS}/{APPROVALS}", f"{run_id}.json"), run_id)


def valid_approval(file: JsonFile | None, run_id: str) -> JsonFile | None:
    """The same file when it says what an approval must. DoNotRetry (`bad-approval`) for a damaged one."""
    if file is None:
        return None
    said = [file.content.get(key) for key in ("request_id", "scenario_id", "time")]
    if file.content.get("run_id") != run_id or not all(isinstance(one, str) for one in said):
        raise DoNotRetry(f"The approval file of {run_id} is damaged. Mend it first.", "bad-approval")
    return file


def withdrawn_in(root: Folder, run_id: str) -> tuple[Mapping[str, Any], ...]:
    """The run's approvals that were taken back."""
    try:
        with root.enter_path(f"{RUNS}/{APPROVALS}/{WITHDRAWN}") as folder:
            names = [name for name in folder.names() if name.startswith(f"{run_id}.")]
            files = [read_json(folder, name) for name in names]
    except FileNotFoundError:
        return ()
    return tuple(file.content for file in files if file is not None)


def scenario_config(root: Folder, scenario_id: str) -> JsonFile | None:
    """What is configured for a scenario (CM-26), None when nothing is."""
    if _SCENARIO_ID.fullmatch(scenario_id) is None:
        return None
    return _read_at(root, CONFIG, f"{scenario_id}.json")


def ran_since(root: Folder, approval: JsonFile) -> Mapping[str, Any] | None:
    """The scenario's first run after the approval, as the monitor's ledger has it; None for none."""
    content = approval.content
    try:
        moment = datetime.fromisoformat(content["time"])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise DoNotRetry(f"The approval of {content['run_id']} tells no time. Mend it first.", "bad-approval")
    with root.enter_path(DATED) as dated:
        return first_run_after(dated, content["scenario_id"], moment)


def approval_content(new: RerunApproval) -> dict[str, Any]:
    """What an approval file says; its bytes are also what the URL of policy is told."""
    return {
        "schema": 1,
        "run_id": new.run_id,
        "scenario_id": new.scenario_id,
        "request_id": new.request_id,
        "approver": new.approver,
        "mitigation": new.mitigation,
        "reason": new.reason,
        "time": time_text(new.at),
    }


def time_text(at: datetime) -> str:
    """A time in UTC as the monitor writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def kept_name(run_id: str, approval_id: str) -> str:
    """The file that keeps an approval which was taken back."""
    return f"{run_id}.{approval_id}.json"


def withdrawn_by(content: Mapping[str, Any]) -> str:
    """The request that took an approval back."""
    taken = content.get("withdrawn")
    return str(taken.get("request_id", "")) if isinstance(taken, Mapping) else ""
