"""What a notification on a phone tells of a card."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from handlers.cards import note, refusal
from handlers.messages import User, When

OMAR = User(id="U02OMAR")


def test_a_refusal_is_told_without_a_hole_where_a_person_stands() -> None:
    assert "Not counted: guests never count." == refusal((OMAR, ": guests never count."), "identity").summary


def test_what_a_person_did_is_told_of_somebody() -> None:
    assert "Somebody edited an answer." == note((OMAR, " edited an answer.")).summary


def test_any_other_line_is_told_as_it_is() -> None:
    assert "Nobody has it, ask … or wait." == note(("Nobody has it, ask ", OMAR, " or wait.")).summary


def test_a_time_is_told_as_one() -> None:
    nine_in_berlin = datetime(2026, 1, 31, 9, tzinfo=timezone(timedelta(hours=1)))
    assert "Answer by 2026-01-31 08:00 UTC." == note(("Answer by ", When(at=nine_in_berlin), ".")).summary
