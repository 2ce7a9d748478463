"""An alert's first message: its clock first, the sender's words marked, within Slack's limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.policy_folder import read_book
from bot.slack.blocks import card_blocks
from handlers.alerts.cards import alert_card
from handlers.alerts.model import Acknowledgement, Alert, AlertState, Gathered, Link, Snooze, Todo
from policies.schema import PolicyBook
from sandbox.slack.limits import check_blocks
from tests.scenarios.opening import RULES
from tests.scenarios.room import text_of

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def book() -> PolicyBook:
    return read_book(RULES)


def alert(**more: object) -> Alert:
    told = {
        "id": "A-7K2QF", "system": "credit-monitoring", "source": "run-record", "subject": "RUN-1",
        "severity": "SEV1", "title": "Queue backlog", "channel": "#c", "received_at": NOW, "contained": True,
        "due_at": NOW + timedelta(hours=1),
    } | more  # fmt: skip
    return Alert.model_validate(told)


def shown(one: Alert, book: PolicyBook) -> str:
    return text_of({"blocks": card_blocks(alert_card(one, book), {})})


def test_the_clock_stands_first_and_the_senders_words_are_marked(book: PolicyBook) -> None:
    text = shown(alert(claimed={"Value": "480 against 100 jobs"}), book)
    assert text.index("Answer before <!date^") < text.index("What the sender says (not verified)")
    assert text.index("not verified") < text.index("480 against 100 jobs")


def test_links_are_among_the_senders_words_and_cannot_break_out(book: PolicyBook) -> None:
    links = (Link(label="Dash|<!channel>", url="https://grafana.example/d/1?x=1&y=2"),)
    text = shown(alert(links=links), book)
    assert text.index("not verified") < text.index("https://grafana.example")
    assert "<!channel>" not in text


def test_points_of_the_checklist_say_who_did_them_and_when(book: PolicyBook) -> None:
    points = (Todo(text="Look at the queue", by="U02OMAR", at=NOW), Todo(text="Scale the workers up"))
    text = shown(alert(checklist=points), book)
    assert "☑ 1. Look at the queue · <@U02OMAR> <!date^" in text
    assert "☐ 2. Scale the workers up" in text


def test_what_stands_for_many_does_not_show_its_own_number(book: PolicyBook) -> None:
    standing = alert(subject="storm/752130be/1795288857", gathered=Gathered())
    assert "storm/" not in shown(standing, book)


def test_only_what_has_a_case_of_a_quarantined_run_is_released_when_it_is_over(book: PolicyBook) -> None:
    over = {"state": AlertState.RESOLVED, "resolved_at": NOW}
    assert "/release" not in shown(alert(**over), book)
    assert "/release RUN-1 because" in shown(alert(case_id="CASE-1", **over), book)


def test_what_nobody_may_do_now_is_not_offered(book: PolicyBook) -> None:
    seen = Acknowledgement(by="U02OMAR", role="o2", at=NOW)
    acked = alert(state=AlertState.ACKNOWLEDGED, acknowledgement=seen)
    assert "Snooze…" in shown(alert(), book)
    assert "Resolve…" not in shown(alert(case_id="CASE-20261121-ABCDEF"), book)
    for words in ("Snooze…", '"Acknowledge"'):
        assert words not in shown(acked, book)
    assert "Assign…" not in shown(alert(state=AlertState.RESOLVED, resolved_at=NOW), book)


def test_a_snoozed_alert_can_still_be_acknowledged(book: PolicyBook) -> None:
    nap = Snooze(by="U02OMAR", role="o2", at=NOW, until=NOW + timedelta(minutes=5), text="lunch")
    text = shown(alert(state=AlertState.SNOOZED, snooze=nap), book)
    assert "held until" in text
    assert '"Acknowledge"' in text


def test_the_longest_alert_fits_into_a_message(book: PolicyBook) -> None:
    long = "&<x>" * 500
    one = alert(
        title=long,
        subject=long,
        claimed={f"{number} {long[:150]}": long for number in range(20)},
        links=tuple(Link(label=long[:300], url=f"https://x.example/{'y' * 1500}") for _ in range(10)),
        checklist=tuple(Todo(text=long[:500]) for _ in range(20)),
        verified=tuple(long for _ in range(10)),
        troubles=tuple(long for _ in range(10)),
    )
    blocks = card_blocks(alert_card(one, book), {})
    assert len(blocks) == len(check_blocks(blocks))
