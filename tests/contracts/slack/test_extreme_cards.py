"""No card or form, however long or hostile its texts, becomes something that Slack refuses or misreads."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.slack.blocks import card_blocks, fallback
from bot.slack.forms import form_view
from handlers.messages import (
    Button,
    Card,
    Check,
    Code,
    Fact,
    FieldKind,
    Form,
    FormField,
    Group,
    Line,
    Link,
    Strong,
    Tone,
    User,
    When,
)
from sandbox.slack.limits import check_blocks, check_text, check_view
from tests.contracts.slack.official import check_call

HOSTILE = (
    "&",
    "<",
    ">",
    "<!channel>",
    "*",
    "`",
    "\n",
    "~_",
    " ",
    "word ",
    "x" * 400,
    "é",
    "🔥",
    "\u202e",
    "&amp;",
)
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
OURS = re.compile(r"<(?:@U1|!subteam\^S1|!date\^\d+\^[^<>]*|https://slack\.example/[^<>]*)>")

texts = st.builds(
    lambda parts, times: "".join(parts) * times,
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=12),
    st.sampled_from((1, 3, 40, 900)),
)
spans = st.one_of(
    texts,
    st.just(User(id="U1")),
    st.just(Group(id="S1")),
    st.just(When(at=NOW)),
    st.builds(Code, text=texts),
    st.builds(Strong, text=texts),
    st.builds(Link, url=st.just("https://slack.example/p1"), text=texts),
)
lines: st.SearchStrategy[Line] = st.lists(spans, min_size=1, max_size=6).map(tuple)
facts = st.builds(Fact, label=st.sampled_from(("Files", "A & B")), value=lines)
buttons = st.sampled_from(("approve", "deny", "cancel")).map(
    lambda name: Button(label=f"{name}…", action=name, value="R-1")
)
cards = st.builds(
    Card,
    tone=st.sampled_from(Tone),
    title=st.one_of(st.just(""), texts),
    facts_label=st.sampled_from(("", "What the sender says")),
    facts=st.lists(facts, max_size=12).map(tuple),
    body=st.lists(lines, min_size=1, max_size=4).map(tuple),
    documents=st.lists(facts, max_size=4).map(tuple),
    listing=st.one_of(st.just(""), texts),
    checks_label=st.sampled_from(("", "What must hold")),
    checks=st.lists(st.builds(Check, text=lines, met=st.sampled_from((True, False, None))), max_size=6).map(
        tuple
    ),
    trail=st.lists(lines, max_size=6).map(tuple),
    next_step=st.one_of(st.just(()), lines),
    buttons=st.lists(buttons, max_size=3, unique_by=lambda one: one.action).map(tuple),
    footnote=st.one_of(st.just(()), lines),
    summary=texts,
)
brisk = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def marked_up(node: Any) -> list[str]:
    """Every mrkdwn text in blocks."""
    if isinstance(node, list):
        return [text for each in node for text in marked_up(each)]
    if not isinstance(node, dict):
        return []
    if node.get("type") == "mrkdwn":
        return [node["text"]]
    return [text for each in node.values() for text in marked_up(each)]


@brisk
@given(card=cards)
@example(card=Card(title="\n", body=(("a title of nothing but white space is none",),), summary="&"))
def test_every_card_is_a_message_that_slack_takes(card: Card) -> None:
    blocks, text = card_blocks(card, {}), fallback(card)
    check_blocks(blocks)
    check_text(text, update=True)
    check_call("chat.update", {"channel": "C1", "ts": "1.2", "text": text, "blocks": blocks})


@brisk
@given(card=cards)
def test_no_foreign_text_mentions_links_or_tears_markup(card: Card) -> None:
    for text in marked_up(card_blocks(card, {})):
        rest = OURS.sub("", text)
        assert "<" not in rest
        assert ">" not in rest.replace("\n> ", "")
        assert [] == re.findall(r"&(?!amp;|lt;|gt;)", rest)


def test_a_long_word_is_shown_as_far_as_it_fits() -> None:
    (section,) = card_blocks(Card(body=(("x" * 9000,),), summary="s"), {})
    assert 2800 < len(section["text"]["text"])


def test_a_document_that_is_cut_says_so() -> None:
    card = Card(body=(("Because",),), documents=(Fact(label="Analysis", value=("&" * 2000,)),), summary="s")
    shown = card_blocks(card, {})[-1]["text"]["text"]
    assert "too long for one message" in shown
    check_blocks(card_blocks(card, {}))


def test_four_documents_of_two_thousand_characters_are_shown_whole() -> None:
    said = ("word " * 400).strip()
    documents = tuple(Fact(label=name, value=(said,)) for name in ("one", "two", "three", "four"))
    shown = marked_up(card_blocks(Card(title="Resolve", documents=documents, summary="s"), {}))
    assert [said] * 4 == [text.split("\n> ", 1)[1] for text in shown]


def test_the_senders_word_is_marked_as_the_senders_and_stands_after_the_bots() -> None:
    card = Card(
        title="SEV0",
        facts_label="What the sender says",
        facts=(Fact(label="Status", value=("Quarantined",)),),
        checks=(Check(text=("2 files moved",), met=True),),
        summary="s",
    )
    _, verified, claimed = card_blocks(card, {})
    assert "2 files moved" in verified["text"]["text"]
    assert "*What the sender says*\nStatus: Quarantined" == claimed["text"]["text"]


fields = st.builds(
    FormField,
    name=st.sampled_from(("analysis", "mitigation", "reason")),
    label=st.sampled_from(("What happened?", "Why <b>not</b> & why")),
    kind=st.sampled_from(FieldKind),
    hint=st.sampled_from(("", "What happened, and why.")),
    required=st.booleans(),
    choices=st.just(("Misconfig", "Legit Load")),
    longest=st.sampled_from((500, 2000, 9000)),
)
forms = st.builds(
    Form,
    callback=st.just("sheet"),
    title=texts,
    submit=st.sampled_from(("Approve", "Ask for approval")),
    private=st.just("{}"),
    intro=st.lists(lines, max_size=6).map(tuple),
    fields=st.lists(fields, min_size=1, max_size=3, unique_by=lambda one: one.name).map(tuple),
)


@brisk
@given(form=forms)
def test_every_form_is_a_view_that_slack_takes(form: Form) -> None:
    view = form_view(form)
    check_view(view)
    check_call("views.open", {"trigger_id": "1.2.3", "view": view})
