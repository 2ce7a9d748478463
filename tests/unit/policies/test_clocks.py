"""Clocks of severities: working hours, zones, daylight saving, weekends, holidays, reviews."""

# ruff: noqa: E501

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from policies.clocks import clock_from, graver, next_review
from policies.hours import Hours
from policies.schema import PolicyBook
from tests.unit.policies.folder import SEVERITIES, edited, faults_of, load, shipped


@pytest.fixture(scope="module")
def book() -> PolicyBook:
    return load(shipped())


def at(text: str) -> datetime:
    """A moment, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("severity", "seconds"),
    [
        ("SEV0", 900), ("SEV1", 3600), ("P0", 900), ("P1", 3600), ("P2", 14400), ("Sev-1", 900), ("Sev-2", 3600),
        ("Sev-3", 14400), ("critical", 300), ("warning", 3600), ("alert-critical", 300), ("alert-warning", 900),
        ("alert-info", 3600),
    ],
)  # fmt: skip
def test_a_clock_of_the_runbooks_runs_by_day_and_night(book: PolicyBook, severity: str, seconds: int) -> None:
    saturday_night = at("2026-11-21T03:00")

    assert saturday_night + timedelta(seconds=seconds) == clock_from(book, severity, saturday_night).due_at


@pytest.mark.parametrize("severity", ["SEV2", "SEV3", "SEV4", "info"])
def test_what_is_looked_at_together_has_no_clock(book: PolicyBook, severity: str) -> None:
    assert clock_from(book, severity, at("2026-11-21T03:00")).due_at is None


@pytest.mark.parametrize(
    ("received", "due"),
    [
        pytest.param("2026-11-17T20:00", "2026-11-18T22:00", id="Tuesday: Wednesday 17:00 in New York"),
        pytest.param("2026-11-20T20:00", "2026-11-23T22:00", id="Friday: Monday"),
        pytest.param("2026-11-25T20:00", "2026-11-27T22:00", id="the day before Thanksgiving: the day after"),
        pytest.param("2026-12-24T15:00", "2026-12-28T22:00", id="before Christmas and a weekend: Monday"),
        pytest.param("2026-11-18T03:00", "2026-11-18T22:00", id="late Tuesday there, Wednesday in UTC"),
        pytest.param("2026-10-30T15:00", "2026-11-02T22:00", id="over the end of daylight saving"),
        pytest.param("2026-03-06T15:00", "2026-03-09T21:00", id="over its beginning"),
    ],
)
@pytest.mark.parametrize("severity", ["P3", "Sev-4"])
def test_the_next_working_day_ends_in_the_zone_of_policy(
    book: PolicyBook, severity: str, received: str, due: str
) -> None:
    assert at(due) == clock_from(book, severity, at(received)).due_at


@pytest.mark.parametrize(
    ("received", "due"),
    [
        pytest.param("2026-11-17T15:00", "2026-11-17T17:00", id="within the day"),
        pytest.param("2026-11-20T21:30", "2026-11-23T15:30", id="over a weekend"),
        pytest.param("2026-11-21T12:00", "2026-11-23T16:00", id="on a Saturday: from Monday's opening on"),
        pytest.param("2026-11-17T05:00", "2026-11-17T16:00", id="before opening"),
        pytest.param("2026-11-25T21:00", "2026-11-27T15:00", id="over a holiday"),
        pytest.param("2026-10-30T20:30", "2026-11-02T15:30", id="over the end of daylight saving"),
        pytest.param("2026-03-06T21:30", "2026-03-09T14:30", id="over its beginning"),
        pytest.param("2026-11-17T20:00", "2026-11-17T22:00", id="until closing exactly"),
    ],
)
def test_working_time_alone_counts_where_policy_says_so(book: PolicyBook, received: str, due: str) -> None:
    assert at(due) == book.hours["office"].after(at(received), timedelta(hours=2))


def test_a_night_in_which_clocks_change_is_as_long_as_it_is() -> None:
    nights = Hours(zone="America/New_York", days=("sun",), opens="00:00", closes="24:00")

    longer = nights.after(at("2026-11-01T04:00"), timedelta(hours=25))
    shorter = nights.after(at("2026-03-08T05:00"), timedelta(hours=23))

    assert at("2026-11-02T05:00") == longer
    assert at("2026-03-09T04:00") == shorter


@pytest.mark.parametrize(
    ("moment", "held"),
    [
        pytest.param("2026-11-21T03:00", "2026-11-23T15:00", id="Saturday: Monday 10:00 in New York"),
        pytest.param("2026-11-23T14:59", "2026-11-23T15:00", id="just before"),
        pytest.param("2026-11-23T15:00", "2026-11-30T15:00", id="at the very moment: the next one"),
        pytest.param("2026-07-01T00:00", "2026-07-06T14:00", id="in summer"),
    ],
)
def test_sev2_and_sev3_wait_for_mondays_review(book: PolicyBook, moment: str, held: str) -> None:
    assert [at(held)] * 2 == [next_review(book, severity, at(moment)) for severity in ("SEV2", "SEV3")]
    assert next_review(book, "SEV0", at(moment)) is None


def test_a_review_on_a_holiday_moves_to_the_next_working_day() -> None:
    moved = load(edited(SEVERITIES, '["2026-11-26"', '["2026-11-23", "2026-11-24"'))

    assert at("2026-11-25T15:00") == next_review(moved, "SEV2", at("2026-11-21T03:00"))
    assert at("2026-11-25T15:00") == next_review(moved, "SEV2", at("2026-11-24T16:00"))


def test_info_waits_for_the_next_working_morning(book: PolicyBook) -> None:
    assert at("2026-11-23T14:00") == next_review(book, "info", at("2026-11-20T22:30"))


def test_the_matrix_is_climbed_at_once_and_after_15_30_and_60_minutes(book: PolicyBook) -> None:
    begins = at("2026-11-21T03:00")

    climbed = [at - begins for at, _ in clock_from(book, "Sev-1", begins).rungs]

    assert [timedelta(minutes=minutes) for minutes in (0, 15, 30, 60)] == climbed


def test_a_rung_that_keeps_office_hours_waits_for_them_and_the_next_one_for_it() -> None:
    texts = edited(SEVERITIES, "      - after: 15m\n", "      - after: 15m\n        hours: office\n")
    begins = at("2026-11-21T03:00")

    climbed = [at for at, _ in clock_from(load(texts), "SEV0", begins).rungs]

    assert [begins, at("2026-11-23T14:15"), at("2026-11-23T14:15"), at("2026-11-23T14:15")] == climbed


def test_severities_compare_within_their_scale_only(book: PolicyBook) -> None:
    assert (True, False, None) == (
        graver(book, "SEV0", "SEV1"), graver(book, "SEV1", "SEV1"), graver(book, "SEV1", "P0")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("zone: America/New_York", "zone: EST5", "hours.office.zone", "`EST5` is no time zone; write an IANA name"),
        ('opens: "09:00"', 'opens: "9am"', "hours.office.opens", "`9am` is no time of day; write it like 09:00"),
        ('closes: "17:00"', 'closes: "09:30"', "hours.office", "work from 09:00 to 09:30 is less than an hour"),
        ('"2026-12-25"', '"25.12.2026"', "hours.office.holidays[1]", "`25.12.2026` is no date; write it like 2026-12-25"),
        ("hours: office, row", "hours: offices, row", "severities.SEV2.review.hours", "unknown hours `offices`; did you"),
        ("    hours: office\n", "", "severities.P3.acknowledge_by", "nobody knows which days are working days"),
        ("  P3:\n", "  p2:\n", "severities.p2", "people would take it for `P2`; give it another name"),
        ("rank: 3\n    acknowledge_by", "rank: 3\n    acknowledge_within: 1h\n    acknowledge_by",
         "severities.P3.acknowledge_by", "two clocks for one severity"),
        ("  P2:\n", "  default:\n", "severities.default", "`default` cannot stand here; write a severity's name"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_clock_is_told_with_the_mend(old: str, new: str, key: str, said: str) -> None:
    faults = faults_of(edited(SEVERITIES, old, new))

    assert [(key, True)] == [(one.key, said in one.message) for one in faults], faults
