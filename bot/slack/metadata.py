"""What every post of the bot carries unseen, so that it is found again and its thread known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.work import Sending

_EVENT = "countersign_message"


def metadata_of(sending: Sending) -> dict[str, Any]:
    """Its outbox id, to find it after a crash, and the slot it fills."""
    payload = {"outbox_id": sending.id, "slot": sending.delivery.slot}
    return {"event_type": _EVENT, "event_payload": payload}


def payload_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """What a message of the bot carries; empty for any other."""
    metadata = message.get("metadata") or {}
    return metadata.get("event_payload", {}) if metadata.get("event_type") == _EVENT else {}
