"""Socket Mode with slack_sdk's own client: hello, envelopes, ten connections, ghosts, disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.wanted import modal, text_input, until


@pytest.fixture
async def slack() -> AsyncIterator[PracticeSlack]:
    async with PracticeSlack(rate_factor=None) as server:
        yield server


class App:
    """An app on slack_sdk's Socket Mode client; `reply` is what it puts into its acknowledgements."""

    def __init__(self, slack: PracticeSlack, session: aiohttp.ClientSession) -> None:
        web = AsyncWebClient(token=slack.app.bot_token, base_url=slack.api_url, session=session)
        self.client = SocketModeClient(app_token=slack.app.app_token, web_client=web)
        self.requests: list[SocketModeRequest] = []
        self.reply: dict[str, Any] | None = None
        self.acknowledges = True
        self.client.socket_mode_request_listeners.append(self._take)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if self.acknowledges:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.reply))


@pytest.fixture
async def connected(slack: PracticeSlack, session: aiohttp.ClientSession) -> AsyncIterator[App]:
    app = App(slack, session)
    await app.client.connect()  # type: ignore[no-untyped-call]
    yield app
    await app.client.close()  # type: ignore[no-untyped-call]


async def _hello(slack: PracticeSlack, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A bare connection, its greeting not yet read."""
    web = AsyncWebClient(token=slack.app.app_token, base_url=slack.api_url, session=session)
    opened = await web.apps_connections_open(app_token=slack.app.app_token)
    return await session.ws_connect(opened["url"])


async def test_events_come_in_envelopes_and_are_acknowledged(slack: PracticeSlack, connected: App) -> None:
    await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="hello")
    await slack.settled()
    (request,) = connected.requests
    assert ("events_api", "hello") == (request.type, request.payload["event"]["text"])
    assert ("socket", True) == (slack.delivery.mode, slack.delivery.connected)


async def test_the_answer_to_a_command_travels_in_the_acknowledgement(
    slack: PracticeSlack, connected: App
) -> None:
    connected.reply = {"text": "on it"}
    told = await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="help")
    assert (True, {"text": "on it"}) == (told["ok"], told["body"])
    assert ["on it"] == [each["text"] for each in slack.workspace.ephemerals.values()]


async def test_a_modal_is_answered_in_the_acknowledgement(slack: PracticeSlack, connected: App) -> None:
    view = slack.views.open("U02OMAR", modal(text_input()))
    connected.reply = {"response_action": "errors", "errors": {"why": "Too vague."}}
    await slack.act("U02OMAR", "submit", view_id=view["id"], values={"why": {"text": "x"}})
    assert {"why": "Too vague."} == view["errors"]


async def test_hello_says_how_many_connections_there_are(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    first, second = await _hello(slack, session), await _hello(slack, session)
    greetings = [await each.receive_json() for each in (first, second)]
    assert [("hello", 1), ("hello", 2)] == [(each["type"], each["num_connections"]) for each in greetings]
    assert "A0COUNTER" == greetings[0]["connection_info"]["app_id"]


async def test_an_eleventh_connection_is_sent_away(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await (await stack.enter_async_context(await _hello(slack, session))).receive_json()
        said = await (await _hello(slack, session)).receive_json()
        assert ("disconnect", "too_many_websockets") == (said["type"], said["reason"])


async def test_a_ticket_opens_one_connection(slack: PracticeSlack, session: aiohttp.ClientSession) -> None:
    url = f"{slack.url}/link/?ticket={slack.sockets.issue_ticket()}"
    await session.ws_connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(url)


async def test_each_payload_goes_to_one_connection_and_to_any_of_them(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    apps = [App(slack, session) for _ in range(3)]
    for app in apps:
        await app.client.connect()  # type: ignore[no-untyped-call]
    for number in range(60):
        await slack.act("U02OMAR", "message", channel="C0CRITICAL", text=str(number))
    await slack.settled()
    counts = [len(app.requests) for app in apps]
    for app in apps:
        await app.client.close()  # type: ignore[no-untyped-call]
    assert 60 == sum(counts)
    assert all(counts)


async def test_an_event_that_is_not_acknowledged_is_sent_again(slack: PracticeSlack, connected: App) -> None:
    connected.acknowledges = False
    await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="hello")
    await until(lambda: len(connected.requests) == 1)
    connected.acknowledges = True
    slack.clock.advance(3)
    await slack.settled()
    assert [(0, ""), (1, "http_timeout")] == [
        (each.retry_attempt, each.retry_reason) for each in connected.requests
    ]
    assert 1 == len({each.payload["event_id"] for each in connected.requests})
    assert 2 == len({each.envelope_id for each in connected.requests})


async def test_a_ghost_connection_loses_clicks(slack: PracticeSlack, connected: App) -> None:
    ghosts = [slack.sockets.haunt() for _ in range(3)]
    outcomes = set()
    for _ in range(40):
        asked = asyncio.create_task(
            slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="x")
        )
        await until(lambda: asked.done() or any(ghost.waiting for ghost in ghosts))  # noqa: B023
        if not asked.done():
            slack.clock.advance(3)
        outcomes.add((await asked).get("error"))
    assert {None, "operation_timeout"} == outcomes
    slack.sockets.exorcise()
    assert 1 == slack.delivery.state()["connections"]


async def test_without_a_connection_commands_fail(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    socket = await _hello(slack, session)
    await socket.receive_json()
    await socket.close()
    await until(lambda: not slack.delivery.connected)
    told = await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="x")
    assert "dispatch_failed" == told["error"]


async def test_the_client_comes_back_after_a_refresh(slack: PracticeSlack, connected: App) -> None:
    before = slack.sockets.connections[0].number
    await slack.sockets.ask_to_leave("refresh_requested", then_close=True)
    await until(lambda: [True] == [each.number > before for each in slack.sockets.connections])
    await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="still there?")
    await slack.settled()
    assert "still there?" == connected.requests[-1].payload["event"]["text"]
