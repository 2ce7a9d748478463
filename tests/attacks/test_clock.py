"""Time as a weapon: words in another order, replicas whose clock or policies are wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Running, replica
from bot.settings import read_settings
from tests.attacks.forging import all_done, message_event, tell_event, write
from tests.scenarios.edge import post_form, submission_payload
from tests.scenarios.opening import BRISK, ops_room, start_replica
from tests.scenarios.refusing import assert_untouched, events_withheld, release_waits
from tests.scenarios.room import IVO, OMAR, RUTH, Room, text_of
from tests.scenarios.virtual import VirtualClock

APPROVED = "APPROVED - false positive confirmed"
SUSPICIOUS = replace(BRISK, drift=5.0)
"""How a replica works that looks at its own clock."""


class WrongClock:
    """A clock that is off."""

    def __init__(self, right: VirtualClock, off: timedelta) -> None:
        self._right, self._off = right, off

    def now(self) -> datetime:
        return self._right.now() + self._off


@asynccontextmanager
async def wrong_replica(room: Room, off: timedelta) -> AsyncIterator[Running]:
    """A second replica whose clock is off; the load balancer has not noticed and sends everything to it."""
    settings = read_settings(room.environment)
    async with replica(
        settings, room.environment, clock=WrongClock(room.clock, off), tuning=SUSPICIOUS
    ) as running:
        await room.until(lambda: "clock" in running.health.against(), "the replica to know that it is wrong")
        right, room.intake = room.intake, running.url
        yield running
        room.intake = right


@pytest.mark.parametrize("off", [timedelta(hours=2), timedelta(hours=-2)], ids=["ahead", "behind"])
async def test_an_alert_told_to_a_replica_with_a_wrong_clock_is_not_delayed(
    tmp_path: Path, off: timedelta
) -> None:
    async with ops_room(tmp_path) as room, wrong_replica(room, off):
        made = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
        status, _ = await room.post_record(made)
        if status == 202:
            root = await room.sees(made["Run_ID"])
            assert "Nobody has acknowledged" not in text_of(root)
            (told,) = [one["at"] for one in room.events("alert-firing") if "about" in one["detail"]]
            assert abs(datetime.fromisoformat(told) - room.clock.now()) < timedelta(minutes=5)
        else:
            assert 503 == status


async def test_a_replica_with_a_wrong_clock_expires_nothing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.press(RUTH, waiting.card, "Approve…")
    private = (await room.modal(RUTH))["private_metadata"]
    room.advance(hours=3, minutes=57)
    async with wrong_replica(room, timedelta(minutes=4)):
        await post_form(room, submission_payload(RUTH, private))
        await room.command(RUTH, "/ops", "help")
        await room.hears(RUTH, "what you may do")
    assert [] == [one for one in room.events("request-expired") if one["subject"] == waiting.id]


async def test_a_replica_with_old_policies_decides_nothing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.press(RUTH, waiting.card, "Approve…")
    private = (await room.modal(RUTH))["private_metadata"]
    roles = room.policies / "roles.yaml"
    text = roles.read_text()
    assert "groups: [S03APPROVERS]" in text
    roles.write_text(text.replace("groups: [S03APPROVERS]", f"users: [{IVO}]"))
    async with start_replica(room, activate=True):
        await room.sees("Policies.*are now in force")
        await room.until(lambda: not room.replicas[0].health.may_claim(), "the old replica to know")
        await post_form(room, submission_payload(RUTH, private))
        assert_untouched(room, waiting)
        room.advance(seconds=30)
        await room.hears(RUTH, "Only .*may approve release")
        await all_done(room)
    assert_untouched(room, waiting)
    assert [] == [one for one in room.events("request-approved") if one["subject"] == waiting.id]


@pytest.mark.parametrize("off", [timedelta(minutes=10), timedelta(minutes=-10)], ids=["ahead", "behind"])
async def test_a_replica_with_old_policies_and_a_wrong_clock_puts_nothing_out_of_force(
    room: Room, off: timedelta
) -> None:
    roles = room.policies / "roles.yaml"
    roles.write_text(roles.read_text().replace("groups: [S03APPROVERS]", f"users: [{IVO}]"))
    async with wrong_replica(room, off):
        await asyncio.sleep(5 * SUSPICIOUS.heartbeat)
    assert {} == room.replicas[0].health.against()
    assert [] == room.events("policies-active")


async def test_words_in_any_order_count_as_they_were_written(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    with events_withheld(room):
        first = await room.say(RUTH, "DENIED - wait", waiting.thread)
        second = await room.say(IVO, APPROVED, waiting.thread)
        await tell_event(room, message_event(IVO, APPROVED, second, waiting.thread))
        await tell_event(room, message_event(RUTH, "DENIED - wait", first, waiting.thread))
        await all_done(room)
    ended = [one["event"] for one in room.record() if one["subject"] == waiting.id and one["event"] in ENDS]
    assert 1 == len(ended)


ENDS = frozenset({"request-succeeded", "request-denied"})


@pytest.mark.parametrize("ts", ["nan", "inf", "-1", "1e99", "", "0x10", "1795243456.1_0"])
async def test_a_time_that_is_none_counts_as_nothing(room: Room, ts: str) -> None:
    waiting = await release_waits(room, OMAR)
    await tell_event(room, message_event(RUTH, APPROVED, ts, waiting.thread))
    await write(room, RUTH, "I have looked at it", waiting.thread)
    await all_done(room)
    assert_untouched(room, waiting)
    assert [] == [one for one in room.record() if ts and f"message/C0CRITICAL/{ts}" in json.dumps(one)]
