"""An unmodified Bolt app, over HTTP and over Socket Mode: the practice Slack is Slack enough for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.wanted import actions, button, modal, section, text_input

CARD = [section("Release?"), actions(button("ask"))]


def _app(slack: PracticeSlack) -> AsyncApp:
    client = AsyncWebClient(token=slack.app.bot_token, base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret=slack.app.signing_secret, process_before_response=True)

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Any) -> None:
        await say(text="Release?", blocks=CARD, thread_ts=event["ts"])

    @app.event("message")
    async def message() -> None:
        return

    @app.command("/release")
    async def release(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"asked for {command['text']}")

    @app.action("ask")
    async def ask(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(text_input()))

    @app.view("form")
    async def form(ack: Any, view: dict[str, Any], respond: Any) -> None:
        why = view["state"]["values"]["why"]["text"]["value"]
        await (ack(response_action="errors", errors={"why": "More, please."}) if len(why) < 5 else ack())

    return app


@pytest.fixture(params=["http", "socket"])
async def slack(request: pytest.FixtureRequest) -> AsyncIterator[PracticeSlack]:
    """A practice Slack with the app connected in one of the two ways."""
    async with PracticeSlack() as server:
        app = _app(server)
        if request.param == "socket":
            handler = AsyncSocketModeHandler(app, server.app.app_token)
            await handler.connect_async()  # type: ignore[no-untyped-call]
            yield server
            await handler.close_async()  # type: ignore[no-untyped-call]
            return
        runner = web.AppRunner(app.server(port=0, path="/slack/events").web_app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        yield server
        await runner.cleanup()


async def test_a_mention_a_button_and_a_modal(slack: PracticeSlack) -> None:
    root = (await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="@countersign release"))["ts"]
    await slack.settled()
    card = slack.messages("C0CRITICAL")[-1]
    assert ("Release?", root) == (card["text"], card["thread_ts"])
    await slack.act("U02OMAR", "click", channel="C0CRITICAL", ts=card["ts"], action_id="ask")
    view = slack.views.stacks["U02OMAR"][0]
    await slack.act("U02OMAR", "submit", view_id=view["id"], values={"why": {"text": "so"}})
    assert {"why": "More, please."} == view["errors"]
    told = await slack.act(
        "U02OMAR", "submit", view_id=view["id"], values={"why": {"text": "false positive"}}
    )
    assert told["ok"]
    assert [] == slack.views.stacks["U02OMAR"]


async def test_a_command(slack: PracticeSlack) -> None:
    told = await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/release", text="RUN-1")
    assert told["ok"]
    assert ["asked for RUN-1"] == [each["text"] for each in slack.workspace.ephemerals.values()]
