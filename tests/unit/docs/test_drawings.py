"""The state machines are drawn as they are: every step of the code is an arrow, every arrow a step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from handlers.actions import Verified
from handlers.alerts import events, machine
from handlers.alerts.model import (
    Acknowledgement,
    Alert,
    AlertState,
    Assignment,
    ClockStart,
    Regrading,
    Resolution,
    Snooze,
    Todo,
)
from handlers.requests import machine as r
from handlers.requests.model import Approval, Request, RequestState, Seal, Words
from handlers.rungs import Rung

ARCHITECTURE = Path(__file__).parents[3] / "docs" / "architecture.md"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
Arrow = tuple[str, str, str]


def drawn(name: str) -> set[Arrow]:
    """The arrows between states: from, the event's name, to. Words in brackets only explain."""
    marker = rf"<!-- {name} -->(.*?)<!-- /{name} -->"
    found = re.search(marker, ARCHITECTURE.read_text(), re.DOTALL)
    assert found is not None
    arrows = set()
    for start, end, label in re.findall(r"^\s*(\w+) --> (\w+): (.+)$", found.group(1), re.MULTILINE):
        for event in re.sub(r"\([^)]*\)", "", label).split(","):
            arrows.add((start, event.strip(), end))
    return arrows


SEAL = Seal(revision=1, sealed={}, rule_digest="d")


def request_in(state: RequestState, needed: int) -> Request:
    return Request(
        id="R-1", system="s", action="a", params={}, target="t", reason="r", requesters=("U1",), state=state,
        approvals_needed=needed, seal=SEAL, created_at=NOW, changed_at=NOW, expires_at=LATER, channel="#c",
    )  # fmt: skip


def request_events() -> tuple[r.Event, ...]:
    said = Approval(by="U2", at=NOW, revision=1, words=Words(), reason="", mac="")
    return (
        r.Submitted(), r.Joined("U3"), r.Resealed(SEAL), r.Approved(said),
        r.Met((("R-2", "scale"),)),
        r.Denied("U2", "no"), r.Cancelled("U1"), r.Expired(), r.Changed("it"),
        r.Struck("U2", "left"), r.Claimed(), r.Done(Verified()),
        r.Failed("no"), r.Unsure("who knows"), r.Undone("R-2"),
        r.Extended(3600, "R-2"),
    )  # fmt: skip


def request_steps() -> Iterator[Arrow]:
    for state in RequestState:
        for event in request_events():
            for needed in (0, 1, 2):
                try:
                    moved, _ = r.step(request_in(state, needed), event, NOW)
                except r.NotNow:
                    continue
                yield state.value, type(event).__name__, moved.state.value


def alert_in(state: AlertState, **more: Any) -> Alert:
    return Alert(
        id="A-1", system="s", source="run-record", subject="RUN-1", severity="SEV0", title="t", channel="#c",
        received_at=NOW, due_at=LATER, state=state, ladder=(Rung(after_seconds=900),), lapses=3600,
        acknowledgement=SEEN if state is AlertState.ACKNOWLEDGED else None,
        snooze=NAP if state is AlertState.SNOOZED else None, checklist=(Todo(text="look"),), **more,
    )  # fmt: skip


SEEN = Acknowledgement(by="U1", role="o2", at=NOW)
NAP = Snooze(by="U1", role="o2", at=NOW, until=LATER, text="it")
SAID = Resolution(by="U1", role="o3", at=NOW, text="it")
CLOCK = ClockStart(due_at=LATER, ladder=(Rung(after_seconds=900),), lapses=3600)


def alert_events() -> tuple[Any, ...]:
    graver = Regrading(by="U1", role="o2", at=NOW, before="SEV1", after="SEV0", text="it")
    return (
        events.Fired(CLOCK), events.Acknowledged(SEEN), events.ClockRan(1, 1),
        events.Contained((), (), last=True), events.Resolved(), events.SenderResolved(),
        events.LapseRan(1, CLOCK), events.LapseRan(1, CLOCK, LATER), events.Snoozed(NAP),
        events.SnoozeRan(1, LATER), events.Assigned(Assignment(to="U2", by="U1", at=NOW)),
        events.Regraded(graver, CLOCK, graver=True), events.Regraded(graver, CLOCK, graver=False),
        events.Ticked("U1", done=frozenset({0})), events.Pictured("no picture"),
    )  # fmt: skip


def alert_steps() -> Iterator[Arrow]:
    for state in AlertState:
        for event in alert_events():
            for resolution in (None, SAID):
                before = alert_in(state, resolution=resolution)
                try:
                    moved, _ = machine.step(before, event, LATER)
                except machine.NotNow:
                    continue
                if moved != before:  # a timer that came too late changes nothing, as the text says
                    yield state.value, type(event).__name__, moved.state.value


def test_the_request_machine_is_drawn_as_it_is() -> None:
    assert drawn("request-machine") == set(request_steps())


def test_the_alert_machine_is_drawn_as_it_is() -> None:
    assert drawn("alert-machine") == set(alert_steps())
