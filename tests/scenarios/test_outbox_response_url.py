"""What Slack says to an answer through a command's response_url, and what the outbox makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.messenger import SlackMessenger
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.messages import Card
from handlers.work import Delivery, Sending

Answer = Callable[[], Awaitable[None]]


@asynccontextmanager
async def answering(status: int, headers: dict[str, str]) -> AsyncIterator[Answer]:
    """A Slack that answers every response_url so; call what is given to answer a command there."""

    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_post("/commands/1", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        messenger = SlackMessenger(AsyncWebClient("xoxb-1", base_url=f"{base}/api/"), session, "UBOT")
        delivery = Delivery(
            channel="C1", slot="w", card=Card(summary="w"), whisper_to="U1", reply_url=f"{base}/commands/1"
        )
        sending = Sending("1", "reply @U1/C1", delivery, 1, "t", datetime.now(UTC))

        async def answer() -> None:
            await messenger.send(sending, {})

        yield answer
    await runner.cleanup()


async def test_slacks_wish_for_patience_is_obeyed() -> None:
    async with answering(429, {"Retry-After": "7"}) as answer:
        with pytest.raises(TryAgainLater) as later:
            await answer()
    assert 7 == later.value.after


@pytest.mark.parametrize("said", ["soon", "", "-3", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_wish_for_patience_that_cannot_be_read_means_a_second(said: str) -> None:
    async with answering(429, {"Retry-After": said}) as answer:
        with pytest.raises(TryAgainLater) as later:
            await answer()
    assert 1 == later.value.after


async def test_an_address_that_is_used_up_is_not_tried_again() -> None:
    async with answering(404, {}) as answer:
        with pytest.raises(DoNotRetry) as no:
            await answer()
    assert "http-404" == no.value.code


async def test_a_slack_in_trouble_leaves_it_open() -> None:
    async with answering(503, {}) as answer:
        with pytest.raises(OutcomeUnknown):
            await answer()
