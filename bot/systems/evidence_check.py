"""A folder of evidence or backups as a stranger checks it: it is only read, and nothing in it is believed.

Each line of the manifest must follow from the one before, and each of its files must have that size and that
SHA-256. A tail that was cut off leaves no gap: whoever noted the last line's digest elsewhere can tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.systems.durable_files import LOCKS, Folder
from bot.systems.evidence_files import MANIFEST
from handlers.errors import DoNotRetry

NOT_A_LINE = "line {number} is no entry: it cannot be read as one"
BROKEN = "line {number} does not follow from the one before: something was changed, taken out or put in"
GONE = "{file} (line {number}) is not there, or is no regular file"
OTHER_SIZE = "{file} (line {number}) has {size} bytes and not {wanted}"
OTHER_BYTES = "{file} (line {number}) has SHA-256 {found} and not {wanted}"
TWICE = "{file} stands in the manifest twice, in line {number} again"
UNENTERED = "{file} is in the folder and not in the manifest: it is no evidence"
NO_END = "the last line has no end: its writer was killed, and what it would have entered is not"
OTHER_HEAD = "the last line has SHA-256 {found} and not {wanted}: the manifest was cut off, or goes on since"
_NEEDED = {"file": str, "bytes": int, "sha256": str, "previous": str, "request": str, "what": str}


@dataclass(frozen=True)
class Checked:
    """What was found: the entries, what is wrong, and the SHA-256 (hex) of the last line."""

    entries: tuple[dict[str, Any], ...]
    faults: tuple[str, ...]
    head: str


def checked(root: Path, head: str = "") -> Checked:
    """Read everything. `head` is the digest of the last line as it was noted elsewhere, if it was.

    Raises OSError when there is no manifest or it cannot be read.
    """
    text = (root / MANIFEST).read_bytes()
    lines = text.split(b"\n")
    faults = [NO_END] if lines.pop() else []
    entries: list[dict[str, Any]] = []
    known: set[str] = set()
    previous = ""
    with Folder.root(root) as folder:
        for number, line in enumerate(lines, 1):
            entry = _entry(line)
            if entry is None:
                faults.append(NOT_A_LINE.format(number=number))
            else:
                faults += _of_entry(folder, entry, number, previous, known)
                known.add(entry["file"])
                entries.append(entry)
            previous = hashlib.sha256(line).hexdigest()
        faults += _strangers(folder, known)
    if head and head != previous:
        faults.append(OTHER_HEAD.format(found=previous, wanted=head))
    return Checked(tuple(entries), tuple(faults), previous)


def _entry(line: bytes) -> dict[str, Any] | None:
    """A line as an entry; None when it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or any(type(found.get(key)) is not kind for key, kind in _NEEDED.items()):
        return None
    return found if "/" not in found["file"] and found["file"] not in ("", ".", "..") else None


def _of_entry(
    folder: Folder, entry: dict[str, Any], number: int, previous: str, known: set[str]
) -> Iterator[str]:
    named = {"file": entry["file"], "number": number}
    if entry["previous"] != previous:
        yield BROKEN.format(number=number)
    if entry["file"] in known:
        yield TWICE.format(**named)
    try:
        size, sha256 = folder.measure(entry["file"])
    except (OSError, DoNotRetry):
        yield GONE.format(**named)
        return
    if size != entry["bytes"]:
        yield OTHER_SIZE.format(**named, size=size, wanted=entry["bytes"])
    elif sha256 != entry["sha256"]:
        yield OTHER_BYTES.format(**named, found=sha256, wanted=entry["sha256"])


def _strangers(folder: Folder, known: set[str]) -> Iterator[str]:
    """What nobody entered. What begins with a dot is being written, or was given up."""
    for name in folder.names():
        if name not in known and name not in (MANIFEST, LOCKS) and not name.startswith("."):
            yield UNENTERED.format(file=name)
