"""Who is on call by an iCalendar feed (RFC 5545): the attendees, or else the summary, of the events now.

The `recurring-ical-events` library cannot stand beside the Kubernetes client (docs/adr/0001-libraries.md), so
python-dateutil unfolds what recurs.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from dateutil.rrule import rrulestr
from icalendar import Calendar

from bot.notify.copies import Copies
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.ports import Clock, Turn

SECONDS = 4.0
LONGEST_FEED = 1_000_000
_FRESH = timedelta(minutes=5)
_MAIL = "mailto:"
_UNTIL = re.compile(r"UNTIL=([0-9]{8})(T[0-9]{6})?Z?")


class ICalendarFeed:
    """Reads a feed, at most every five minutes; the last good copy is kept while it cannot be read."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, clock: Clock) -> None:
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._copies = Copies[Calendar](clock, _FRESH)

    async def turn(self, at: datetime) -> Turn:
        """See `Roster.turn`."""
        copy = await self._copies.read(self._fetch)
        return Turn(names_at(copy.value, at), copy.read_at, stale=copy.stale)

    async def _fetch(self) -> Calendar:
        try:
            async with self._session.get(self._url, headers=self._headers, allow_redirects=False) as response:
                if response.status != 200:
                    raise TryAgainLater(f"the calendar answered {response.status}")
                text = await response.content.read(LONGEST_FEED + 1)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryAgainLater(f"the calendar cannot be read ({type(error).__name__})") from error
        if len(text) > LONGEST_FEED:
            raise TryAgainLater("the calendar is longer than a megabyte")
        try:
            return Calendar.from_ical(text)
        except ValueError as error:
            raise TryAgainLater("what was read is no calendar") from error


def names_at(calendar: Calendar, at: datetime) -> tuple[str, ...]:
    """The names and addresses of who is on call at a moment, in the order of the feed."""
    walked: list[Any] = calendar.walk("VEVENT")
    events = [one for one in walked if str(one.get("STATUS", "")).upper() != "CANCELLED"]
    moved = {
        (str(one.get("UID")), _moment(one["RECURRENCE-ID"].dt)) for one in events if "RECURRENCE-ID" in one
    }
    names = (name for event in events if _is_on(event, at, moved) for name in _names(event))
    return tuple(dict.fromkeys(names))


def _is_on(event: Any, at: datetime, moved: set[tuple[str, datetime]]) -> bool:
    """Whether an event, or one of its recurrences that nobody has moved, is on at a moment."""
    if "DTSTART" not in event:
        return False
    begins = _moment(event["DTSTART"].dt)
    lasts = _length(event)
    if "RECURRENCE-ID" in event or ("RRULE" not in event and "RDATE" not in event):
        return begins <= at < begins + lasts
    last = _last_before(event, at)
    if last is None:
        return False
    return (str(event.get("UID")), last) not in moved and last <= at < last + lasts


def _last_before(event: Any, at: datetime) -> datetime | None:
    """When the latest recurrence until a moment began; times of day are those of the event's own zone."""
    skipped = {_moment(one.dt) for part in _all(event, "EXDATE") for one in part.dts}
    begun = [_moment(one.dt) for part in _all(event, "RDATE") for one in part.dts]
    begun.append(_moment(event["DTSTART"].dt))
    if "RRULE" in event:
        begun += _latest(event, at, skipped)
    return max((one for one in begun if one <= at and one not in skipped), default=None)


def _latest(event: Any, at: datetime, skipped: set[datetime]) -> Iterator[datetime]:
    """The latest moment until `at` that the rule names and that is not skipped."""
    first = event["DTSTART"].dt
    start = first if isinstance(first, datetime) else datetime.combine(first, time())
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    # Beside a start with a zone, dateutil takes an end in UTC only, as RFC 5545 has it.
    text = _UNTIL.sub(
        lambda found: f"UNTIL={found[1]}{found[2] or 'T235959'}Z", event["RRULE"].to_ical().decode()
    )
    rule = rrulestr(text, dtstart=start)
    found = rule.before(at, inc=True)
    while found is not None and _moment(found) in skipped:
        found = rule.before(found)
    if found is not None:
        yield _moment(found)


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


@asynccontextmanager
async def opened(settings: Mapping[str, str], clock: Clock) -> AsyncIterator[ICalendarFeed]:
    """The feed at `url`. Raises DoNotRetry for an address that is none."""
    url = settings["url"]
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DoNotRetry("a calendar's `url` must be an http or https address", "bad-url")
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield ICalendarFeed(session, url, settings.get("token", ""), clock)
