"""How long a long effect still takes: told from the pace so far, and not told while nobody can know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.slack.mrkdwn import line_text
from handlers.actions import Progress
from handlers.messages import Meter
from handlers.running.progress import Told, roughly

BEGUN = datetime(2026, 11, 21, 10, tzinfo=UTC)


def left(done: int, after: float, *, total: int = 10, first: int = 0, note: str = "") -> timedelta | None:
    told = Told(begun=BEGUN, first=first, newest=Progress(done, total, "pods", note))
    return told.left(BEGUN + timedelta(seconds=after))


def test_the_rest_takes_as_long_as_the_pace_so_far_says() -> None:
    assert timedelta(seconds=90) == left(4, 60)


def test_what_was_there_before_is_no_pace() -> None:
    assert timedelta(seconds=240) == left(4, 60, first=2, total=12)


@pytest.mark.parametrize(("done", "note"), [(0, ""), (10, ""), (4, "ImagePullBackOff")])
def test_nothing_is_promised_before_the_first_step_after_the_last_and_while_it_is_held_up(
    done: int, note: str
) -> None:
    assert left(done, 60, note=note) is None


def test_a_pace_that_slows_down_is_told_as_slower() -> None:
    sooner, later = left(4, 60), left(4, 600)
    assert sooner is not None
    assert later is not None
    assert sooner < later


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "5 s"), (41, "45 s"), (91, "2 min"), (3000, "50 min"), (5460, "1 h 40 min"), (7200, "2 h")],
)
def test_a_length_of_time_is_told_as_one_says_it_and_never_shorter(seconds: float, told: str) -> None:
    assert told == roughly(timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("done", "total", "bar"),
    [(0, 5, "░" * 12), (5, 5, "█" * 12), (4, 5, "█" * 9 + "░" * 3), (9, 5, "█" * 12), (1, 1000, "░" * 12)],
)
def test_a_bar_is_full_only_when_everything_is_done(done: int, total: int, bar: str) -> None:
    assert bar == line_text((Meter(done=done, total=total),), {})
