"""Whether a message is nothing but its writer's own words, in an event as in what Slack reads back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLAIN = frozenset({None, "", "thread_broadcast"})


def is_plain(message: Mapping[str, Any]) -> bool:
    """No share of another message, no file, no notice of Slack's. An unfurled link does no harm.

    https://docs.slack.dev/reference/events/message
    """
    shared = any(part.get("is_share") for part in message.get("attachments") or ())
    return message.get("subtype") in _PLAIN and not shared and not message.get("files")
