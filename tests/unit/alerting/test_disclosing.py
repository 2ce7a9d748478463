"""Nothing secret or personal gets from a sender to people; what identifies an alert stays as it was."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.blocks import card_blocks
from handlers.alerting.disclosing import MOST_SHOWN, disclosed_strays
from handlers.alerting.signals import Signal, Stray
from handlers.alerting.sources import wording as w
from handlers.alerting.sources.labelled import Labelled, placed
from handlers.alerts.cards import alert_card
from handlers.redaction import Kind
from policies.alert_rules import Tells
from policies.schema import PolicyBook
from tests.scenarios.room import text_of
from tests.unit.alerting.told import (
    BODIES,
    BOOK,
    REDACTOR,
    everything_told,
    opened,
    read,
    somewhere_else,
    tellable,
)
from tests.unit.redaction.planted import E_MAILS, TOKENS

PLANTED = st.one_of(*TOKENS.values(), E_MAILS)
WINDOW = 10
"""Characters of a value that must not be together in what is told."""


def parts(value: str) -> set[str]:
    return {value[begin : begin + WINDOW] for begin in range(max(1, len(value) - WINDOW + 1))}


@pytest.mark.parametrize("source", BODIES)
@pytest.mark.parametrize("system", ["auditron", "clinchat-rag"])
@settings(max_examples=25)
@given(planted=PLANTED)
def test_nothing_of_a_secret_is_told_whatever_field_it_stands_in(
    source: str, system: str, planted: str
) -> None:
    told = read(source, BODIES[source](planted, system))

    assert 1 == len(told.signals)
    said = everything_told(told)
    assert [] == [one for one in parts(planted) if one in said]


@pytest.mark.parametrize("source", ["alertmanager", "grafana", "generic"])
@settings(max_examples=20)
@given(planted=PLANTED)
def test_nothing_of_a_secret_is_told_of_what_has_no_place(source: str, planted: str) -> None:
    told = read(source, somewhere_else(BODIES[source](planted, "auditron")))

    assert (0, 1) == (len(told.signals), len(told.strays))
    said = everything_told(told)
    assert [] == [one for one in parts(planted) if one in said]


@pytest.mark.parametrize(
    ("systems", "told"),
    [
        ((), ("JohnDoeAwake", {"namespace": "ward-4", "team": "nurses"})),
        (("auditron",), ("JohnDoeAwake", {"namespace": "ward-4", "team": "nurses"})),
        (("clinchat-rag",), (w.UNNAMED, {"namespace": "ward-4"})),
        (("auditron", "clinchat-rag"), (w.UNNAMED, {"namespace": "ward-4"})),
    ],
)
def test_what_has_no_place_tells_no_more_than_those_it_may_be_of(
    systems: tuple[str, ...], told: tuple[str, dict[str, str]]
) -> None:
    stray = Stray("no-rule", "", "JohnDoeAwake", {"namespace": "ward-4", "team": "nurses"}, systems)
    (one,) = asyncio.run(disclosed_strays(BOOK, REDACTOR, [stray]))
    assert told == (one.name, one.labels)


@settings(max_examples=60)
@given(planted=PLANTED, before=st.sampled_from([*range(150, 205), *range(1950, 2005)]))
def test_half_a_secret_at_the_end_of_what_is_cut_is_not_told(planted: str, before: int) -> None:
    said = everything_told(
        read("alertmanager", BODIES["alertmanager"](f"{'x ' * (before // 2)}{planted}", "auditron"))
    )

    assert [] == [one for one in parts(planted) if one in said]


def labelled(name: str = "QueueBacklog", **labels: str) -> Labelled:
    return Labelled(
        id="f" * 16,
        name=name,
        firing=True,
        labels={"alertname": name, "severity": "warning", **labels},
        title="Mrs Doe's import failed",
        description="ask jane@example.com",
        value="140 jobs",
        started_at="2026-11-21T10:00:00Z",
        links={w.GRAPH: "https://x.org/g", "Login": "https://u:pw1@x.org/"},
        query="queue_waiting > 100",
        grouping={"owner": labels.get("owner", "")},
    )


def signal_of(book: PolicyBook, alert: Labelled, system: str = "auditron") -> Signal:
    (found,) = placed(book, "alertmanager", [alert], system=system).signals
    return found


def test_what_identifies_an_alert_stays_as_it_was_sent() -> None:
    before = placed(BOOK, "alertmanager", [labelled(namespace="auditron", owner="jane@example.com")]).signals[
        0
    ]
    told = tellable(before)

    for name in ("source", "system", "severity", "name", "subject", "labels", "grouping", "query", "firing"):
        assert getattr(before, name) == getattr(told, name)
    assert ["namespace=auditron", "severity=warning"] == [
        one for one in sorted(told.claimed[w.LABELS].split(" · ")) if "owner" not in one
    ]


def test_the_card_says_how_many_values_are_hidden() -> None:
    told = tellable(
        placed(BOOK, "alertmanager", [labelled(namespace="auditron", owner="jane@example.com")]).signals[0]
    )
    text = text_of({"blocks": card_blocks(alert_card(opened(told), BOOK), {})})

    assert {Kind.EMAIL: 3} == told.hidden
    assert "owner=[e-mail address hidden]" in text
    assert "ask [e-mail address hidden]" in text
    assert "Hidden before anybody saw it: 3 × e-mail address." in text
    assert "Login" not in text
    assert "https://x.org/g" in text


def patients(tells: Tells | None, **settings: str) -> PolicyBook:
    """The practice policies with AUDITRON as a system where patients are, and what its alerts may tell."""
    system = BOOK.systems["auditron"]
    assert system.signals is not None
    changed = system.model_copy(
        update={
            "settings": {**system.settings, "raw_logs": "never", **settings},
            "signals": system.signals.model_copy(update={"tells": tells}),
        }
    )
    return BOOK.model_copy(update={"systems": {**BOOK.systems, "auditron": changed}})


@pytest.mark.parametrize("raw_logs", ["never", "${RAW_LOGS}", "nver"])
def test_where_patients_are_nothing_of_the_senders_words_is_told_unless_policy_lists_it(
    raw_logs: str,
) -> None:
    book = patients(None, raw_logs=raw_logs)
    told = tellable(signal_of(book, labelled(pod="jane-doe")), book)

    assert "QueueBacklog" == told.title
    assert {"Sender's time": "2026-11-21T10:00:00+00:00"} == told.claimed
    assert () == told.links
    assert 7 == told.kept_back  # title, description, value, two labels, two links
    text = text_of({"blocks": card_blocks(alert_card(opened(told, book), book), {})})
    assert "Policy keeps 7 of its sender's labels and texts away from here (signals.tells)" in text
    assert not re.search("doe", text, re.IGNORECASE)


def test_what_policy_lists_is_told_and_redacted() -> None:
    book = patients(Tells(labels=("pod", "owner"), texts=("value",)))
    told = tellable(signal_of(book, labelled(pod="api-1", owner="jane@example.com", patient="Doe")), book)

    assert "140 jobs" == told.claimed[w.VALUE].split(" (")[0]
    assert "pod=api-1 · owner=[e-mail address hidden]" == told.claimed[w.LABELS]
    assert 6 == told.kept_back


def test_where_patients_are_only_a_name_that_policy_has_is_told() -> None:
    book = patients(None)
    told = tellable(signal_of(book, labelled("Ward 3, Mrs Doe")), book)

    assert (w.UNNAMED, w.UNNAMED) == (told.called, told.title)


def test_a_sensible_listing_holds_where_no_patients_are_too() -> None:
    book = patients(Tells(labels=("namespace",)), raw_logs="redacted")
    told = tellable(signal_of(book, labelled(namespace="auditron", room="12")), book)

    assert {w.LABELS: "namespace=auditron", "Sender's time": "2026-11-21T10:00:00+00:00"} == told.claimed


def test_policys_own_runbook_is_told_whatever_it_looks_like() -> None:
    address = "https://docs.example.com/d/1aB2cD3eF4gH5iJ6kL7mN8oP9qR"
    system = BOOK.systems["auditron"]
    assert system.signals is not None
    rule = system.signals.rules["QueueBacklog"].model_copy(update={"runbook": address})
    signals = system.signals.model_copy(update={"rules": {**system.signals.rules, "QueueBacklog": rule}})
    changed = system.model_copy(update={"signals": signals})
    book = BOOK.model_copy(update={"systems": {**BOOK.systems, "auditron": changed}})

    assert address in [one.url for one in tellable(signal_of(book, labelled()), book).links]


def test_no_more_labels_are_shown_than_a_card_has_room_for() -> None:
    many = {f"label_{number}": str(number) for number in range(40)}
    told = tellable(signal_of(BOOK, labelled(**many)))

    assert MOST_SHOWN == len(told.claimed[w.LABELS].split(" · "))
