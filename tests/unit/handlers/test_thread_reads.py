"""How often threads are read: forty a minute, and the gravest have some for themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.errors import TryAgainLater
from handlers.thread_reads import KEPT, MOST, ThreadReads

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def reads(counted: ThreadReads, now: datetime, *, gravest: bool) -> int:
    """How many reads there are left for threads of this urgency."""
    for count in range(MOST + 1):
        try:
            counted.turn(now, gravest=gravest)
        except TryAgainLater:
            return count
    raise AssertionError("there is no end of them")


def test_the_gravest_have_reads_left_when_the_others_have_none() -> None:
    counted = ThreadReads()

    assert (MOST - KEPT, KEPT) == (reads(counted, NOW, gravest=False), reads(counted, NOW, gravest=True))


def test_reads_come_back_at_forty_a_minute() -> None:
    counted = ThreadReads()
    reads(counted, NOW, gravest=True)

    assert (0, 2) == (
        reads(counted, NOW + timedelta(seconds=1), gravest=True),
        reads(counted, NOW + timedelta(seconds=4), gravest=True),
    )


def test_after_a_silence_of_slack_nobody_asks_for_a_while() -> None:
    counted = ThreadReads()
    counted.rest(NOW, 1.0)

    assert 0 == reads(counted, NOW + timedelta(seconds=2), gravest=True)
    assert MOST == reads(counted, NOW + timedelta(seconds=3), gravest=True)


def test_a_clock_that_goes_back_gives_nothing() -> None:
    counted = ThreadReads()
    reads(counted, NOW, gravest=True)

    with pytest.raises(TryAgainLater):
        counted.turn(NOW - timedelta(hours=1), gravest=True)
