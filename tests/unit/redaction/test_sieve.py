"""What passes the sieve unseen is what neither net would have stopped."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.redaction.library import detectors
from bot.redaction.redactor import Redactor, Text
from bot.redaction.sieve import harmless
from handlers.redaction import Kind
from tests.unit.redaction.planted import E_MAILS, NAMED, ORDINARY, TOKENS, VALUES

PLANTED = st.one_of(*TOKENS.values(), E_MAILS, *(VALUES.map(named) for named in NAMED.values()))
LABELS = (
    "namespace=auditron", "severity=critical", "instance=10.42.0.17:8080", "pod=checkout-7c9f8b6d4f-x2x9z",
    "Requests fail on shard 17", "2026-11-21T16:57:43.123Z", "14 % of 1,200", "job=node",
)  # fmt: skip


def found(text: str) -> int:
    return sum(Text().redacted([text]).hidden.values())


@settings(max_examples=400)
@given(before=st.text(max_size=30), planted=PLANTED, after=st.text(max_size=30), cut=st.integers(0, 60))
def test_what_a_net_stops_never_passes(before: str, planted: str, after: str, cut: int) -> None:
    for text in (
        f"{before}{planted}{after}",
        f"{before}{planted[cut:]}{after}",
        planted[: len(planted) - cut],
    ):
        assert not (harmless(text) and found(text))


@settings(max_examples=400)
@example("4111 1111 1111 1111")
@example("call (212) 555-1234")
@example("078-05-1120")
@example("DE89370400440532013000")
@example("MRN: A-1234")
@example("pin is 0000")
@example("aws pw 'abcdefghijabcdefghijabcdefghijabcdefghij'")
@given(st.from_regex(r"[A-Za-z0-9 .:=/@+_()-]{0,80}", fullmatch=True))
def test_texts_of_every_sign_that_values_have_pass_only_where_nothing_is(text: str) -> None:
    assert not (harmless(text) and found(text))


@pytest.mark.parametrize("text", LABELS)
def test_what_alerts_say_most_is_not_looked_at(text: str) -> None:
    assert harmless(text)


def test_the_sieve_knows_every_pattern_of_the_library() -> None:
    """Another release may bring another: then the sieve must learn what its values cannot do without."""
    known = hashlib.sha256("\n".join(sorted(pattern.pattern for pattern, _ in detectors())).encode())
    assert "abcd3f49d7f1ba9f" == known.hexdigest()[:16]


async def test_texts_that_have_nothing_to_do_with_one_another_are_each_looked_at_alone() -> None:
    texts = [
        "-----BEGIN RSA PRIVATE KEY----- MIIE",
        "an ordinary one",
        "jane@example.com",
        "jane@example.com",
    ]
    redacted = await Redactor().each(texts)

    assert (
        "[line of a private key hidden]",
        "an ordinary one",
        *["[e-mail address hidden]"] * 2,
    ) == redacted.lines
    assert {Kind.PRIVATE_KEY: 1, Kind.EMAIL: 2} == redacted.hidden


async def test_many_long_texts_are_looked_at_as_well() -> None:
    texts = [f"{line} jane@example.com {number}" for number, line in enumerate(ORDINARY * 20)]
    redacted = await Redactor().each(texts)

    assert len(texts) == redacted.hidden[Kind.EMAIL]
