"""The monitor's ledger, `runs/CREDIT_MONITORING/ledger.jsonl`, read from its end. Never written (CM-67)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import BufferedReader
from typing import Any

from bot.systems.durable_files import Folder
from bot.systems.plain_json import parse_object
from handlers.errors import DoNotRetry, TryAgainLater

LEDGER = "ledger.jsonl"
BLOCK = 65_536
MAX_READ = 64 * 1024 * 1024
"""Bytes that are read back at most; some hundred thousand runs."""
DISORDER = timedelta(days=2)
"""How far apart in time two neighbouring lines may stand in the wrong order."""


def first_run_after(dated: Folder, scenario_id: str, moment: datetime) -> Mapping[str, Any] | None:
    """The line of the scenario's first run after a moment, None when the ledger has none.

    Raises TryAgainLater while a line is being written, DoNotRetry for what cannot be read: `bad-ledger`,
    `ledger-too-long`.
    """
    found: Mapping[str, Any] | None = None
    try:
        with dated.reading(LEDGER) as file:
            for entry in _newest_first(file):
                at = _time_of(entry)
                if at < moment - DISORDER:
                    break
                if at > moment and entry.get("Scenario_ID") == scenario_id:
                    found = entry
    except FileNotFoundError:
        return None
    return found


def _newest_first(file: BufferedReader) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(_lines_from_end(file)):
        if number == 0 and not line:
            continue
        entry = parse_object(line)
        if entry is None and number == 0:
            raise TryAgainLater("The ledger is being written.")
        if entry is None:
            raise DoNotRetry("A line of the monitor's ledger cannot be read. Mend it first.", "bad-ledger")
        yield entry


def _lines_from_end(file: BufferedReader) -> Iterator[bytes]:
    """What stands after the last line feed (nothing, unless a line is being written), then the lines."""
    end = left = os.fstat(file.fileno()).st_size
    rest = b""
    while left:
        if end - left > MAX_READ:
            raise DoNotRetry("The ledger is too long to look through it.", "ledger-too-long")
        size = min(BLOCK, left)
        left -= size
        file.seek(left)
        first, *lines = (file.read(size) + rest).split(b"\n")
        yield from reversed(lines)
        rest = first
    yield rest


def _time_of(entry: Mapping[str, Any]) -> datetime:
    if not isinstance(entry.get("Run_ID"), str):
        raise DoNotRetry("A line of the monitor's ledger names no run. Mend it first.", "bad-ledger")
    try:
        at = datetime.fromisoformat(str(entry.get("Timestamp", "")))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise DoNotRetry("A line of the monitor's ledger tells no time. Mend it first.", "bad-ledger")
    return at.astimezone(UTC)
