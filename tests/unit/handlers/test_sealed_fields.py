"""A void approval says what has changed: numbers, and what came into a list or went away from it."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.actions.sealed_fields import what_differs


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (3, 5, "field was 3, is 5"),
        ("a", "b", "field"),
        (["api", "web"], ("api", "web"), ""),
        (["api", "web"], ["api", "worker"], "field: new worker; gone web"),
        (["api"], [], "field: gone api"),
        (["api", "web"], ["web", "api"], "field: in another order"),
        (["api"], [*"abcdefg"], "field: new a, b, c, d, e, 2 more; gone api"),
        (["api"], ["a\nb", "x" * 201], "field: new a b, one of 201 characters; gone api"),
        ([1, 5], [1, 7], "field was 1, 5, is 1, 7"),
        (None, ["api"], "field"),
        ([{"a": 1}], [{"a": 2}], "field"),
        ({"api": "uid-1", "web": "uid-2"}, {"api": "uid-3"}, "field: gone web; changed api"),
        (
            {"T-1": {"days": 3, "user": "a"}},
            {"T-1": {"days": 5, "user": "a"}},
            "field: changed T-1: changed days was 3, is 5",
        ),
    ],
)
def test_what_was_sealed_and_what_is_now_is_told(was: Any, now: Any, told: str) -> None:
    assert told == what_differs({"field": was, "same": 1}, {"field": now, "same": 1})
