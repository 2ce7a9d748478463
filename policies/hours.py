"""Working hours in an IANA zone: when a clock may run, and when the next working day is.

Times of day are read in the zone, so 09:00 stays 09:00 when clocks change; lengths are real time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from policies import fields as f

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_SHORTEST = timedelta(hours=1)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise f.refuse(f"`{name[:80]}` is no time zone; write an IANA name like America/New_York") from None
    return name


def _time_of_day(text: str) -> str:
    if _TIME.fullmatch(text):
        return text
    raise f.refuse(f"`{text[:80]}` is no time of day; write it like 09:00, with 24:00 for midnight")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise f.refuse(f"`{text[:80]}` is no date; write it like 2026-12-25") from None


Zone = Annotated[str, AfterValidator(_zone)]
TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
Day = Annotated[str, AfterValidator(_day)]


class Hours(f.Rules):
    """When people work: days and times in a zone, without holidays (AU-36, CC-23, PF-09)."""

    zone: Zone
    days: Annotated[tuple[Weekday, ...], f.Distinct, f.AtLeastOne] = ("mon", "tue", "wed", "thu", "fri")
    opens: TimeOfDay = "09:00"
    closes: TimeOfDay = "17:00"
    holidays: Annotated[tuple[Day, ...], f.Distinct] = ()

    def works_on(self, day: date) -> bool:
        """Whether people work on a date of the zone."""
        return WEEKDAYS[day.weekday()] in self.days and day.isoformat() not in self.holidays

    def moment(self, day: date, clock: str) -> datetime:
        """A time of day on a date of the zone, UTC. A time that clocks skip is the one an hour on."""
        hour, minute = map(int, clock.split(":"))
        if hour == 24:
            day, hour = day + timedelta(days=1), 0
        return datetime.combine(day, time(hour, minute), ZoneInfo(self.zone)).astimezone(UTC)

    def working_days(self, since: date) -> Iterator[date]:
        """Working days from a date of the zone on, that date included, for ever."""
        day = since
        while True:
            if self.works_on(day):
                yield day
            day += timedelta(days=1)

    def local_date(self, moment: datetime) -> date:
        """The date on which a moment falls in the zone."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def after(self, moment: datetime, length: timedelta) -> datetime:
        """The moment when so much working time has gone by; with none to go, when work is next on."""
        left = length
        for day in self.working_days(self.local_date(moment)):
            begin, end = max(moment, self.moment(day, self.opens)), self.moment(day, self.closes)
            if begin < end and left <= end - begin:
                return begin + left
            left -= max(end - begin, timedelta(0))
        raise AssertionError("unreachable: working days do not end")

    def end_of_next_day(self, moment: datetime) -> datetime:
        """When the working day after this moment's date closes."""
        tomorrow = self.local_date(moment) + timedelta(days=1)
        return self.moment(next(self.working_days(tomorrow)), self.closes)


def open_long_enough(hours: Hours) -> Hours:
    """Refuse hours in which no clock could ever run out."""
    anyday = date(2026, 1, 1)
    if hours.moment(anyday, hours.closes) - hours.moment(anyday, hours.opens) < _SHORTEST:
        raise f.refuse(f"work from {hours.opens} to {hours.closes} is less than an hour; write longer hours")
    return hours


class Review(f.Rules):
    """When what nobody need answer at once is looked at together (CM-33, AU-36).

    A day that `hours` does not work on moves to the next one that it does.
    """

    days: Annotated[tuple[Weekday, ...], f.Distinct, f.AtLeastOne]
    at: TimeOfDay
    hours: f.HoursName
    row: f.Row | None = None

    def next_after(self, moment: datetime, hours: Hours) -> datetime:
        """The first review after a moment."""
        # From eight days back: a review of last week may have been moved past holidays.
        day = hours.local_date(moment) - timedelta(days=8)
        while True:
            if cast(str, WEEKDAYS[day.weekday()]) in self.days:
                held = hours.moment(next(hours.working_days(day)), self.at)
                if held > moment:
                    return held
            day += timedelta(days=1)
