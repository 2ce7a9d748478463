"""What a severity's clock is for one alert: by when somebody must answer, and when each rung is climbed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.escalation import NEXT_DAY, Rung, Severity
from policies.schema import PolicyBook


@dataclass(frozen=True)
class Clock:
    """`due_at` is None where no clock runs. `rungs` are in the order in which they are climbed."""

    due_at: datetime | None
    rungs: tuple[tuple[datetime, Rung], ...] = ()


def clock_from(book: PolicyBook, severity: str, begins: datetime) -> Clock:
    """The clock of an alert of this severity that was recorded, or fired anew, at `begins`.

    Raises KeyError for a severity that policy does not know.
    """
    rules = book.severities[severity]
    return Clock(due_at(book, rules, begins), rungs_from(book, rules.ladder.rungs, begins, rules.hours))


def due_at(book: PolicyBook, rules: Severity, begins: datetime) -> datetime | None:
    """By when somebody must have answered."""
    if rules.acknowledge_by == NEXT_DAY:
        return book.hours[rules.hours or ""].end_of_next_day(begins)
    if rules.acknowledge_within is None:
        return None
    return _counted(book, rules.hours, begins, rules.acknowledge_within)


def rungs_from(
    book: PolicyBook, rungs: tuple[Rung, ...], begins: datetime, hours: str | None = None
) -> tuple[tuple[datetime, Rung], ...]:
    """When each rung is climbed. One that keeps hours of its own is never climbed before an earlier one."""
    climbed: list[tuple[datetime, Rung]] = []
    for rung in rungs:
        at = _counted(book, rung.hours or hours, begins, rung.after)
        climbed.append((max(at, climbed[-1][0]) if climbed else at, rung))
    return tuple(climbed)


def next_review(book: PolicyBook, severity: str, after: datetime) -> datetime | None:
    """When alerts of this severity are next looked at together; None when they are not."""
    review = book.severities[severity].review if severity in book.severities else None
    return review.next_after(after, book.hours[review.hours]) if review else None


def graver(book: PolicyBook, one: str, other: str) -> bool | None:
    """Whether a severity is graver than another; None where they are of different scales, or unknown."""
    first, second = book.severities.get(one), book.severities.get(other)
    if first is None or second is None or first.scale != second.scale:
        return None
    return first.rank < second.rank


def severities_beside(book: PolicyBook, severity: str) -> tuple[str, ...]:
    """The severities of the same scale, the worst first; none where policy does not know this one."""
    known = book.severities.get(severity)
    same = [name for name, one in book.severities.items() if known and one.scale == known.scale]
    return tuple(sorted(same, key=lambda name: book.severities[name].rank))


def _counted(book: PolicyBook, hours: str | None, begins: datetime, length: timedelta) -> datetime:
    return book.hours[hours].after(begins, length) if hours else begins + length
