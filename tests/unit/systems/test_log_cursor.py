"""A log that is followed is shown whole: no line twice, none left out, however the looks fall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.systems.kubernetes.log_cursor import Mark, after, moved, read_cursor, write_cursor

AT = datetime(2026, 11, 21, 10, 42, tzinfo=UTC)


@given(st.lists(st.integers(0, 3), max_size=30), st.lists(st.integers(0, 30), max_size=6))
def test_every_line_is_seen_once(gaps: list[int], looks: list[int]) -> None:
    seconds = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    written = [(AT + timedelta(seconds=second), f"line {number}") for number, second in enumerate(seconds)]
    mark, seen = None, []
    for until in [*sorted(min(look, len(written)) for look in looks), len(written)]:
        new = after(mark, written[:until])
        seen += new
        mark = moved(mark, new)

    assert written == seen


def test_a_cursor_goes_through_the_store() -> None:
    marks = {"api-1": Mark(AT, 2), "api-2/web": Mark(AT + timedelta(microseconds=1), 1)}

    assert marks == read_cursor(write_cursor(marks))
    assert {} == read_cursor("") == read_cursor(write_cursor({}))
