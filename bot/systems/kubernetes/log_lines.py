"""The text of a log as lines with their times, and what can be told of lines without showing one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from handlers.actions.kubernetes.logs_ports import Tally

BEGINNING = datetime.min.replace(tzinfo=UTC)

_LEVEL = re.compile(
    r"\b(FATAL|CRITICAL|PANIC|ERROR|ERR|WARN|WARNING|NOTICE|INFO|DEBUG|TRACE)\b", re.IGNORECASE
)
_LEVEL_WITHIN = 120
"""Characters of a line's beginning in which its level is looked for."""
_SAME: Mapping[str, str] = {"ERR": "ERROR", "WARNING": "WARN", "CRITICAL": "FATAL", "PANIC": "FATAL"}
_ORDER = ("FATAL", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG", "TRACE", "no level")

_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("time-outs", r"time[d -]{0,3}out|deadline exceeded"),
        ("refused or reset connections", r"connection (?:refused|reset|closed)|ECONN|broken pipe"),
        ("memory", r"out of memory|heap|OOM|memory limit"),
        ("answers 5xx", r"(?<![\d.:])5\d\d(?![\d.:])"),
        ("answers 401 or 403", r"(?<![\d.:])40[13](?![\d.:])|unauthori[sz]ed|forbidden|denied"),
        ("exceptions", r"exception|traceback|stack trace|panic:"),
        ("retries", r"\bretr(?:y|ies|ying)\b"),
        ("slowness", r"\bslow\b"),
        ("full disks", r"no space left|disk full|ENOSPC"),
        ("failed look-ups of names", r"no such host|ENOTFOUND|name resolution|getaddrinfo"),
    )
)
"""Signs of trouble. Their names are the code's own words: no word of a line is ever repeated."""


def timed_lines(text: bytes) -> list[tuple[datetime, str]]:
    """Each line with the time that the cluster put before it, or that of the line before."""
    at = BEGINNING
    lines: list[tuple[datetime, str]] = []
    for line in text.decode("utf-8", errors="replace").split("\n"):
        stamp, _, rest = line.partition(" ")
        known = _time(stamp)
        at = known or at
        lines.append((at, rest if known else line))
    if lines and not lines[-1][1]:
        lines.pop()
    return lines


def _time(stamp: str) -> datetime | None:
    if not stamp[:4].isdigit() or "T" not in stamp:
        return None
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except ValueError:
        return None


def levels(lines: Sequence[tuple[datetime, str]]) -> tuple[Tally, ...]:
    """How many lines have which level, the gravest first."""
    return _tallies(_ORDER, ((at, _level(text)) for at, text in lines))


def signs(lines: Sequence[tuple[datetime, str]]) -> tuple[Tally, ...]:
    """How many lines have which sign of trouble; a line may have several."""
    found = ((at, name) for at, text in lines for name, pattern in _SIGNS if pattern.search(text))
    return _tallies([name for name, _ in _SIGNS], found)


def _level(text: str) -> str:
    found = _LEVEL.search(text, 0, _LEVEL_WITHIN)
    word = found[1].upper() if found else "no level"
    return _SAME.get(word, word)


def _tallies(order: Sequence[str], found: Iterable[tuple[datetime, str]]) -> tuple[Tally, ...]:
    times: dict[str, list[datetime]] = {}
    for at, name in found:
        times.setdefault(name, []).append(at)
    return tuple(
        Tally(name, len(times[name]), min(times[name]), max(times[name])) for name in order if name in times
    )
