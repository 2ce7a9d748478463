"""How often threads are read: forty a minute, and the gravest have some for themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.errors import TryAgainLater
from handlers.looking.page import KEPT, MOST, Page

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def reads(page: Page, now: datetime, *, gravest: bool) -> int:
    """How many reads there are left for threads of this urgency."""
    for count in range(MOST + 1):
        try:
            page.turn(now, gravest=gravest)
        except TryAgainLater:
            return count
    raise AssertionError("there is no end of them")


def test_the_gravest_have_reads_left_when_the_others_have_none() -> None:
    page = Page()

    assert (MOST - KEPT, KEPT) == (reads(page, NOW, gravest=False), reads(page, NOW, gravest=True))


def test_reads_come_back_at_forty_a_minute() -> None:
    page = Page()
    reads(page, NOW, gravest=True)

    assert (0, 2) == (
        reads(page, NOW + timedelta(seconds=1), gravest=True),
        reads(page, NOW + timedelta(seconds=4), gravest=True),
    )


def test_after_a_silence_of_slack_nobody_asks_for_a_while() -> None:
    page = Page()
    page.rest(NOW, 1.0)

    assert 0 == reads(page, NOW + timedelta(seconds=2), gravest=True)
    assert MOST == reads(page, NOW + timedelta(seconds=3), gravest=True)


def test_a_clock_that_goes_back_gives_nothing() -> None:
    page = Page()
    reads(page, NOW, gravest=True)

    with pytest.raises(TryAgainLater):
        page.turn(NOW - timedelta(hours=1), gravest=True)
