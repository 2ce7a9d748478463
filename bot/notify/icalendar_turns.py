"""Whose turn it is by a calendar (RFC 5545): the attendees, or else the summary, of the events at a moment.

The `recurring-ical-events` library cannot stand beside the Kubernetes client (docs/adr/0001-libraries.md), so
python-dateutil unfolds what recurs. It steps from the first occurrence on, so an old rule begins anew shortly
before the moment that is asked for.
"""

from __future__ import annotations

import re
import time as clocks
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import Calendar

SECONDS = 3.0
"""For all events of a calendar; checked between events."""
_MAIL = "mailto:"
_UNTIL = re.compile(r"UNTIL=([0-9]{8})(T[0-9]{6})?Z?")
_STEPS = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
_SELDOM = ("MONTHLY", "YEARLY")
_MOST_COUNTED = 10_000


class UnreadableTurns(Exception):
    """Whose turn it is cannot be said; the message says why."""


def names_at(calendar: Calendar, at: datetime) -> tuple[str, ...]:
    """The names and addresses of who is on call at a moment, in the order of the feed.

    Raises UnreadableTurns for events that are broken, and for more of them than can be reckoned in time.
    """
    try:
        return _names_at(calendar, at, clocks.monotonic() + SECONDS)
    # What the libraries raise for properties whose values have another form than theirs.
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError) as error:
        raise UnreadableTurns(f"the calendar has an event that cannot be read ({error})"[:200]) from error


def _names_at(calendar: Calendar, at: datetime, until: float) -> tuple[str, ...]:
    walked: list[Any] = calendar.walk("VEVENT")
    events = [one for one in walked if str(one.get("STATUS", "")).upper() != "CANCELLED"]
    moved = {
        (str(one.get("UID")), _moment(one["RECURRENCE-ID"].dt)) for one in events if "RECURRENCE-ID" in one
    }
    names: dict[str, None] = {}
    for event in events:
        if clocks.monotonic() > until:
            raise UnreadableTurns("the calendar takes too long to reckon; let it have fewer events")
        if _is_on(event, at, moved):
            names |= dict.fromkeys(_names(event))
    return tuple(names)


def _is_on(event: Any, at: datetime, moved: set[tuple[str, datetime]]) -> bool:
    """Whether an event, or one of its recurrences that nobody has moved, is on at a moment."""
    if "DTSTART" not in event:
        return False
    begins = _moment(event["DTSTART"].dt)
    lasts = _length(event)
    if "RECURRENCE-ID" in event or ("RRULE" not in event and "RDATE" not in event):
        return begins <= at < begins + lasts
    skipped = {_moment(one.dt) for part in _all(event, "EXDATE") for one in part.dts}
    begun = {_moment(one.dt) for part in _all(event, "RDATE") for one in part.dts} | {begins}
    if "RRULE" in event and begins <= at:
        begun.update(_recurring(event, at - lasts, at))
    name = str(event.get("UID"))
    return any(one <= at < one + lasts and (name, one) not in moved for one in begun - skipped)


def _recurring(event: Any, after: datetime, until: datetime) -> Iterator[datetime]:
    """The moments that the rule names, after one and until another; times of day are of the event's zone."""
    first = event["DTSTART"].dt
    start = first if isinstance(first, datetime) else datetime.combine(first, time())
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    # Beside a start with a zone, dateutil takes an end in UTC only, as RFC 5545 has it.
    text = _UNTIL.sub(
        lambda found: f"UNTIL={found[1]}{found[2] or 'T235959'}Z", event["RRULE"].to_ical().decode()
    )
    rule = rrulestr(text, dtstart=_nearer(event["RRULE"], start, after))
    return map(_moment, rule.between(after, until, inc=True))


def _nearer(rule: Any, start: datetime, after: datetime) -> datetime:
    """A start in step with the rule's, not long before the moments that matter. Raises UnreadableTurns."""
    (often,) = rule.get("FREQ", [""])
    (interval,) = rule.get("INTERVAL", [1])
    (count,) = rule.get("COUNT", [0])
    if often not in (*_STEPS, *_SELDOM) or interval < 1 or count > _MOST_COUNTED:
        raise UnreadableTurns("the calendar has turns that change every minute, or that never end")
    if often in _SELDOM or count:
        return start
    step = _STEPS[often] * interval
    # One step more, because a day may be an hour longer than another.
    steps = (after - start) // step - 2
    moved: datetime = start + steps * step if steps > 0 else start
    return moved


def _all(event: Any, name: str) -> Iterator[Any]:
    found = event.get(name, [])
    yield from found if isinstance(found, list) else [found]


def _moment(value: date | datetime) -> datetime:
    """UTC; what has no zone, and a whole day, is taken for UTC."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def _length(event: Any) -> timedelta:
    if "DTEND" in event:
        lasts: timedelta = _moment(event["DTEND"].dt) - _moment(event["DTSTART"].dt)
        return lasts
    if "DURATION" in event:
        return timedelta(seconds=event["DURATION"].dt.total_seconds())
    whole_day = not isinstance(event["DTSTART"].dt, datetime)
    return timedelta(days=1) if whole_day else timedelta(0)


def _names(event: Any) -> Iterator[str]:
    """Addresses of the attendees; the summary where there are none."""
    attendees = list(_all(event, "ATTENDEE"))
    for one in attendees:
        yield str(one)[len(_MAIL) :] if str(one).lower().startswith(_MAIL) else str(one)
    if not attendees and event.get("SUMMARY"):
        yield str(event["SUMMARY"]).strip()
