"""Marks are made with the secrets of now, and verified with those before them where these are named."""

from __future__ import annotations

import pytest

from bot.parts import sealer_of
from bot.sealing import HmacSealer
from tests.unit.test_settings import read

WORDS = ("approval", "R-1")


def marked_with(*secrets: str) -> str:
    return HmacSealer(*secrets).mac(*WORDS)


def believed(*pairs: tuple[str, str], **environment: str) -> list[bool]:
    """Whether what was marked with these pairs is, by a bot that is told this."""
    sealer = sealer_of(read(**environment))
    return [sealer.verify(marked_with(*pair), *WORDS) for pair in pairs]


def test_what_was_marked_before_is_believed_and_nothing_is_marked_so_again() -> None:
    renewed = HmacSealer("new", "newer", earlier=[("old", "older")])

    assert renewed.verify(marked_with("old", "older"), *WORDS)
    assert marked_with("new", "newer") == renewed.mac(*WORDS)
    assert not renewed.verify(marked_with("old", "older"), "approval", "R-2")


def test_a_bot_without_the_new_secrets_does_not_believe_what_is_marked_with_them() -> None:
    """So replicas with the old secrets alone may not run beside those with the new ones."""
    renewed = HmacSealer("new", "newer", earlier=[("old", "older")])

    assert not HmacSealer("old", "older").verify(renewed.mac(*WORDS), *WORDS)


def test_each_pair_of_what_the_secrets_were_counts_and_no_other() -> None:
    now = {"SLACK_BOT_TOKEN": "t2", "SLACK_SIGNING_SECRET": "s2"}
    pairs = (("t2", "s2"), ("t1", "s1"), ("t1", "s2"), ("t2", "s1"), ("t0", "s2"), ("s2", "t2"))

    assert [True, False, False, False, False, False] == believed(*pairs, **now)
    one = now | {"SLACK_SIGNING_SECRET_PREVIOUS": "s1"}
    assert [True, False, False, True, False, False] == believed(*pairs, **one)
    both = one | {"SLACK_BOT_TOKEN_PREVIOUS": "t1"}
    assert [True, True, True, True, False, False] == believed(*pairs, **both)


def test_in_socket_mode_the_app_token_is_renewed_as_the_signing_secret_is() -> None:
    socket = {"SLACK_SIGNING_SECRET": "", "SLACK_BOT_TOKEN": "t", "SLACK_APP_TOKEN": "a2"}

    assert [True, False] == believed(("t", "a2"), ("t", "a1"), **socket)
    assert [True, True] == believed(("t", "a2"), ("t", "a1"), **socket, SLACK_APP_TOKEN_PREVIOUS="a1")


@pytest.mark.parametrize("earlier", [[("old", "")], [("", "old")]])
def test_no_key_is_made_from_empty_secrets(earlier: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="empty secrets"):
        HmacSealer("new", "newer", earlier=earlier)
