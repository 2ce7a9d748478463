"""Where an alert of a storm is told: pure decisions, for every rate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.alerting.placing import Home, home_of, kin_of
from handlers.alerts.cards import tone_of
from handlers.alerts.model import Alert, Gathered
from handlers.alerts.storm_cards import Weather, storm_card
from handlers.alerts.storms import Storm
from handlers.messages import Mark, plain
from policies.storms import StormRules, Storms
from tests.unit.alerting.told import BOOK

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

counts = st.integers(0, 2000)
rates = st.builds(StormRules, of_one_cause=st.integers(1, 50), in_one_channel=st.integers(1, 50))
words = st.text(max_size=12)
labels = st.dictionaries(words, words, max_size=3)


@given(rates, st.booleans(), counts, counts, counts)
def test_what_has_a_thread_of_its_own_has_it_in_any_storm(
    rules: StormRules, shared: bool, of_cause: int, threads: int, causes: int
) -> None:
    assert Home.OWN is home_of(
        rules, own=True, shared=shared, of_cause=of_cause, threads=threads, causes=causes
    )


@given(rates, counts, counts)
def test_an_alert_joins_the_thread_of_its_cause_where_there_is_one(
    rules: StormRules, of_cause: int, threads: int
) -> None:
    assert Home.CAUSE is home_of(rules, own=False, shared=True, of_cause=of_cause, threads=threads, causes=1)


@given(rates, st.lists(st.integers(0, 30), max_size=300))
def test_however_alerts_come_a_channel_gets_a_bounded_number_of_threads(
    rules: StormRules, causes: list[int]
) -> None:
    of_cause: dict[int, int] = {}
    shared: set[int] = set()
    told = {Home.OWN: 0, Home.CAUSE: 0, Home.MIX: 0}
    for cause in causes:
        of_cause[cause] = of_cause.get(cause, 0) + 1
        home = home_of(
            rules,
            own=False,
            shared=cause in shared,
            of_cause=of_cause[cause],
            threads=told[Home.OWN],
            causes=len(shared),
        )
        told[home] += 1
        if home is Home.CAUSE:
            shared.add(cause)
    assert told[Home.OWN] <= rules.in_one_channel
    assert len(shared) <= rules.in_one_channel
    assert sum(told.values()) == len(causes)


@given(rates, st.integers(1, 50))
def test_below_the_rates_each_alert_has_its_own_thread(rules: StormRules, count: int) -> None:
    calm = min(count, rules.of_one_cause)
    threads = rules.in_one_channel - 1
    assert Home.OWN is home_of(rules, own=False, shared=False, of_cause=calm, threads=threads, causes=0)


@given(words, words, words, words, labels)
def test_one_cause_is_one_system_channel_severity_name_and_grouping(
    system: str, channel: str, severity: str, name: str, grouping: dict[str, str]
) -> None:
    kin = kin_of(system, channel, severity, name, grouping)
    turned = dict(reversed(list(grouping.items())))
    assert kin == kin_of(system, channel, severity, name, turned)
    assert kin != kin_of(f"{system}x", channel, severity, name, grouping)
    assert kin != kin_of(system, channel, severity, f"{name}x", grouping)
    assert kin != kin_of(system, channel, severity, name, {**grouping, "another label": "x"})


def test_a_channel_may_have_rates_of_its_own() -> None:
    storms = Storms(of_one_cause=10, channels={"#quiet": StormRules(of_one_cause=2)})

    assert 2 == storms.of("#quiet").of_one_cause
    assert 10 == storms.of("#ops").of_one_cause


@pytest.mark.parametrize(
    ("severity", "asked"),
    [("SEV1", "reply ACK - what you do to this message"), ("SEV3", "No answer is asked for")],
)
def test_a_storms_message_asks_for_an_answer_only_where_somebody_may_give_one(
    severity: str, asked: str
) -> None:
    shared = Alert(
        id="A-STANDS", system="credit-monitoring", source="run-record", subject="x", title="x",
        severity=severity, channel="#c", received_at=NOW, gathered=Gathered(alerts=30, firing=30),
    )  # fmt: skip
    storm = Storm(id="S-1", channel="#c", since=NOW)
    card = storm_card(storm, Weather((shared,), 0, 30, timedelta(minutes=1)), BOOK)
    assert asked in plain(card.next_step)
    (section,) = card.sections
    ((mark, *_),) = section.lines
    assert Mark(tone=tone_of(shared, BOOK)) == mark
