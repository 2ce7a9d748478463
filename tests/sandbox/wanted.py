"""What tests of the practice Slack ask again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.errors import RefusedAct


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    """The body with which Slack refused the call."""
    with pytest.raises(SlackApiError) as caught:
        await call
    body: dict[str, Any] = dict(caught.value.response.data)
    return body


async def error(call: Awaitable[Any]) -> str:
    """The error code with which Slack refused the call."""
    code: str = (await refusal(call))["error"]
    return code


async def refused(act: Awaitable[Any]) -> RefusedAct:
    """What Slack's client said when it did not let the person do that."""
    with pytest.raises(RefusedAct) as caught:
        await act
    return caught.value


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is true; raises TimeoutError after ten seconds."""
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def text_input(block_id: str = "why", action_id: str = "text", **element: Any) -> dict[str, Any]:
    inner = {"type": "plain_text_input", "action_id": action_id, **element}
    return {"type": "input", "block_id": block_id, "label": plain("Why"), "element": inner}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    view = {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Form"),
        "submit": plain("Send"),
        "blocks": list(blocks),
    }
    return {**view, **more}


CARD = [section("card"), actions(button("approve", value="R-1"), block_id="b")]
"""Blocks of a message with a button."""
