"""What happens in Slack is told by /metrics: alerts, acknowledgements, decisions, patience."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp

from tests.scenarios.opening import ops_room
from tests.scenarios.room import IVO, OMAR, Room


async def scraped(room: Room) -> dict[str, float]:
    """Every sample of the bot's own, by its name with labels."""
    room.advance(seconds=6)
    async with aiohttp.ClientSession() as session, session.get(f"{room.intake}/metrics") as response:
        assert 200 == response.status
        text = await response.text()
    lines = re.findall(r"^(countersign_\w+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in lines}


async def test_an_alert_is_counted_while_it_is_open_and_how_long_it_waited(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        firing, taken = (
            f'countersign_alerts{{severity="SEV0",state="{one}"}}' for one in ("firing", "acknowledged")
        )
        waits = 'countersign_alert_acknowledge_seconds_sum{severity="SEV0"}'
        record, root = await room.contained()
        before = await scraped(room)
        assert (1.0, 0.0) == (before[firing], before[taken])
        room.advance(minutes=5)
        await room.say(OMAR, "ACK - O2 Omar investigating", root["ts"])
        await room.until(lambda: room.events("alert-acknowledged"), "the acknowledgement")
        after = await scraped(room)
        assert (0.0, 1.0) == (after[firing], after[taken])
        assert 300 < after[waits] - before.get(waits, 0.0) < 900
        await room.resolved(record, root)
        await room.until(lambda: room.events("alert-resolved"), "the resolution")
        end = await scraped(room)
        assert (0.0, 0.0) == (end[firing], end[taken])


async def test_decisions_are_counted_by_their_outcome(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        record, root = await room.contained()
        before = await scraped(room)
        card = await room.release_asked(record, root)
        await room.say(IVO, f"DENIED {room.request_id(card)} - not yet", root["ts"])
        await room.sees("denied", root["ts"])
        after = await scraped(room)
        denied = 'countersign_decisions_total{outcome="denied"}'
        assert 1.0 == after[denied] - before.get(denied, 0.0)


async def test_slacks_patience_is_counted_by_method(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        before = await scraped(room)
        room.slack.faults.add({"kind": "rate_limited", "method": "chat.postMessage", "times": 2})
        await room.contained()
        after = await scraped(room)
        limited = 'countersign_slack_rate_limited_total{method="chat.postMessage"}'
        assert 2.0 == after[limited] - before.get(limited, 0.0)
