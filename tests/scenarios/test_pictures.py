"""An alert's picture: it comes by an update, and whatever goes wrong with it, the alert is there."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.forging import all_done
from tests.scenarios.pictured import bytes_of, measured_room, picture_of, pictured, roots
from tests.scenarios.room import ALERTS, PATIENCE, VERA, Room, text_of


async def test_an_alert_gets_a_picture_of_what_it_measured(tmp_path: Path) -> None:
    async with measured_room(tmp_path) as (room, prometheus):
        await room.alert()
        block = await pictured(room)
        assert "email send 001" in block["alt_text"].lower()
        assert " credits at " in block["alt_text"]
        drawn = await bytes_of(room, block)
        assert (1200, 480) == struct.unpack(">II", drawn[16:24])
        assert ["credit_monitoring_run_credits"] == prometheus.asked


async def test_a_senders_words_do_not_change_what_is_asked(tmp_path: Path) -> None:
    async with measured_room(tmp_path) as (room, prometheus):
        hostile = 'x"} or up{a!="\\'
        await room.alert(Scenario_Name=hostile)
        block = await pictured(room)
        assert ["credit_monitoring_run_credits"] == prometheus.asked
        assert f"scenario={hostile} over the last 5d" in block["alt_text"]


async def test_the_alert_stands_in_slack_before_anybody_asks_prometheus(tmp_path: Path) -> None:
    async with measured_room(tmp_path) as (room, prometheus):
        prometheus.fault("hang", on=True)
        await room.alert()
        await room.until(lambda: roots(room), "the alert")
        assert picture_of(room) is None
        await room.say(VERA, "ACK - looking", roots(room)[-1]["ts"])
        prometheus.fault("hang", on=False)
        await pictured(room)


async def test_without_values_the_card_says_so_and_shows_no_picture(tmp_path: Path) -> None:
    async with measured_room(tmp_path) as (room, _):
        made = room.monitor.record("EMAIL_SEND_001", "SEV1", room.clock.now())
        status, _ = await room.post_record(made | {"Scenario_Name": "never measured"})
        assert 202 == status
        await room.sees("No picture: Prometheus has no values of this in the last 5d", channel=ALERTS)
        uploads = [call for call in room.slack.web_api.calls if call.method == "files.getUploadURLExternal"]
        assert [] == uploads


async def test_a_prometheus_that_stays_away_is_told_on_the_card(tmp_path: Path) -> None:
    async with measured_room(tmp_path, {"PROMETHEUS_URL": "http://127.0.0.1:9"}) as (room, _):
        await room.alert()
        await room.until(lambda: roots(room), "the alert")
        saying = asyncio.create_task(room.sees("No picture: Prometheus cannot be reached"))
        while not saying.done():  # each attempt waits longer for the next
            room.advance(minutes=2)
            await asyncio.sleep(0.3)
        await saying


@pytest.mark.parametrize("refused", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_slack_that_takes_no_file_is_told_on_the_card(tmp_path: Path, refused: str) -> None:
    async with measured_room(tmp_path) as (room, _):
        room.slack.faults.add({"kind": "error", "method": refused, "error": "file_uploads_disabled"})
        await room.alert()
        said = "No picture: Slack refused: file_uploads_disabled"
        shown = lambda: said in "".join(map(text_of, roots(room)))  # noqa: E731
        await room.until(shown, "what Slack refused", 4 * PATIENCE)


async def test_a_card_does_not_wait_until_slack_has_looked_at_its_picture(tmp_path: Path) -> None:
    async with measured_room(tmp_path) as (room, _):
        room.slack.files.processing_seconds = 3600.0
        await room.alert()
        await room.until(lambda: refusals(room), "a refusal", 4 * PATIENCE)
        room.slack.clock.advance(3600.0)
        await pictured(room)
        updates = [call for call in room.slack.web_api.calls if call.method == "chat.update"]
        refused = [call for call in updates if call.error == "invalid_blocks"]
        after = updates[updates.index(refused[0]) + 1]
        assert after.ok
        assert not [block for block in after.args["blocks"] if block["type"] == "image"]


async def test_a_picture_that_slack_never_shows_is_given_up_and_the_card_stays_true(tmp_path: Path) -> None:
    async with measured_room(tmp_path) as (room, _):
        room.slack.files.processing_seconds = 1e9
        await room.alert()
        await room.until(lambda: refusals(room), "a refusal", 4 * PATIENCE)
        room.advance(minutes=3)
        await all_done(room)
        told = len(refusals(room))
        room.advance(minutes=2)
        await all_done(room)
        assert told == len(refusals(room))
        await room.say(VERA, "ACK - looking", roots(room)[-1]["ts"])


def refusals(room: Room) -> list[Any]:
    return [call for call in room.slack.web_api.calls if call.error == "invalid_blocks"]
