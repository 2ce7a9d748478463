"""A thief of the signing secret names a response_url. The bot follows it to Slack, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.messenger import SlackMessenger
from handlers.cards import note
from handlers.errors import DoNotRetry
from handlers.work import Delivery, Sending
from tests.attacks.forging import all_done
from tests.scenarios.edge import FORM, post
from tests.scenarios.room import CRITICAL, OMAR, Room

FOREIGN = (
    "http://hooks.slack.com/commands/T0/1/x",
    "https://hooks.slack.com.evil.example/commands",
    "https://hooks.slack.com@evil.example/commands",
    "https://hooks.slack.com:443@evil.example/",
    "https://evil.example/hooks.slack.com",
    "https://evil.example#@hooks.slack.com/",
    "https://evil.example?@hooks.slack.com/",
    "https://evil.example\\@hooks.slack.com/",
    "https://hооks.slack.com/commands",
    "https://hooks.slack.com:8443/commands",
    "https://hooks.slack.com./commands",
    "//hooks.slack.com/commands",
    "file:///etc/passwd",
    "ftp://slack.com/",
    "http://slack.com/api/chat.postMessage",
    "https://slack.com/api/chat.postMessage",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]:6379/",
    "https://[",
    "https://hooks.slack.com:x/",
    "javascript:alert(1)",
    "\x00",
)


async def test_an_address_that_is_not_slacks_is_not_followed() -> None:
    async with aiohttp.ClientSession() as session:
        messenger = SlackMessenger(AsyncWebClient("xoxb-x", session=session), session, "U0BOT")
        assert [] == [url for url in FOREIGN if messenger.is_slacks(url)]
        assert messenger.is_slacks("https://hooks.slack.com/commands/T0/1/x")


class Listening:
    """A server that wants to be asked, or that sends whoever asks it on to another."""

    def __init__(self, moved_to: str = "") -> None:
        self.asked: list[str] = []
        self._moved_to = moved_to

    async def answer(self, request: web.Request) -> web.Response:
        """Note the request."""
        self.asked.append(await request.text())
        return (
            web.Response(status=307, headers={"Location": self._moved_to})
            if self._moved_to
            else web.Response()
        )


@asynccontextmanager
async def served(listening: Listening) -> AsyncIterator[str]:
    """Its address."""
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", listening.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def forge_command(room: Room, url: str, trigger: str) -> None:
    """`/ops help` in Omar's name, to be answered there."""
    fields = {
        "command": "/ops", "text": "help", "user_id": OMAR, "team_id": "T0PRACTICE", "channel_id": CRITICAL,
        "api_app_id": "A0COUNTER", "trigger_id": trigger, "response_url": url,
    }  # fmt: skip
    assert (200, "") == await post(room, urlencode(fields).encode(), kind=FORM)


async def test_the_bot_asks_no_server_that_a_payload_names(room: Room) -> None:
    inside = Listening()
    async with served(inside) as address:
        slack = urlsplit(room.slack.api_url).netloc
        named = (address, address.replace("//", f"//{slack}@"), f"{address}?{slack}", f"{address}#@{slack}/")
        for number, url in enumerate((*named, "https://[", "\x00")):
            await forge_command(room, url, f"7.{number}")
        await all_done(room)
    assert [] == inside.asked
    assert [] == room.events("message-undeliverable")


async def test_the_bot_goes_nowhere_that_a_reply_address_sends_it() -> None:
    inside = Listening()
    async with AsyncExitStack() as stack:
        hidden = await stack.enter_async_context(served(inside))
        stand_in = await stack.enter_async_context(served(Listening(hidden)))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = AsyncWebClient("xoxb-x", base_url=f"{stand_in}api/", session=session)
        whisper = {
            "channel": CRITICAL,
            "slot": "whisper/1",
            "whisper_to": OMAR,
            "reply_url": f"{stand_in}reply",
        }
        delivery = Delivery.model_validate(whisper | {"card": note(("hello",))})
        sending = Sending("1", CRITICAL, delivery, 1, "token", datetime.now(UTC))
        with pytest.raises(DoNotRetry):
            await SlackMessenger(client, session, "U0BOT").send(sending, {})
    assert [] == inside.asked
