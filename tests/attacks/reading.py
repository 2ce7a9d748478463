"""How Slack reads a message that the bot sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.scenarios.room import Json

MARKUP = re.compile(r"<(?!!date\^\d+\^|!subteam\^S03ONCALL>)[^>]*>")
"""Anything that Slack reads as a mention or a link; the bot's own dates and calls for those on duty aside."""


def read_as_markup(message: Json) -> Iterator[str]:
    """Every text of a message that Slack reads as mrkdwn."""
    yield message["text"]
    waiting: list[Any] = [message["blocks"]]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            if part.get("type") == "mrkdwn":
                yield part["text"]
            waiting.extend(part.values())
