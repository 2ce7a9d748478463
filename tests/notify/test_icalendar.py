"""Who is on call by a calendar: recurrences, moved and cancelled turns, zones; a feed that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web
from icalendar import Calendar

from bot.notify import icalendar_feed
from bot.notify.icalendar_feed import LONGEST_FEED
from bot.notify.icalendar_turns import UnreadableTurns, names_at
from handlers.errors import TryAgainLater
from tests.scenarios.virtual import VirtualClock

WEEKLY = """DTSTART;TZID=America/New_York:20261005T090000
DTEND;TZID=America/New_York:20261012T090000
RRULE:FREQ=WEEKLY;INTERVAL=2"""


def calendar(*events: str) -> Calendar:
    made = "".join(f"BEGIN:VEVENT\nUID:{number}\n{one}\nEND:VEVENT\n" for number, one in enumerate(events))
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//practice//EN\n{made}END:VCALENDAR\n"
    return Calendar.from_ical(text.replace("\n", "\r\n"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on(made: Calendar, moment: str) -> tuple[str, ...]:
    return names_at(made, at(moment))


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        pytest.param("2026-10-05T12:59", (), id="before the first turn"),
        pytest.param("2026-10-05T13:00", ("omar@example.com",), id="09:00 in New York, summer"),
        pytest.param("2026-10-12T13:00", (), id="the other week"),
        pytest.param("2026-11-02T13:30", (), id="after clocks changed 09:00 is an hour later"),
        pytest.param("2026-11-02T14:00", ("omar@example.com",), id="09:00 in New York, winter"),
        pytest.param("2027-02-08T14:00", ("omar@example.com",), id="months later"),
    ],
)
def test_a_weekly_turn_keeps_its_time_of_day(moment: str, names: tuple[str, ...]) -> None:
    assert names == on(calendar(f"{WEEKLY}\nATTENDEE:mailto:omar@example.com"), moment)


def test_the_summary_names_who_is_on_call_where_nobody_attends() -> None:
    assert ("Omar",) == on(calendar(f"{WEEKLY}\nSUMMARY:Omar"), "2026-10-06T00:00")


def test_everybody_whose_turn_it_is_is_named_once() -> None:
    two = "\nATTENDEE:mailto:omar@example.com\nATTENDEE:mailto:pia@example.com"
    made = calendar(WEEKLY + two, f"{WEEKLY}\nATTENDEE:mailto:pia@example.com")

    assert ("omar@example.com", "pia@example.com") == on(made, "2026-10-06T00:00")


def test_a_turn_that_is_left_out_or_cancelled_is_nobodys() -> None:
    left_out = f"{WEEKLY}\nEXDATE;TZID=America/New_York:20261019T090000\nSUMMARY:Omar"
    cancelled = f"{WEEKLY}\nSTATUS:CANCELLED\nSUMMARY:Pia"

    assert () == on(calendar(left_out, cancelled), "2026-10-20T00:00")
    assert ("Omar",) == on(calendar(left_out, cancelled), "2026-11-03T00:00")


def test_a_turn_that_was_moved_is_where_it_was_moved_to() -> None:
    moved = """UID:0
