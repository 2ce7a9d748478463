"""One practice Slack, one recording app, one real slack_sdk client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint
from tests.sandbox.wanted import CARD


@pytest.fixture
async def app() -> AsyncIterator[Endpoint]:
    async with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
async def slack(app: Endpoint) -> AsyncIterator[PracticeSlack]:
    """Without rate limits: what is tested there has its own tests."""
    async with PracticeSlack(request_url=app.url, rate_factor=None) as server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def client(slack: PracticeSlack, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(token=slack.app.bot_token, base_url=slack.api_url, session=session)


@pytest.fixture
async def card(client: AsyncWebClient) -> str:
    """The ts of a message with a button."""
    ts: str = (await client.chat_postMessage(channel="C0CRITICAL", text="card", blocks=CARD))["ts"]
    return ts
