"""A credit monitor's folder as the monitor writes it, and what is true of it afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RUN = "RUN-20261120-EMA961"
DATE = "2026-11-20"
CASE = "CASE-20261120-4D7F4C"
RECORD = f"run_{RUN}.json"
SIDECAR = f"{RECORD}.sha256"
EXPORT = f"run_{RUN}.export.csv"
COMPANION = f"run_{RUN}.companion.json"
HOME = f"runs/CREDIT_MONITORING/{DATE}"
ISOLATED = f"runs/QUARANTINE/{RUN}"


def sha256(data: bytes) -> str:
    """Hex digest."""
    return hashlib.sha256(data).hexdigest()


def record_of(run_id: str, timestamp: str = "2026-11-20T09:42:34.739Z") -> dict[str, Any]:
    """A SEV0 record. It claims to be quarantined, as the monitor's do, wherever its file lies."""
    return {"Run_ID": run_id, "Timestamp": timestamp, "Status": "Quarantined", "Severity": "SEV0"}


def put_run(root: Path, run_id: str = RUN, date: str = DATE, **record: Any) -> Path:
    """Write a record and its sidecar into a dated folder."""
    folder = root / "runs/CREDIT_MONITORING" / date
    folder.mkdir(parents=True, exist_ok=True)
    data = json.dumps({**record_of(run_id), **record}, indent=2).encode()
    (folder / f"run_{run_id}.json").write_bytes(data)
    (folder / f"run_{run_id}.json.sha256").write_text(sha256(data))
    return folder


def new_root(root: Path) -> Path:
    """A monitor's folder with the run under test (record, sidecar, an export) and two neighbours."""
    home = put_run(root)
    (home / EXPORT).write_text("id,credits\n1,7980\n")
    put_run(root, "RUN-20261120-EMA9610")
    put_run(root, "RUN-20261119-INT469", "2026-11-19")
    (root / "runs/CREDIT_MONITORING/ledger.jsonl").write_text(json.dumps(record_of(RUN)) + "\n")
    return root


def digests_in(folder: Path) -> dict[str, str]:
    """Digest by name of the run's files in a folder, the companion left out."""
    if not folder.exists():
        return {}
    files = (path for path in folder.iterdir() if path.name.startswith(f"run_{RUN}."))
    return {path.name: _digest_of(path) for path in files if path.name != COMPANION}


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def companion_of(root: Path) -> Mapping[str, Any] | None:
    """The companion as a dispatcher reads it."""
    path = root / HOME / COMPANION
    return json.loads(path.read_text()) if path.exists() else None


def tree(root: Path) -> list[str]:
    """Every name below the root, except single locks."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.suffix != ".lock")


def snapshot(root: Path) -> dict[str, str]:
    """Every file of the tree but the locks, by relative path: what "nothing was changed" means."""
    files = (path for path in root.rglob("*") if path.is_file() and ".locks" not in path.parts)
    return {str(path.relative_to(root)): sha256(path.read_bytes()) for path in files}
