"""How Slack reads a message that the bot sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.scenarios.room import Json

ON_CALL = r"@(?:U02OMAR|U02PIA|U03RUTH|U03IVO)"
"""The people of policies/rules/on_call.yaml, who take turns and are named. Attacks name others."""
MARKUP = re.compile(rf"<(?!!date\^\d+\^|!subteam\^S03ONCALL>|{ON_CALL}>)[^>]*>")
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
