"""The stage as a fixture, on top of the practice Slack and the recording app of the tests around it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint
from tests.sandbox.page.stage import Stage, chromium


@pytest.fixture
async def stage(slack: PracticeSlack, app: Endpoint, client: AsyncWebClient) -> AsyncIterator[Stage]:
    """Fails afterwards when a script of the page failed or asked a foreign host for something."""
    async with chromium() as browser:
        here = Stage(slack, app, browser, client)
        yield here
    assert [] == here.complaints
    assert [] == here.strangers
