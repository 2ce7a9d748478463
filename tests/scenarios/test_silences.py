"""Silences from the command to their end: approved with what they would hide, bounded, ended, and told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, OMAR, RUTH, VERA, Json, Room, text_of

LATENCY = {"alertname": "HighLatency", "namespace": "auditron", "severity": "warning", "instance": "web-1"}
ASKED = 'auditron silence alertname=HighLatency instance="web-1" for 2h because the disk is being changed'


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


async def silenced(room: Room) -> Json:
    """Omar asks, Ruth agrees; the card, whose thread has it all."""
    await room.command(OMAR, "/ops", ASKED)
    card = await room.sees("Hide alerts for a while.*waiting for approval", channel=ALERTS)
    await room.say(RUTH, "APPROVED - fine", card["ts"], channel=ALERTS)
    await room.sees("Silence .* is active, until", card["ts"], channel=ALERTS)
    return card


async def test_the_approver_reads_what_would_be_hidden_and_what_never_is(room: Room) -> None:
    room.alertmanager.tell(LATENCY, {}, firing=True)
    await room.command(OMAR, "/ops", ASKED)
    card = text_of(await room.sees("Hide alerts for a while.*waiting for approval", channel=ALERTS))
    assert "1 firing alert" in card
    assert "HighLatency (instance=web-1, namespace=auditron, severity=warning), since" in card
    assert "namespace=" in card
    assert "critical" in card


async def test_it_hides_until_its_end_and_the_thread_tells_what_fires_then(room: Room) -> None:
    card = await silenced(room)
    room.alertmanager.tell(LATENCY, {}, firing=True)
    assert room.alertmanager.hides(LATENCY)
    room.advance(minutes=1)
    room.advance(hours=2)
    told = await room.sees("ended at .*, when its time was over", card["ts"], channel=ALERTS)
    assert "Still firing: HighLatency (instance=web-1" in text_of(told)
    assert f"<@{OMAR}>" in text_of(told)
    assert not room.alertmanager.hides(LATENCY)


async def test_somebody_outside_ends_it_and_the_thread_says_so(room: Room) -> None:
    card = await silenced(room)
    (silence,) = room.alertmanager.kept.values()
    silence.ends = room.clock.now()
    room.advance(minutes=6)
    told = await room.sees("was ended at .*, before its time", card["ts"], channel=ALERTS)
    assert "Nothing of what it hid fires now" in text_of(told)


async def test_undo_ends_it_and_its_end_is_no_news_any_more(room: Room) -> None:
    card = await silenced(room)
    (request,) = [one["subject"] for one in room.events("request-succeeded")]
    await room.command(OMAR, "/ops", f"undo {request} because it is done")
    await room.sees("Silence .* has ended: Alertmanager says", card["ts"], channel=ALERTS)
    assert not room.alertmanager.hides(LATENCY)
    room.advance(minutes=6)
    await room.until(lambda: room.events("watched"), "a look at its end")
    assert not [one for one in room.from_bot(channel=ALERTS) if "before its time" in text_of(one)]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("alertname=HighLatency for 5h", "A silence lasts 4h at most"),
        ("alertname=ApiDown for 1h", "names alerts of critical, which are never hidden"),
        ("severity=critical for 1h", "names alerts of critical, which are never hidden"),
        ("alertname=HighLatency namespace=clinchat-rag for 1h", "hide only what has namespace="),
        ("alertname=HighLatency", "say for how long"),
        ("web-1 for 1h", "is no matcher"),
    ],
)
async def test_what_policy_or_form_forbids_is_told_and_nothing_is_asked(
    room: Room, words: str, why: str
) -> None:
    await room.command(OMAR, "/ops", f"auditron silence {words} because quiet please")
    await room.hears(OMAR, why)
    assert not room.alertmanager.kept


async def test_without_matchers_a_form_asks_for_them(room: Room) -> None:
    await room.command(OMAR, "/ops", "auditron silence because quiet please")
    await room.submit(OMAR, matchers="alertname=HighLatency for 30m", because="quiet please")
    await room.sees("Hide alerts for a while.*waiting for approval", channel=ALERTS)


async def test_who_may_look_reads_the_list(room: Room) -> None:
    await silenced(room)
    await room.command(VERA, "/ops", "auditron silences")
    heard = text_of(await room.hears(VERA, "1 active, 0 pending, 0 ended lately"))
    assert "the disk is being changed" in heard
