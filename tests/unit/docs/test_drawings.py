"""The state machines are drawn as they are: every step of the code is an arrow, every arrow a step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from handlers import request_machine as r
from handlers.alerting import machine
from handlers.alerting.model import Acknowledgement, Alert, AlertState, ClockStart, Rung
from handlers.requests import Approval, Request, RequestState, Seal, Verified, Words

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


def alert_in(state: AlertState) -> Alert:
    return Alert(
        id="A-1", system="s", source="run-record", subject="RUN-1", severity="SEV0", title="t", channel="#c",
        received_at=NOW, due_at=LATER, state=state, ladder=(Rung(after_seconds=900),),
    )  # fmt: skip


def alert_steps() -> Iterator[Arrow]:
    seen = Acknowledgement(by="U1", role="o2", at=NOW)
    events: tuple[Any, ...] = (
        machine.Fired(ClockStart()), machine.Acknowledged(seen), machine.ClockRan(1, 1),
        machine.Contained((), (), last=True), machine.Resolved(),
    )  # fmt: skip
    for state in AlertState:
        for event in events:
            before = alert_in(state)
            try:
                moved, _ = machine.step(before, event, NOW)
            except machine.NotNow:
                continue
            if moved != before:  # a clock that came too late changes nothing, as the text says
                yield state.value, type(event).__name__, moved.state.value


def test_the_request_machine_is_drawn_as_it_is() -> None:
    assert drawn("request-machine") == set(request_steps())


def test_the_alert_machine_is_drawn_as_it_is() -> None:
    assert drawn("alert-machine") == set(alert_steps())
