"""What is refused names only what the bot really has, and never refuses the bot's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.policy_folder import read_book
from handlers.actions.kubernetes import KIND
from handlers.actions.registry import REGISTRY
from handlers.speaking.commands import OWN
from handlers.speaking.declined_words import TABLE

BOOK = read_book(Path(__file__).parents[3] / "policies" / "rules")
ROUTED = {
    name for system in BOOK.systems.values() for name in (*system.routes.actions, *system.routes.readings)
}
KNOWN = {one.name for one in (*REGISTRY, *REGISTRY.readings)} | ROUTED


@pytest.mark.parametrize("words", TABLE, ids=" ".join)
def test_every_alternative_is_something_that_the_bot_can_do(words: tuple[str, ...]) -> None:
    assert [] == [name for name in TABLE[words].instead if name not in KNOWN]
    assert TABLE[words].instead
    assert TABLE[words].why.endswith(".")


def test_no_word_of_the_bot_is_refused() -> None:
    first = {words[0] for words in TABLE}
    assert set() == first & (KNOWN | set(OWN) | set(BOOK.systems))


def test_every_reading_of_a_cluster_is_the_alternative_to_something() -> None:
    offered = {name for declined in TABLE.values() for name in declined.instead}
    assert set() == {one.name for one in REGISTRY.readings if one.kind == KIND} - offered
