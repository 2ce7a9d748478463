"""A control plane that stays: `make cluster` starts it, `make cluster-down` ends it, tests use it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.cluster.control_plane import BINARY, STOPPING, ControlPlane, NotStarted, ready, stop

_FOLDER = BINARY.parent / "up"
_NOTE = BINARY.parent / "up.json"
"""What is known of the one that stays: its process and what it told when it was ready."""


def running() -> ControlPlane | None:
    """The one that stays, when there is one."""
    note = _note()
    return _plane(note) if note and _alive(note) else None


def start() -> ControlPlane:
    """Start one that outlives this process, in a new folder below `build/`. Raises NotStarted."""
    if not BINARY.exists():
        raise NotStarted(f"There is no {BINARY}: make cluster")
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    with Path(_FOLDER, "up.log").open("wb") as log:
        process = subprocess.Popen(
            [str(BINARY), "up", str(_FOLDER)],
            stdout=subprocess.PIPE,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        plane = ready(process, _FOLDER)
    except BaseException:
        stop(process)
        raise
    told = {"version": plane.version, "url": plane.url, "kubeconfig": str(plane.kubeconfig)}
    _NOTE.write_text(
        json.dumps(told | {"audit": str(plane.audit), "pid": process.pid, "began": _began(process.pid)})
    )
    return plane


def end() -> bool:
    """End the one that stays; False when there is none."""
    note = _note()
    if not note or not _alive(note):
        return False
    os.kill(note["pid"], signal.SIGTERM)
    deadline = time.monotonic() + STOPPING
    while _alive(note) and time.monotonic() < deadline:
        time.sleep(0.1)
    if _alive(note):
        os.kill(note["pid"], signal.SIGKILL)
    _NOTE.unlink()
    return True


def _note() -> dict[str, Any] | None:
    return json.loads(_NOTE.read_text()) if _NOTE.exists() else None


def _plane(note: dict[str, Any]) -> ControlPlane:
    return ControlPlane(note["version"], note["url"], Path(note["kubeconfig"]), Path(note["audit"]))


def _alive(note: dict[str, Any]) -> bool:
    """Whether that very process runs: a number alone may be somebody else's by now."""
    return bool(note["began"]) and _began(note["pid"]) == note["began"]


def _began(pid: int) -> str:
    """When a process began, in ticks since boot (proc(5), field 22 of stat); empty when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return ""
    state, *_, began = stat.rpartition(")")[2].split()[:20]
    return "" if state == "Z" else began
