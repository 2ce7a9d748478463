"""The diff on a card: whole, with the place of every part, or not at all."""

from __future__ import annotations

import pytest

from handlers.actions.kubernetes.objects import Change
from handlers.actions.kubernetes.previewing import MOST_DIFF, diff_of
from handlers.errors import DoNotRetry


def change(before: str, after: str) -> Change:
    return Change("config map settings", before, after, "digest")


def test_every_part_stands_under_the_fields_it_lies_in() -> None:
    before = "data:\n  a: '1'\nspec:\n  template:\n    containers:\n    - image: api:1\n      name: api\n"

    shown = diff_of([change(before, before.replace("api:1", "api:2"))])

    assert "@@ spec.template.containers @@" in shown
    assert "-    - image: api:1\n+    - image: api:2" in shown


def test_what_is_not_there_yet_and_what_would_be_gone_say_so() -> None:
    made = diff_of([change("", "data:\n  a: '1'\n")])
    gone = diff_of([change("data:\n  a: '1'\n", "")])

    assert made.splitlines()[:2] == [
        "--- config map settings is not there",
        "+++ config map settings as it would be",
    ]
    assert "+  a: '1'" in made
    assert "+++ config map settings would be gone" in gone
    assert "-  a: '1'" in gone


def test_what_changes_nothing_says_so() -> None:
    shown = diff_of([change("a: 1\n", "a: 1\n")])

    assert shown == "The cluster says that nothing of config map settings itself would change."


def test_context_goes_before_anything_that_changes() -> None:
    many = [f"k{number:04}: '{'x' * 20}'" for number in range(60)]
    after = list(many)
    for number in range(5, 60, 8):
        after[number] = f"{many[number]}  # other"

    wide = diff_of([change("\n".join(many), "\n".join(after))])
    narrow = diff_of([change("\n".join(many), "\n".join(after))], most=len(wide) - 1)

    assert len(narrow) < len(wide)
    assert [line for line in wide.splitlines() if line[0] in "+-"] == [
        line for line in narrow.splitlines() if line[0] in "+-"
    ]


def test_nobody_approves_what_no_card_can_show() -> None:
    long = change("a: 1\n", "\n".join(f"k{number}: {'x' * 80}" for number in range(100)))

    with pytest.raises(DoNotRetry, match="nobody could approve it knowing it") as no:
        diff_of([long])
    cut = diff_of([long], whole=False)

    assert no.value.code == "too-long-to-read"
    assert len(cut) <= MOST_DIFF + 100
    assert "more lines do not fit on a card; the seal covers them." in cut
