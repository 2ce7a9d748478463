"""Policy may forget a severity while alerts of it are open: what begins anew keeps the clock it had."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.policy_folder import read_book
from handlers.alerts.ladder import clock_anew, start_clock
from handlers.alerts.model import Alert, ClockStart
from handlers.rungs import Rung
from tests.scenarios.opening import RULES

BOOK = read_book(RULES)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
RUNG = Rung(after_seconds=600, tell_users=("U1",), at=NOW + timedelta(minutes=10))


def an_alert(severity: str) -> Alert:
    return Alert(
        id="A-1", system="auditron", source="generic", subject="s", severity=severity, title="t",
        channel="#c", received_at=NOW, due_at=NOW + timedelta(minutes=15), ladder=(RUNG,), lapses=60,
    )  # fmt: skip


def test_what_policy_has_forgotten_begins_anew_with_the_clock_that_the_alert_has_kept() -> None:
    kept = RUNG.model_copy(update={"at": LATER + timedelta(minutes=10)})
    wanted = ClockStart(due_at=LATER + timedelta(minutes=15), ladder=(kept,), lapses=60)
    assert wanted == clock_anew(BOOK, an_alert("Sev-9"), LATER)


def test_what_policy_knows_begins_anew_with_the_clock_of_today() -> None:
    assert start_clock(BOOK, "SEV0", LATER) == clock_anew(BOOK, an_alert("SEV0"), LATER)
