"""What people say of an alert that stands for others holds for each of them: pure, state by state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.alerts import events, machine
from handlers.alerts.members import LEADS, follows, regraded
from handlers.alerts.model import (
    Acknowledgement,
    Alert,
    AlertState,
    ClockStart,
    Regrading,
    Resolution,
    Snooze,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SEEN = Acknowledgement(by="U02OMAR", role="o2", at=NOW)
NAP = Snooze(by="U02OMAR", role="o2", at=NOW, until=NOW + timedelta(minutes=30), text="it is known")
END = Resolution(by="U03RUTH", role="o3", at=NOW, text="the queue is empty")
OF_STATE: dict[AlertState, dict[str, object]] = {
    AlertState.ACKNOWLEDGED: {"acknowledgement": SEEN},
    AlertState.SNOOZED: {"snooze": NAP},
    AlertState.RESOLVED: {"resolution": END},
}


def alert(state: AlertState, received: datetime = NOW, **more: object) -> Alert:
    told = {"id": "A-STANDS", "system": "auditron", "source": "alertmanager", "subject": "x", "name": "x"}
    rest = {"severity": "warning", "title": "x", "channel": "#ops-alerts", "received_at": received}
    return Alert.model_validate({**told, **rest, "state": state, **OF_STATE.get(state, {}), **more})


@pytest.mark.parametrize(
    ("stands", "member", "event"),
    [
        (AlertState.ACKNOWLEDGED, AlertState.FIRING, events.Acknowledged(SEEN)),
        (AlertState.ACKNOWLEDGED, AlertState.SNOOZED, events.Acknowledged(SEEN)),
        (AlertState.SNOOZED, AlertState.FIRING, events.Snoozed(NAP)),
        (AlertState.FIRING, AlertState.SNOOZED, events.SnoozeRan(1, NAP.until)),
        (AlertState.FIRING, AlertState.ACKNOWLEDGED, events.LapseRan(1, ClockStart())),
        (AlertState.RESOLVED, AlertState.FIRING, events.Resolved(END)),
        (AlertState.RESOLVED, AlertState.SNOOZED, events.Resolved(END)),
        (AlertState.RESOLVED, AlertState.ACKNOWLEDGED, events.Resolved(END)),
    ],
)
def test_each_follows_the_one_that_stands_for_it(
    stands: AlertState, member: AlertState, event: events.Event
) -> None:
    joined = alert(member, joined="A-STANDS")
    assert event == follows(alert(stands), joined)
    moved, _ = machine.step(joined, event, NOW)
    assert stands is moved.state
    assert member in LEADS[stands]


def test_where_nothing_leads_nothing_follows() -> None:
    for stands in AlertState:
        for member in set(AlertState) - set(LEADS[stands]):
            assert follows(alert(stands), alert(member, joined="A-STANDS")) is None


def test_what_began_anew_after_it_was_resolved_stays() -> None:
    later = alert(AlertState.FIRING, NOW + timedelta(seconds=1), joined="A-STANDS")
    assert follows(alert(AlertState.RESOLVED), later) is None


def test_where_the_senders_ended_it_nobody_is_resolved_by_a_person() -> None:
    ended = alert(AlertState.RESOLVED, resolution=None)
    assert follows(ended, alert(AlertState.FIRING, joined="A-STANDS")) is None


def test_how_grave_a_thread_is_said_to_be_holds_for_what_is_told_there() -> None:
    said = Regrading(
        by="U02OMAR", role="o2", at=NOW, before="warning", after="critical", text="customers see it"
    )
    stands = alert(AlertState.FIRING, severity="critical", regrading=said)
    member = alert(AlertState.ACKNOWLEDGED, joined="A-STANDS")

    assert said == regraded(stands, member)
    assert regraded(stands, member.model_copy(update={"severity": "critical"})) is None
    assert regraded(alert(AlertState.FIRING), member) is None
    moved, _ = machine.step(member, events.Regraded(said, ClockStart(), graver=True), NOW)
    assert ("critical", "warning", AlertState.FIRING) == (moved.severity, moved.told_severity, moved.state)
    assert moved.due_at is None
