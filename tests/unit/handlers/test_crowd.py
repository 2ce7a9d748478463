"""A system that hangs takes only its share of a replica."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from bot.workers import Tuning
from handlers.crowd import MOST_INSIDE, MOST_LONG, MOST_LONG_IN_ALL, Crowd
from handlers.errors import TryAgainLater


def test_a_crowded_system_is_come_back_to_later_and_the_others_are_not_crowded() -> None:
    crowd = Crowd()
    with ExitStack() as inside:
        for _ in range(MOST_INSIDE):
            inside.enter_context(crowd.enter("hanging"))
        with pytest.raises(TryAgainLater, match="hanging"), crowd.enter("hanging"):
            pass
        with crowd.enter("brisk"):
            pass


def test_who_leaves_makes_room_even_after_a_failure() -> None:
    crowd = Crowd()
    for _ in range(MOST_INSIDE + 1):
        with pytest.raises(ZeroDivisionError), crowd.enter("brisk"):
            raise ZeroDivisionError


def test_work_that_is_of_no_system_is_never_crowded() -> None:
    crowd = Crowd()
    with ExitStack() as inside:
        for _ in range(MOST_INSIDE + 1):
            inside.enter_context(crowd.enter(""))


def test_long_work_has_places_of_its_own_and_leaves_the_others_free() -> None:
    crowd = Crowd()
    with ExitStack() as inside:
        for _ in range(MOST_LONG):
            inside.enter_context(crowd.enter("drained", long=True))
        with pytest.raises(TryAgainLater, match="drained"), crowd.enter("drained", long=True):
            pass
        for _ in range(MOST_INSIDE):
            inside.enter_context(crowd.enter("drained"))


def test_long_work_of_many_systems_does_not_fill_a_replica() -> None:
    crowd = Crowd()
    with ExitStack() as inside:
        for number in range(MOST_LONG_IN_ALL):
            inside.enter_context(crowd.enter(f"system-{number}", long=True))
        with pytest.raises(TryAgainLater, match="long actions are under way"):
            inside.enter_context(crowd.enter("one more", long=True))
        with crowd.enter("one more"):
            pass
    assert MOST_LONG_IN_ALL < Tuning().concurrency
