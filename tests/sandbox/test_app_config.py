"""An app manifest decides what the app may do, hear and offer."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint
from tests.sandbox.wanted import refusal, refused

MANIFEST = {
    "features": {
        "slash_commands": [{"command": "/cs-ops", "description": "Act", "usage_hint": "help"}],
        "shortcuts": [{"callback_id": "look", "name": "Look", "type": "message", "description": "Look"}],
    },
    "oauth_config": {"scopes": {"bot": ["app_mentions:read", "commands"]}},
    "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
}


async def test_a_manifest_sets_scopes_events_commands_and_shortcuts(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    slack.app.adopt_manifest(MANIFEST)
    await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="@countersign hi")
    await slack.settled()
    assert ["app_mention"] == [each["type"] for each in app.events()]
    body = await refusal(client.chat_postMessage(channel="C0CRITICAL", text="hi"))
    assert ("missing_scope", "app_mentions:read,commands") == (body["error"], body["provided"])
    assert (await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/cs-ops", text="help"))["ok"]
    gone = await refused(slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="help"))
    assert "unknown_command" == gone.code
    assert (("look", "Look"),) == slack.app.shortcuts
