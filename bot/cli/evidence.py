"""`countersign evidence verify DIR`: whether a folder of evidence or backups still is what was entered."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.cli.policies import FAULTY, OK
from bot.systems.evidence_check import Checked, checked

BROKEN = 1
"""Exit status: something is not as it was entered."""
NOTHING_THERE = (
    "{folder}: no manifest can be read there ({why}). Name the folder that COUNTERSIGN_EVIDENCE named."
)
WHOLE = "whole: {files} of {requests}, {size} bytes; the last line has SHA-256 {head}"
NOT_WHOLE = "not whole: {count} found"
_NOTE = "Note the SHA-256 of the last line elsewhere: --head tells then whether the end was cut off."


def verify(folder: Path, head: str = "") -> int:
    """Print each file with its custody, then what is wrong; 0 when nothing is, 2 without a manifest."""
    try:
        found = checked(folder, head.lower())
    except OSError as error:
        print(NOTHING_THERE.format(folder=folder, why=error.strerror), file=sys.stderr)
        return FAULTY
    for entry in found.entries:
        print(_custody(entry))
    for fault in found.faults:
        print(f"✗ {fault}", file=sys.stderr)
    if found.faults:
        print(NOT_WHOLE.format(count=_counted(len(found.faults), "fault")), file=sys.stderr)
        return BROKEN
    print(_whole(found))
    if not head:
        print(_NOTE)
    return OK


def _custody(entry: dict[str, object]) -> str:
    """One file in a line: what it is, for which request, who asked and who agreed."""
    asked, agreed = entry.get("asked_by"), entry.get("approved_by")
    people = [str(one) for them in (asked, agreed) if isinstance(them, list) for one in them]
    return (
        f"{entry['sha256']}  {entry['file']}  {entry['request']}  {entry['what']}  {', '.join(people) or '-'}"
    )


def _whole(found: Checked) -> str:
    return WHOLE.format(
        files=_counted(len(found.entries), "file"),
        requests=_counted(len({entry["request"] for entry in found.entries}), "request"),
        size=sum(entry["bytes"] for entry in found.entries),
        head=found.head or "-",
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
