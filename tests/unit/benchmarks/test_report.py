"""The report says honestly whether an aim was met."""

from __future__ import annotations

from benchmarks.report import Aim, aims, text
from benchmarks.results import Results


def test_less_is_better_where_a_time_is_measured() -> None:
    assert Aim("latency", 1.5, 1.5).met
    assert not Aim("latency", 1.51, 1.5).met


def test_more_is_better_where_a_rate_is_measured() -> None:
    assert Aim("rate", 2.5, 2.5, at_least=True).met
    assert not Aim("rate", 2.49, 2.5, at_least=True).met


def test_an_aim_that_was_missed_is_told_as_missed() -> None:
    assert ("latency", "3.00 ×", "≤ 1.5 ×", "**not met**") == Aim("latency", 3.0, 1.5).row()


def test_parts_that_were_not_measured_have_no_aims_and_no_table() -> None:
    nothing = Results({}, [], [], [], [], [])

    assert [] == aims(nothing)
    assert "100,000" not in text(nothing)
