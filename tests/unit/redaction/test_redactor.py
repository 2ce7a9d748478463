"""No planted secret survives, ordinary lines stay as they are, and no line costs more than its length."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.redaction.redactor import LONGEST, SHOWN, Redactor, Text
from handlers.redaction import Kind, Redacted, together, told
from tests.unit.redaction.planted import E_MAILS, NAMED, ORDINARY, TOKENS, VALUES

BEFORE = st.sampled_from(["", "INFO  ", "GET /x?y=", '{"id":"', "value (", "[", "user=7,", "\t"])
AFTER = st.sampled_from(["", " ok", '"}', ")", ", next", "] done", "; 200"])


def redacted(*lines: str) -> Redacted:
    return Text().redacted(lines)


@pytest.mark.parametrize("name", TOKENS)
@given(data=st.data())
def test_a_token_is_hidden_wherever_it_stands(name: str, data: st.DataObject) -> None:
    token = data.draw(TOKENS[name])
    shown = redacted(f"{data.draw(BEFORE)}{token}{data.draw(AFTER)}")

    assert token not in shown.lines[0]
    assert token[-8:] not in shown.lines[0]
    assert 1 <= sum(shown.hidden.values())


@pytest.mark.parametrize("name", NAMED)
@example(value="AUTH00")
@example(value="*;0000")
@example(value="OK:000")
@given(value=VALUES)
def test_what_is_named_as_a_secret_is_hidden(name: str, value: str) -> None:
    around = f"{NAMED[name]('')} [secret password token hidden]"
    assume(value[-4:] not in around and value[:4] not in around)
    shown = redacted(NAMED[name](value))

    assert value[:4] not in shown.lines[0] or value[:4] in NAMED[name]("")
    assert value[-4:] not in shown.lines[0]
    assert 1 <= sum(shown.hidden.values())


@given(before=BEFORE, address=E_MAILS, after=AFTER)
def test_an_e_mail_address_is_hidden(before: str, address: str, after: str) -> None:
    assert address not in redacted(f"{before}{address}{after}").lines[0]
    assert address not in redacted(f"{before}{address.replace('@', '%40')}{after}").lines[0]


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_stays_as_it_is(line: str) -> None:
    shown = redacted(line)

    assert (line,) == shown.lines
    assert {} == shown.hidden


@given(st.lists(st.sampled_from([word for line in ORDINARY[:8] for word in line.split()]), max_size=20))
def test_ordinary_words_stay_in_whatever_order(words: list[str]) -> None:
    line = " ".join(words)
    assert (line,) == redacted(line).lines


def test_a_private_key_is_hidden_from_its_first_line_to_its_last() -> None:
    key = (
        "-----BEGIN RSA PRIVATE KEY-----",
        "MIIEow+first",
        "second/part==",
        "-----END RSA PRIVATE KEY-----",
    )
    shown = redacted("before", *key, "after")

    assert ("before", *["[line of a private key hidden]"] * 4, "after") == shown.lines
    assert {Kind.PRIVATE_KEY: 4} == shown.hidden


def test_a_private_key_in_one_line_ends_there() -> None:
    shown = redacted(r'k="-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"', "after")
    assert ("[line of a private key hidden]", "after") == shown.lines


def test_a_line_of_a_key_whose_first_line_was_not_read_is_hidden() -> None:
    chance = random.Random(7)  # noqa: S311  bytes for a test
    lines = [base64.b64encode(chance.randbytes(48)).decode() for _ in range(300)]
    assert ["[possible secret hidden]"] * 300 == list(redacted(*lines).lines)


def test_a_private_key_without_an_end_does_not_take_everything_with_it() -> None:
    shown = redacted("-----BEGIN EC PRIVATE KEY-----", *["still"] * 300)
    assert "[line of a private key hidden]" == shown.lines[199]
    assert "still" == shown.lines[200]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("MRN 00012345, next", "MRN [personal number hidden], next"),
        ("ssn 219-09-9999", "ssn [personal number hidden]"),
        ("call +44 20 7946 0958 now", "call [phone number hidden] now"),
        ("call (415) 555-2671", "call [phone number hidden]"),
        ("to DE89 3704 0044 0532 0130 00.", "to [bank account hidden]."),
        ("paid with 4111 1111 1111 1111 today", "paid with [card number hidden] today"),
        ("order 4111 1111 1111 1112 today", "order 4111 1111 1111 1112 today"),
        ("a=1 password=hunter2 b=2", "a=1 password=[secret hidden] b=2"),
        ("amqp://app:p@ss/w0rd@queue:5672", "amqp://app:[password hidden]@queue:5672"),
    ],
)
def test_what_stands_around_a_value_stays(line: str, shown: str) -> None:
    assert (shown,) == redacted(line).lines


def test_a_long_line_is_cut_and_says_so() -> None:
    shown = redacted("a b " * SHOWN)

    assert shown.lines[0].startswith("a b a b")
    assert shown.lines[0].endswith("[rest of a long line hidden]")
    assert len(shown.lines[0]) < SHOWN + 50
    assert {Kind.REST: 1} == shown.hidden


@settings(max_examples=50)
@given(st.integers(LONGEST - 700, LONGEST + 20), TOKENS["GitHub"])
def test_a_token_across_the_end_of_what_is_looked_at_is_not_shown(begins: int, token: str) -> None:
    # What comes before it shrinks when it is hidden, so that the end would fit into what is shown.
    before = f"password='{'x' * (begins - 12)}' "
    assert token[:12] not in redacted(before + token).lines[0]


HOSTILE = (
    "key" + " " * 4000, "password" * 500, "password: " * 400, 'password:"' * 400, "password:" + "\\" * 4000,
    "bearer " * 580, "://" * 1300, "a@" * 2000, "aws" * 1300, "eyJ" * 1300, "+1 " * 1300, "DE89 " * 800,
    "--token-" * 500, "xoxb-1-" * 500, "1" * 4096, "\x1b[" * 2000, "a@" + "b." * 2000, "4" * 4000,
)  # fmt: skip


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:12].strip())
def test_a_line_made_to_be_dear_is_worked_through(line: str) -> None:
    # A pattern that goes back over what it took would not come to an end here.
    assert 20 == len(redacted(*[line] * 20).lines)


async def test_much_text_is_worked_through_in_a_thread_with_the_same_answer() -> None:
    key = ["-----BEGIN PRIVATE KEY-----", *["MIIE"] * 150, "-----END PRIVATE KEY-----"]
    lines = ["password=hunter2 " + "x " * 40] * 400 + key + ["over"] * 400

    shown = await Redactor().redact(lines)

    assert redacted(*lines) == shown
    assert {Kind.SECRET: 400, Kind.PRIVATE_KEY: 152} == shown.hidden


def test_it_is_told_how_many_of_which_kind_were_hidden() -> None:
    hidden = together([{Kind.TOKEN: 1}, {Kind.TOKEN: 1, Kind.EMAIL: 1}, {}])

    assert {Kind.TOKEN: 2, Kind.EMAIL: 1} == hidden
    assert "Hidden before anybody saw it: 1 × e-mail address, 2 × token." == told(hidden)
    assert "" == told({})
