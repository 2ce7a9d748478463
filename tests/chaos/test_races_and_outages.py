"""Two replicas at once, a store that dies, a Slack that goes away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.slack.signing import signed_headers
from tests.chaos.once import released_once, stored, waiting_release
from tests.chaos.victim import TUNING
from tests.contracts.store.servers import Server
from tests.scenarios.opening import ops_room
from tests.scenarios.refusing import events_withheld
from tests.scenarios.room import CRITICAL, IVO, OMAR, RUTH, Room, text_of


async def tell(room: Room, who: str, text: str, thread: str, url: str) -> None:
    """Somebody writes; the event goes to this replica, and to no other before Slack's own delivery."""
    ts = await room.say(who, text, thread)
    event = {"type": "message", "channel": CRITICAL, "channel_type": "channel", "user": who, "text": text}
    event |= {"ts": ts, "thread_ts": thread, "event_ts": ts, "team": "T0PRACTICE"}
    envelope = {"type": "event_callback", "team_id": "T0PRACTICE", "api_app_id": "A0COUNTER", "event": event}
    body = json.dumps(envelope | {"event_id": f"Ev{ts}"}).encode()
    headers = signed_headers(room.slack.app.signing_secret, room.clock.now().timestamp(), body)
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers | {"Content-Type": "application/json"}) as response,
    ):
        assert 200 == response.status


@asynccontextmanager
async def time_passing(room: Room) -> AsyncIterator[None]:
    """Leases end and Slack delivers again, whenever the bot finds its store."""

    async def pass_on() -> None:
        while True:
            await asyncio.sleep(0.5)
            room.advance(seconds=40)
            room.slack.clock.advance(61)

    passing = asyncio.ensure_future(pass_on())
    try:
        yield
    finally:
        passing.cancel()


async def at_once(room: Room, thread: str, *said: tuple[str, str]) -> None:
    """Each of these is told to another replica at the same time; Slack's own deliveries come after."""
    with events_withheld(room):
        urls = [f"{one.url}/slack/events" for one in room.replicas]
        told = [tell(room, who, text, thread, url) for (who, text), url in zip(said, urls, strict=True)]
        await asyncio.gather(*told)
    await room.slack.settled()


async def test_two_approvals_at_once_on_two_replicas_have_one_effect(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=2, tuning=TUNING) as room:
        release = await waiting_release(room)
        await at_once(room, release.thread, (RUTH, "APPROVED - at once"), (IVO, "APPROVED - at once"))
        await released_once(room, release)
        await room.sees(f"{release.request}.*is already", release.thread)
        (approval,) = stored(room, release.request)["approvals"]
        (late,) = room.events("answer-refused")
        assert {RUTH, IVO} == {approval["by"], late["actor"]}


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
        await at_once(room, root["ts"], (OMAR, "ACK - O2 Omar"), (RUTH, "ACK - O3 Ruth"))
        await room.sees("The clock is already stopped", root["ts"])
        assert 1 == len(room.events("alert-acknowledged"))


async def test_a_store_that_is_killed_and_restarted_has_lost_nothing(tmp_path: Path) -> None:
    async with ops_room(tmp_path, tuning=TUNING) as room:
        release = await waiting_release(room)
        before = room.record()
        room.server.kill()
        status, _ = await room.post_record(room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now()))
        assert 503 == status
        await asyncio.to_thread(room.server.restart)
        assert before == room.record()[: len(before)]
        await room.until(lambda: room.replicas[0].health.may_claim(), "the bot to find its store again")
        await room.say(RUTH, "APPROVED - after the restart", release.thread)
        async with time_passing(room):
            await released_once(room, release)


class _Fuse:
    """Kills the store once, before or after the first call of one method, when it is lit."""

    def __init__(self, name: str, *, after: bool) -> None:
        self._port, _, self._method = name.rpartition(".")
        self._after = after
        self.lit: Server | None = None
        self.burnt = False

    def wrap(self, name: str, port: Any) -> Any:
        """`bot.parts.Wrap`."""
        return self._wrapped(name, port)

    def _wrapped(self, name: str, port: Any) -> Any:
        fuse = self

        class Wrapped:
            def __getattr__(self, attribute: str) -> Any:
                found = getattr(port, attribute)
                if f"{name}.{attribute}" in fuse._port:
                    return fuse._wrapped(f"{name}.{attribute}", found)
                return fuse._burning(found) if (name, attribute) == (fuse._port, fuse._method) else found

        return Wrapped()

    def _burning(self, function: Any) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            if not self._after:
                self._burn()
            answer = await function(*args, **kwargs)
            self._burn()
            return answer

        return call

    def _burn(self) -> None:
        if self.lit is not None:
            self.lit.kill()
            self.lit, self.burnt = None, True


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "call",
    ["systems.credit-monitoring.files.release", "systems.credit-monitoring.cases.amend", "messenger.send"],
)
async def test_a_store_that_dies_in_the_middle_finds_one_effect(
    tmp_path: Path, call: str, *, after: bool
) -> None:
    fuse = _Fuse(call, after=after)
    async with ops_room(tmp_path, tuning=TUNING, wrap=fuse.wrap) as room:
        release = await waiting_release(room)
        fuse.lit = room.server
        await room.say(RUTH, "APPROVED - while the store dies", release.thread)
        await room.until(lambda: fuse.burnt, "the store to die")
        await asyncio.to_thread(room.server.restart)
        async with time_passing(room):
            await released_once(room, release)


@pytest.mark.parametrize("after_effect", [True, False])
async def test_a_post_whose_answer_is_lost_is_made_once(tmp_path: Path, *, after_effect: bool) -> None:
    async with ops_room(tmp_path, tuning=TUNING) as room:
        cut = {"kind": "cut", "method": "chat.postMessage", "times": 1, "after_effect": after_effect}
        room.slack.faults.add(cut)
        release = await waiting_release(room)
        room.slack.faults.add(cut)
        await room.say(RUTH, "APPROVED - over a bad line", release.thread)
        await released_once(room, release)
        assert [] == room.slack.faults.state()


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