RECURRENCE-ID;TZID=America/New_York:20261019T090000
DTSTART;TZID=America/New_York:20261020T090000
DTEND;TZID=America/New_York:20261021T090000
SUMMARY:Pia"""
    made = calendar(f"{WEEKLY}\nSUMMARY:Omar", moved.removeprefix("UID:0\n"))
    moving = made.walk("VEVENT")[1]
    moving["UID"] = made.walk("VEVENT")[0]["UID"]

    assert () == on(made, "2026-10-19T15:00")
    assert ("Pia",) == on(made, "2026-10-20T15:00")


@pytest.mark.parametrize("end", ["20261020T000000Z", "20261020"])
def test_a_rule_that_ended_names_nobody(end: str) -> None:
    made = calendar(f"{WEEKLY};UNTIL={end}\nSUMMARY:Omar")

    assert [("Omar",), ()] == [on(made, "2026-10-20T12:00"), on(made, "2026-11-03T00:00")]


def test_single_events_whole_days_and_durations_count() -> None:
    once = "DTSTART:20261121T000000Z\nDURATION:PT6H\nSUMMARY:Omar"
    whole = "DTSTART;VALUE=DATE:20261121\nSUMMARY:Pia"

    assert ("Omar", "Pia") == on(calendar(once, whole), "2026-11-21T05:59")
    assert ("Pia",) == on(calendar(once, whole), "2026-11-21T06:00")


class Feed:
    """A web server with one calendar; `status` and `body` say what it answers."""

    def __init__(self) -> None:
        self.body = calendar(f"{WEEKLY}\nSUMMARY:Omar").to_ical()
        self.status, self.asked, self.url = 200, 0, ""
        self.parts = 1

    async def get(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if self.parts == 1:
            return web.Response(status=self.status, body=self.body, content_type="text/calendar")
        response = web.StreamResponse(headers={"Content-Type": "text/calendar"})
        await response.prepare(request)
        size = -(-len(self.body) // self.parts)
        for first in range(0, len(self.body), size):
            await response.write(self.body[first : first + size])
            await asyncio.sleep(0.05)
        return response


@asynccontextmanager
async def served() -> AsyncIterator[Feed]:
    feed = Feed()
    app = web.Application()
    app.router.add_get("/oncall.ics", feed.get)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    feed.url = f"http://127.0.0.1:{runner.addresses[0][1]}/oncall.ics"
    try:
        yield feed
    finally:
        await runner.cleanup()


async def test_a_feed_is_read_every_few_minutes_and_its_last_good_copy_is_kept() -> None:
    clock, moment = VirtualClock(), at("2026-10-06T00:00")
    async with served() as feed, icalendar_feed.opened({"url": feed.url}, clock) as roster:
        first = await roster.turn(moment)
        await roster.turn(moment)
        asked = feed.asked
        feed.body = b"<html>sorry</html>"
        clock.advance(minutes=6)
        later = await roster.turn(moment)

    assert 1 == asked
    assert (("Omar",), False) == (first.names, first.stale)
    assert (("Omar",), True, first.read_at) == (later.names, later.stale, later.read_at)


@pytest.mark.parametrize("parts", [2, 7])
async def test_a_feed_that_comes_in_parts_is_read_to_its_end(parts: int) -> None:
    before = [f"DTSTART:202610{day:02}T000000Z\nDURATION:P1D\nSUMMARY:Omar" for day in range(1, 29)]
    async with served() as feed, icalendar_feed.opened({"url": feed.url}, VirtualClock()) as roster:
        feed.body = calendar(*before, "DTSTART:20261101T000000Z\nDURATION:P1D\nSUMMARY:Pia").to_ical()
        feed.parts = parts
        turn = await roster.turn(at("2026-11-01T12:00"))

    assert ("Pia",) == turn.names


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (404, b""), (302, b""), (200, b"x" * (LONGEST_FEED + 1))]
)
async def test_what_is_no_calendar_is_none(status: int, body: bytes) -> None:
    async with served() as feed, icalendar_feed.opened({"url": feed.url}, VirtualClock()) as roster:
        feed.status, feed.body = status, body
        with pytest.raises(TryAgainLater):
            await roster.turn(at("2026-10-06T00:00"))


@pytest.mark.parametrize(
    "lies",
    [
        "DTSTART:20200101T000000Z\nRRULE:FREQ=SECONDLY",
        "DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;INTERVAL=0",
        "DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;COUNT=99999999",
        "DTSTART:20200101T000000Z\nRRULE:FREQ=NEVER",
        "DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY",
        "DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY\nEXDATE:never",
        "DTSTART:20200101T000000Z\nRDATE;VALUE=PERIOD:20200101T000000Z/PT1H",
        "DTSTART:soon",
    ],
)
async def test_turns_that_cannot_be_are_nobodys_and_the_last_good_copy_holds(lies: str) -> None:
    with pytest.raises(UnreadableTurns):
        on(calendar(f"{lies}\nSUMMARY:Omar"), "2026-10-06T00:00")
    clock, moment = VirtualClock(), at("2026-10-06T00:00")
    async with served() as feed, icalendar_feed.opened({"url": feed.url}, clock) as roster:
        await roster.turn(moment)
        feed.body = calendar(f"{lies}\nSUMMARY:Pia").to_ical()
        clock.advance(minutes=6)
        later = await roster.turn(moment)

    assert (("Omar",), True) == (later.names, later.stale)


def test_turns_that_began_long_ago_are_still_in_step() -> None:
    daily = "DTSTART;TZID=America/New_York:19700101T090000\nDURATION:PT8H\nRRULE:FREQ=DAILY;INTERVAL=3"
    made = calendar(f"{daily}\nSUMMARY:Omar")

    # 1970-01-01 and 2026-11-20 are 20,777 days apart, which is 3 × 6,925 + 2.
    assert () == on(made, "2026-11-20T15:00")
    assert ("Omar",) == on(made, "2026-11-21T15:00")
    assert () == on(made, "2026-11-21T13:59")
    assert () == on(made, "2026-11-21T22:00")


def test_a_turn_that_overlaps_the_next_one_is_on_until_it_ends() -> None:
    made = calendar("DTSTART:20261101T090000Z\nDURATION:PT60H\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:Omar")

    assert ("Omar",) == on(made, "2026-11-05T20:00")
    assert () == on(made, "2026-11-05T21:00")
