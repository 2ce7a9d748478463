"""Two replicas at once, a store that dies, a Slack that goes away."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from bot.workers import Tuning
from tests.scenarios.room import IVO, OMAR, RUTH, Json, Room, ops_room, text_of

TUNING = Tuning(lease=5.0, poll=0.02, heartbeat=0.5, lifetime=3600.0, drift=None)


async def waiting_release(room: Room) -> tuple[Json, str, str]:
    """A release that waits for its approval: the record, the thread, the request's id."""
    record, root = await room.contained()
    await room.resolved(record, root)
    card = await room.release_asked(record, root)
    return record, root["ts"], room.request_id(card)


async def test_two_approvals_at_once_on_two_replicas_have_one_effect(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=2, tuning=TUNING) as room:
        record, thread, request = await waiting_release(room)
        urls = [f"{one.url}/slack/events" for one in room.replicas]

        async def approve(who: str, url: str) -> None:
            room.slack.request_url = url
            await room.say(who, "APPROVED - at once", thread)

        await asyncio.gather(approve(RUTH, urls[0]), approve(IVO, urls[1]))
        await room.sees(f"{request}.*is done and was read back.*Released", thread)
        await room.sees(f"{request}.*is already", thread)
        ends = [entry["event"] for entry in room.record() if entry["subject"] == request]
        assert (1, 1) == (ends.count("request-approved"), ends.count("request-succeeded"))
        assert room.where(record["Run_ID"]).startswith("runs/CREDIT_MONITORING/")


async def test_one_alert_posted_to_two_replicas_opens_one_thread(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=2, tuning=TUNING) as room:
        record = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
        room.monitor.write_run(record)

        async def post(url: str) -> None:
            room.intake = url
            assert 202 == (await room.post_record(record))[0]

        await asyncio.gather(*(post(one.url) for one in room.replicas))
        await room.sees(f"{record['Run_ID']}.*is open")
        roots = [one for one in room.from_bot() if one.get("thread_ts", one["ts"]) == one["ts"]]
        assert 1 == len([one for one in roots if record["Run_ID"] in text_of(one)])


async def test_two_acknowledgements_at_once_count_once(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=2, tuning=TUNING) as room:
        _, root = await room.contained()
        await asyncio.gather(
            room.say(OMAR, "ACK - O2 Omar", root["ts"]), room.say(RUTH, "ACK - O3 Ruth", root["ts"])
        )
        await room.sees("The clock is already stopped", root["ts"])
        assert 1 == len(room.events("alert-acknowledged"))


async def test_a_store_that_is_killed_and_restarted_has_lost_nothing(tmp_path: Path) -> None:
    async with ops_room(tmp_path, tuning=TUNING) as room:
        record, thread, request = await waiting_release(room)
        before = room.record()
        room.server.kill()
        status, _ = await room.post_record(room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now()))
        assert 503 == status
        await asyncio.to_thread(room.server.restart)
        assert before == room.record()[: len(before)]
        await room.until(lambda: room.replicas[0].health.may_claim(), "the bot to find its store again")
        await room.say(RUTH, "APPROVED - after the restart", thread)
        room.slack.clock.advance(61)  # should the first delivery come too early: Slack delivers again
        await room.sees(f"{request}.*is done and was read back.*Released", thread)
        assert room.where(record["Run_ID"]).startswith("runs/CREDIT_MONITORING/")


async def test_a_post_whose_answer_is_lost_is_found_and_not_posted_again(tmp_path: Path) -> None:
    async with ops_room(tmp_path, tuning=TUNING) as room:
        for after_effect in (True, False):
            room.slack.faults.add(
                {"kind": "cut", "method": "chat.postMessage", "times": 1, "after_effect": after_effect}
            )
            record, root = await room.contained()
            roots = [one for one in room.from_bot() if re.search(rf"SEV0.*{record['Run_ID']}", text_of(one))]
            assert [root["ts"]] == [one["ts"] for one in roots]


async def test_a_slack_that_is_down_delays_and_loses_nothing(tmp_path: Path) -> None:
    async with ops_room(tmp_path, tuning=TUNING) as room:
        down = room.slack.faults.add({"kind": "down"})
        record = await room.alert()
        await room.until(lambda: room.events("request-succeeded")[1:], "the containment without Slack")
        assert f"runs/QUARANTINE/{record['Run_ID']}" == room.where(record["Run_ID"])
        assert [] == room.from_bot()
        room.slack.faults.clear(down.id)
        await room.sees(f"{record['Run_ID']}.*Quarantined: 2 files.*")


async def test_a_hanging_channel_delays_only_itself(tmp_path: Path) -> None:
    async with ops_room(tmp_path, tuning=TUNING) as room:
        room.slack.faults.add(
            {"kind": "hang", "method": "chat.postMessage", "channel": "C0ALERTS", "seconds": 8, "times": 5}
        )
        await room.alert("SEV1")
        _, root = await room.contained()
        await room.say(OMAR, "ACK - O2 Omar", root["ts"])
        await room.sees("acknowledged as O2", root["ts"])
        assert [] == [one for one in room.slack.messages("C0ALERTS") if one.get("user") == "U0COUNTER"]
