"""A folder of evidence: whole, private files that are never written again, and a manifest of them.

A file is evidence when `manifest.jsonl` has a line for it, and only then. It is written under another name,
brought to the disk, measured by what was written, then named and entered while the manifest is locked. Each
line holds the SHA-256 of the line before it: a line that is changed or taken out breaks the chain.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.systems.durable_files import Folder
from handlers.errors import DoNotRetry

MANIFEST = "manifest.jsonl"
NO_FOLDER = (
    "No folder for evidence is configured, so nothing was saved. Set COUNTERSIGN_EVIDENCE for the bot (or"
    " `evidence_folder` in the system's policy file) to a folder that outlives it."
)
FOLDER_AWAY = (
    "The folder for evidence is not there or cannot be written ({why}), so nothing was saved. It is not made"
    " by itself: a disk that is not mounted must not look like one. See to COUNTERSIGN_EVIDENCE."
)
UNREADABLE = (
    "The manifest of the evidence has a line that is none. Nothing was saved; look at manifest.jsonl."
)
_LOCK_WAIT = 5.0
_PRIVATE = 0o600
_ABANDONED = 86_400.0
"""Seconds."""
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """An entry of the manifest, and whether its file is still what it says."""

    line: Line
    whole: bool


class Writing:
    """A file in the making: `keep` makes it evidence, `drop` forgets it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        _sweep(root)
        self._path = root / f".{uuid4().hex}.partial"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(self._path, flags, _PRIVATE), "wb")
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def keep(self, name: str, line: Line) -> Line:
        """Name the file and enter it into the manifest; the entry. What was entered before stays.

        Another replica may have saved the same for this request meanwhile: its file counts and this one goes.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        name = _UNSAFE.sub("-", name)
        with Folder.root(self._root) as folder, folder.locked("manifest", _LOCK_WAIT):
            there = _entries(self._root)
            for one in there:
                if (one["request"], one["what"]) == (line["request"], line["what"]):
                    self.drop()
                    return one
            name = _free(name, {str(one["file"]) for one in there}, self._digest.hexdigest())
            os.rename(self._path, self._root / name)
            folder.sync()
            entered = {
                **line, "file": name, "bytes": self.size, "sha256": self._digest.hexdigest(),
                "previous": _digest_of_last(self._root),
            }  # fmt: skip
            _append(self._root, entered)
            folder.sync()
        return entered

    def drop(self) -> None:
        """Forget it; called twice or after `keep` it does nothing."""
        self._file.close()
        with suppress(FileNotFoundError):
            self._path.unlink()


def _free(name: str, entered: Collection[str], digest: str) -> str:
    """The name; the same with the digest where one that was entered has it: none is written over."""
    stem, dot, form = name.rpartition(".")
    return f"{stem}-{digest[:16]}{dot}{form}" if name in entered else name


def check(root: Path | None) -> Path:
    """The folder. Raises DoNotRetry (`no-evidence-folder`) when there is none to write to."""
    if root is None:
        raise DoNotRetry(NO_FOLDER, "no-evidence-folder")
    if not root.is_dir():
        raise DoNotRetry(FOLDER_AWAY.format(why="no such folder"), "no-evidence-folder")
    if not os.access(root, os.W_OK | os.X_OK):
        raise DoNotRetry(FOLDER_AWAY.format(why="no permission"), "no-evidence-folder")
    return root


def begin(root: Path | None) -> Writing:
    """Begin a file. Raises as `check` does."""
    try:
        return Writing(check(root))
    except OSError as error:
        raise DoNotRetry(FOLDER_AWAY.format(why=error.strerror), "no-evidence-folder") from error


def find(root: Path | None, **wanted: str) -> Kept | None:
    """The newest entry with these values. Raises as `check` does."""
    found = entries(root, **wanted)
    return measured(root, found[-1]) if found else None


def find_all(root: Path | None, **wanted: str) -> tuple[Kept, ...]:
    """Every entry with these values, the oldest first. Raises as `check` does."""
    return tuple(measured(root, one) for one in entries(root, **wanted))


def entries(root: Path | None, **wanted: str) -> list[Line]:
    """What the manifest says, the oldest first; whether the files still are so, `measured` tells."""
    return [
        one for one in _entries(check(root)) if all(one.get(key) == value for key, value in wanted.items())
    ]


def _sweep(root: Path) -> None:
    """Remove what was begun a day ago and never ended: its writer was killed."""
    for path in root.glob(".*.partial"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink()


def measured(root: Path | None, line: Line) -> Kept:
    """An entry, and whether its file still has the size and the digest that it says."""
    with Folder.root(check(root)) as folder:
        try:
            size, sha256 = folder.measure(str(line["file"]))
        except (OSError, DoNotRetry):
            return Kept(line, whole=False)
    return Kept(line, whole=(size, sha256) == (line["bytes"], line["sha256"]))


def _lines(root: Path) -> list[bytes]:
    """Whole lines; one without its end was never entered."""
    try:
        text = (root / MANIFEST).read_bytes()
    except FileNotFoundError:
        return []
    return text.split(b"\n")[:-1]


def _entries(root: Path) -> list[Line]:
    try:
        return [json.loads(line) for line in _lines(root)]
    except ValueError as faulty:
        raise DoNotRetry(UNREADABLE, "manifest") from faulty


def _digest_of_last(root: Path) -> str:
    lines = _lines(root)
    return hashlib.sha256(lines[-1]).hexdigest() if lines else ""


def _append(root: Path, entry: Line) -> None:
    """Whoever was killed here left half a line, which goes first."""
    path = root / MANIFEST
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _PRIVATE), "r+b") as file:
        end = sum(len(line) + 1 for line in _lines(root))
        file.truncate(end)
        file.seek(end)
        file.write(json.dumps(entry, sort_keys=True, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
