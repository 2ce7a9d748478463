"""What a notification on a phone tells of a card."""

from __future__ import annotations

from handlers.cards import note, refusal
from handlers.messages import User

OMAR = User(id="U02OMAR")


def test_a_refusal_is_told_without_a_hole_where_a_person_stands() -> None:
    assert "Not counted: guests never count." == refusal((OMAR, ": guests never count."), "identity").summary


def test_what_a_person_did_is_told_of_somebody() -> None:
    assert "Somebody edited an answer." == note((OMAR, " edited an answer.")).summary


def test_any_other_line_is_told_as_it_is() -> None:
    assert "Nobody has it, ask … or wait." == note(("Nobody has it, ask ", OMAR, " or wait.")).summary
