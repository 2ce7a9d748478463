"""The practice Alertmanager of the sandbox: an alert of each of the four systems, firing and over."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from sandbox.monitoring import RULES, PracticeMonitoring
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, CRITICAL, INTAKE_TOKEN, Json, Room, text_of

WHERE = {
    "auditron": (ALERTS, "warning · "),
    "clinchat-rag": (ALERTS, "alert-warning · "),
    "credit-monitoring": (ALERTS, "SEV1 · "),
    "provability-fabric": (CRITICAL, "P0 · "),
}

SAID = {"clinchat-rag": "HighLatency.*Policy keeps 4 of its sender's labels and texts away"}
"""Where patients may be, the sender's words stay away."""


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


def row(monitoring: PracticeMonitoring, name: str) -> str:
    (found,) = [one for one in monitoring.panel()["sections"][0]["rows"] if one["id"] == name]
    return " ".join(cell["text"] for cell in found["cells"])


def shows(monitoring: PracticeMonitoring, name: str, said: str) -> bool:
    """Whether the panel says this of an alert."""
    return said in row(monitoring, name)


async def test_each_switch_makes_a_thread_in_its_system_and_turned_back_closes_it(room: Room) -> None:
    monitoring = PracticeMonitoring(f"{room.intake}/alerts/alertmanager", INTAKE_TOKEN)
    for rule in RULES:
        monitoring.fault(rule.id, on=True)
    for rule in RULES:
        channel, begins = WHERE[rule.id]
        said = SAID.get(rule.id, rule.description)
        await room.sees(rf"{begins}.*{said}", channel=channel)
        await room.until(partial(shows, monitoring, rule.id, "firing 202"), "its sender to hear the answer")
    room.advance(minutes=3)
    monitoring.reset()
    await room.until(lambda: len(RULES) == len(room.events("alert-resolved")), "all of them to end")
    await room.until(partial(shows, monitoring, "auditron", "quiet 202"), "its sender to hear the answer")


async def test_the_thread_has_the_runbooks_checklist_and_its_sender_tells_practice_time(room: Room) -> None:
    room.advance(hours=5)
    url = f"{room.intake}/alerts/alertmanager"
    monitoring = PracticeMonitoring(url, INTAKE_TOKEN, now=room.clock.now)
    monitoring.fault("provability-fabric", on=True)
    root: Json = await room.sees("P0 · ", channel=CRITICAL)
    assert "Isolate the tenant that is affected" in text_of(root)
    (told,) = re.findall(r"Sender's time: <!date\^(\d+)", text_of(root))
    assert abs(room.clock.now().timestamp() - int(told)) < 3600


async def test_what_the_bot_does_not_take_is_shown_on_the_panel(room: Room) -> None:
    monitoring = PracticeMonitoring(f"{room.intake}/alerts/alertmanager", "another-token")
    monitoring.fault("auditron", on=True)
    await room.until(partial(shows, monitoring, "auditron", "401 send the bearer token"), "the answer")
