"""Who hears of what nobody answers: the ladder of policy as an alert keeps it."""

from __future__ import annotations

from datetime import datetime

from handlers.alerting.model import ClockStart, Rung
from policies import escalation
from policies.clocks import clock_from
from policies.schema import PolicyBook


def start_clock(book: PolicyBook, severity: str, begins: datetime) -> ClockStart:
    """The clock of an alert that begins to wait now, with a snapshot of its ladder.

    Raises KeyError for a severity that policy does not know.
    """
    clock = clock_from(book, severity, begins)
    holds = book.severities[severity].acknowledged_for
    return ClockStart(
        due_at=clock.due_at,
        ladder=tuple(_kept(at, rung) for at, rung in clock.rungs),
        lapses=holds.total_seconds() if holds else 0,
    )


def _kept(at: datetime, rung: escalation.Rung) -> Rung:
    return Rung(
        after_seconds=rung.after.total_seconds(),
        at=at,
        tell_groups=tuple(one.group for one in rung.tell if one.group),
        tell_users=tuple(one.user for one in rung.tell if one.user),
        tell_channels=tuple(one.channel for one in rung.tell if one.channel),
        say=rung.say or "",
    )
