"""Response URLs: how often and how long they are good, and what they may change."""

from __future__ import annotations

from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint, payload_of
from tests.sandbox.wanted import CARD


async def _respond(
    session: aiohttp.ClientSession, url: str, body: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    async with session.post(url, json=body) as response:
        return response.status, await response.json()


async def test_a_response_url_is_good_for_five_uses(
    slack: PracticeSlack, app: Endpoint, session: aiohttp.ClientSession
) -> None:
    payload = await payload_of(
        slack, app, "U02OMAR", "command", channel="C0CRITICAL", command="/ops", text=""
    )
    statuses = [(await _respond(session, payload["response_url"], {"text": "x"}))[0] for _ in range(6)]
    assert [200] * 5 + [404] == statuses
    assert 5 == len(slack.workspace.ephemerals)


async def test_a_response_url_is_good_for_thirty_minutes(
    slack: PracticeSlack, app: Endpoint, session: aiohttp.ClientSession
) -> None:
    payload = await payload_of(
        slack, app, "U02OMAR", "command", channel="C0CRITICAL", command="/ops", text=""
    )
    slack.clock.advance(1801)
    status, body = await _respond(session, payload["response_url"], {"text": "x"})
    assert (404, "expired_url") == (status, body["error"])


async def test_a_response_url_replaces_and_deletes_what_was_clicked(
    slack: PracticeSlack, app: Endpoint, session: aiohttp.ClientSession, card: str
) -> None:
    payload = await payload_of(
        slack, app, "U03RUTH", "click", channel="C0CRITICAL", ts=card, action_id="approve"
    )
    await _respond(session, payload["response_url"], {"replace_original": True, "text": "done", "blocks": []})
    assert "done" == slack.messages("C0CRITICAL")[0]["text"]
    await _respond(session, payload["response_url"], {"delete_original": True})
    assert slack.messages("C0CRITICAL")[0]["deleted"]


async def test_a_response_url_replaces_an_ephemeral(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    posted = await client.chat_postEphemeral(channel="C0CRITICAL", user="U02OMAR", text="x", blocks=CARD)
    payload = await payload_of(
        slack, app, "U02OMAR", "click", ephemeral=posted["message_ts"], action_id="approve"
    )
    await _respond(session, payload["response_url"], {"replace_original": True, "text": "done"})
    assert ["done"] == [each["text"] for each in slack.workspace.ephemerals.values()]
    await _respond(session, payload["response_url"], {"delete_original": True})
    assert {} == slack.workspace.ephemerals


async def test_a_response_is_checked_like_a_message(
    slack: PracticeSlack, app: Endpoint, session: aiohttp.ClientSession
) -> None:
    payload = await payload_of(
        slack, app, "U02OMAR", "command", channel="C0CRITICAL", command="/ops", text=""
    )
    status, body = await _respond(
        session, payload["response_url"], {"text": "x", "blocks": [{"type": "wall"}]}
    )
    assert (400, "invalid_blocks") == (status, body["error"])
