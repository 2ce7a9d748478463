"""A system that hangs takes only its share of a replica."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from handlers.crowd import MOST_INSIDE, Crowd
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
