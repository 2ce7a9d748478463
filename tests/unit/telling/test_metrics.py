"""`/metrics`: what was recorded counts once; what is in the store is asked for seldom and never old."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from bot.metrics import Exposition, count_commit
from bot.policy_folder import read_book
from handlers.work import Commit, Entry
from tests.scenarios.virtual import VirtualClock
from tests.unit.telling.measured import Measured

RULES = Path(__file__).parents[3] / "policies" / "rules"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def commit(event: str, **detail: Any) -> Commit:
    return Commit("c", audit=(Entry(at=NOW, event=event, subject="A-1", actor="U1", detail=detail),))


def test_time_to_acknowledge_is_counted_by_severity() -> None:
    before = value("countersign_alert_acknowledge_seconds_sum", severity="SEV0")
    count_commit(commit("alert-acknowledged", severity="SEV0", waited=42.0))
    count_commit(commit("alert-acknowledged", severity="SEV0"))
    assert 42.0 == value("countersign_alert_acknowledge_seconds_sum", severity="SEV0") - before


@pytest.mark.parametrize(
    ("event", "before", "counted"),
    [
        ("request-denied", "awaiting-approval", 1),
        ("request-awaiting-approval", "requested", 0),
        ("request-denied", "denied", 0),
        ("request-made-up", "requested", 0),
    ],
)
def test_a_decision_is_counted_when_the_state_changes(event: str, before: str, counted: int) -> None:
    outcome = event.removeprefix("request-")
    earlier = value("countersign_decisions_total", outcome=outcome)
    count_commit(commit(event, before=before))
    assert counted == value("countersign_decisions_total", outcome=outcome) - earlier


def test_a_senders_words_are_no_label() -> None:
    count_commit(commit("alert-firing", severity=["SEV0"], about="x"))
    count_commit(commit("hint-given", severity="anything at all"))
    assert 0.0 == value("countersign_alert_steps_total", step="given", severity="anything at all")


async def test_the_store_is_asked_once_in_a_while_however_often_one_scrapes() -> None:
    store, clock = Measured(), VirtualClock()
    told = Exposition(store, clock, read_book(RULES), lambda: True)
    for _ in range(20):
        assert b'countersign_outbox_messages{lane="answer"} 1.0' in await told.text()
    assert 1 == store.asked
    clock.advance(seconds=6)
    await told.text()
    assert 2 == store.asked


async def test_without_the_store_nothing_old_is_told() -> None:
    store, clock = Measured(), VirtualClock()
    told = Exposition(store, clock, read_book(RULES), lambda: False)
    assert b"countersign_queue_late_seconds{" in await told.text()
    store.away = True
    clock.advance(seconds=6)
    text = await told.text()
    assert b"countersign_queue_late_seconds" not in text
    assert b"countersign_ready 0.0" in text
