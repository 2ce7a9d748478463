"""The reply grammar: what counts, what is hinted at, what is conversation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.parsing import (
    Ack,
    Approve,
    Attempt,
    Command,
    Deny,
    Ignore,
    Near,
    Unreadable,
    parse_command,
    parse_reply,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACK", Ack()),
        (
            "ACK - O2 Omar investigating CASE-20261120-4D7F4C",
            Ack(text="O2 Omar investigating CASE-20261120-4D7F4C", cases=("CASE-20261120-4D7F4C",)),
        ),
        (
            "APPROVED for rerun - max_items limit added, retry_loop fixed",
            Approve(purpose="rerun", text="max_items limit added, retry_loop fixed"),
        ),
        ("DENIED - root cause not yet identified", Deny(text="root cause not yet identified")),
        ("approve", Approve()),
        ("  Approved  ", Approve()),
        ("*APPROVED* - fine", Approve(text="fine")),
        ("_denied - no_", Deny(text="no")),
        ("APPROVED R-7K2M9 — looks right", Approve(ref="R-7K2M9", text="looks right")),
        ("APPROVED r-7k2m9", Approve(ref="R-7K2M9")),
        ("DENY RUN-20261120-EMA961 : wrong run", Deny(ref="RUN-20261120-EMA961", text="wrong run")),
        ("APPROVED -", Approve()),
        ("APPROVED - a &lt; b &amp;&amp; c", Approve(text="a < b && c")),
        ("ACK\nand some more words on the next line", Ack()),
    ],
)
def test_the_words_of_the_runbooks_are_understood(text: str, expected: object) -> None:
    assert expected == parse_reply(text)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("&gt; APPROVED - fine", Near.QUOTED),
        ("`APPROVED`", Near.CODE),
        ("```APPROVED - fine```", Near.CODE),
        ("approved?", Near.FORM),
        ("APPROVED!", Near.FORM),
        ("APPROVED looks good to me", Near.FORM),
        ("APPROVED - first\n", None),
        ("~APPROVED~", Near.FORM),
        ("**APPROVED**", Near.FORM),
        ("АPPROVED - fine", Near.LOOKALIKE),
        ("APPR\u200bOVED - fine", Near.LOOKALIKE),
        ("ＡＰＰＲＯＶＥＤ - fine", Near.LOOKALIKE),
        ("ΑCK", Near.LOOKALIKE),
    ],
)
def test_what_only_looks_like_a_reply_is_an_attempt(text: str, near: Near | None) -> None:
    expected = Attempt(near) if near else Approve(text="first")
    assert expected == parse_reply(text)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "not approved", "I think it is APPROVED", "acknowledged", "approval pending", "&gt; hello"],
)
def test_conversation_is_left_alone(text: str) -> None:
    assert Ignore() == parse_reply(text)


@given(st.text(max_size=200))
def test_no_text_breaks_the_parser_and_only_an_exact_keyword_counts(text: str) -> None:
    meaning = parse_reply(text)
    if isinstance(meaning, Ack | Approve | Deny):
        first_line = text.strip().splitlines()[0]
        assert first_line.strip("*_ \t").upper().startswith(("ACK", "APPROVE", "DENIED", "DENY"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "RUN-20261120-EMA961 because false positive",
            Command(words=("RUN-20261120-EMA961",), reason="false positive"),
        ),
        ("scale 5 replicas=7 Because queue", Command(("scale", "5"), (("replicas", "7"),), "queue")),
        ("", Command()),
        ("because", Command()),
    ],
)
def test_commands_are_split_into_words_pairs_and_a_reason(text: str, expected: Command) -> None:
    assert expected == parse_command(text)


@pytest.mark.parametrize("text", ["a\nb", "x" * 3000, "a=1 a=2", "run because " + "y" * 501, "ab\u202ecd"])
def test_a_command_that_breaks_the_form_is_answered_not_guessed(text: str) -> None:
    assert isinstance(parse_command(text), Unreadable)


@given(st.text(max_size=300))
def test_no_text_breaks_the_command_parser(text: str) -> None:
    assert isinstance(parse_command(text), Command | Unreadable)
