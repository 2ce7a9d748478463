"""How far a log was followed, a container at a time: the last time seen, and how many lines had that time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

Timed = tuple[datetime, str]


@dataclass(frozen=True)
class Mark:
    """The last line that was seen of one container. A cluster writes several lines in the same moment."""

    at: datetime
    count: int


def read_cursor(text: str) -> dict[str, Mark]:
    """What `write_cursor` wrote; empty at the beginning."""
    known = json.loads(text) if text else {}
    return {name: Mark(datetime.fromisoformat(at), count) for name, (at, count) in known.items()}


def write_cursor(marks: Mapping[str, Mark]) -> str:
    return json.dumps({name: (mark.at.isoformat(), mark.count) for name, mark in sorted(marks.items())})


def after(mark: Mark | None, lines: Sequence[Timed]) -> list[Timed]:
    """The lines that come after it."""
    if mark is None:
        return list(lines)
    same, new = 0, []
    for line in lines:
        same += line[0] == mark.at
        if line[0] > mark.at or (line[0] == mark.at and same > mark.count):
            new.append(line)
    return new


def moved(mark: Mark | None, new: Sequence[Timed]) -> Mark | None:
    """The mark after these lines were seen."""
    if not new:
        return mark
    last = max(at for at, _ in new)
    count = sum(at == last for at, _ in new)
    return Mark(last, count + (mark.count if mark is not None and mark.at == last else 0))
