"""Requests as Slack signs them, and as somebody with the signing secret could forge them."""

from __future__ import annotations

import json
import uuid
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.signing import signed_headers
from tests.scenarios.room import CRITICAL, Json, Room

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


async def post(
    room: Room,
    body: bytes,
    headers: dict[str, str] | None = None,
    *,
    kind: str = JSON,
    path: str = "/slack/events",
) -> tuple[int, str]:
    """POST bytes to the bot, rightly signed unless `headers` say otherwise; status and text."""
    secret = room.slack.app.signing_secret
    signed = signed_headers(secret, room.clock.now().timestamp(), body) if headers is None else headers
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{room.intake}{path}", data=body, headers=signed | {"Content-Type": kind}) as response,
    ):
        return response.status, await response.text()


async def post_form(room: Room, payload: Json) -> tuple[int, str]:
    """POST an interaction."""
    return await post(room, urlencode({"payload": json.dumps(payload)}).encode(), kind=FORM)


async def post_command(
    room: Room, user: str, command: str, text: str, *, trigger: str, answer_to: str = ""
) -> tuple[int, str]:
    """POST a slash command in somebody's name, answered at a response_url where one is given."""
    fields = {
        "command": command, "text": text, "user_id": user, "team_id": "T0PRACTICE", "channel_id": CRITICAL,
        "api_app_id": "A0COUNTER", "trigger_id": trigger,
        "response_url": answer_to,
    }  # fmt: skip
    return await post(room, urlencode(fields).encode(), kind=FORM)


def click_payload(user: str, action: str, value: str, thread: str, *, trigger: str) -> Json:
    """A pressed button of a message."""
    return _interaction("block_actions", user, trigger) | {
        "channel": {"id": CRITICAL, "name": "ops-critical"},
        "container": {"type": "message", "message_ts": thread, "channel_id": CRITICAL, "thread_ts": thread},
        "message": {"ts": thread, "thread_ts": thread},
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
    }


def submission_payload(user: str, private: str, callback: str = "answer") -> Json:
    """A submitted form, an approval's when nothing else is said."""
    view = {
        "id": f"V{uuid.uuid4().hex[:10].upper()}",
        "type": "modal",
        "callback_id": callback,
        "private_metadata": private,
        "state": {"values": {"reason": {"reason": {"type": "plain_text_input", "value": "yes"}}}},
    }
    return _interaction("view_submission", user, uuid.uuid4().hex) | {"view": view}


def _interaction(kind: str, user: str, trigger: str) -> Json:
    return {
        "type": kind,
        "team": {"id": "T0PRACTICE", "domain": "practice"},
        "user": {"id": user, "team_id": "T0PRACTICE"},
        "api_app_id": "A0COUNTER",
        "trigger_id": trigger,
    }
