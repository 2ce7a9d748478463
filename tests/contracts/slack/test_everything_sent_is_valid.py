"""What leaves the bot satisfies Slack's own types and the length checks of its SDK.

The schemas are made from `@slack/web-api` by `make schemas`; the lengths are those of `slack_sdk.models`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.contracts.slack.official import check_call
from tests.scenarios.opening import ops_room
from tests.scenarios.room import IVO, OMAR, PIA, RUTH, VERA, Room

EXEMPT = frozenset({"auth.test", "apps.connections.open"})
"""Calls without arguments."""
LONG = "an explanation that goes on & on <with markup> and *marks* " * 30


def check_all(calls: Iterable[Any]) -> set[str]:
    """Validate every call; returns the methods seen."""
    seen = set()
    for call in calls:
        if call.method in EXEMPT:
            continue
        seen.add(call.method)
        check_call(call.method, call.args)
    return seen


async def much_happens(room: Room) -> None:
    """The story, refusals, hints, long texts, buttons, expiry and escalation."""
    record, root = await room.contained()
    thread = root["ts"]
    await room.say(VERA, "ACK - O2 Vera", thread)
    await room.say(RUTH, "> APPROVED", thread)
    await room.command(PIA, "/ops", "help")
    await room.command(PIA, "/ops", "nonsense <!channel> & more")
    await room.command(PIA, "/release", "RUN-NOT-THERE because I can")
    await room.say(OMAR, "@countersign resolve-case", thread)
    await room.press(OMAR, await room.hears(OMAR, "Open the form", thread), "Open the form")
    await room.submit(
        OMAR, root_cause="Legit Load", analysis=LONG, mitigation=LONG, evidence=LONG, baseline_rationale=LONG
    )
    await room.sees("Resolve the case.*waiting for approval", thread)
    await room.say(OMAR, "@countersign status", thread)
    await room.say(PIA, "APPROVED - no role", thread)
    await room.say(RUTH, "APPROVED - read all of it", thread)
    await room.sees("now reads Resolved", thread)
    card = await room.release_asked(record, root)
    await room.press(IVO, card, "Deny…")
    await room.modal(IVO)
    await room.submit(IVO, reason="not yet")
    await room.sees("denied", thread)
    await room.contained()
    room.advance(minutes=40)
    await room.sees("Nobody has acknowledged")
    room.slack.faults.add({"kind": "cut", "method": "chat.postMessage", "times": 1, "after_effect": True})
    await room.contained()


async def test_everything_that_the_bot_sends_is_what_slack_takes(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        await much_happens(room)
        seen = check_all(room.slack.web_api.calls)
    expected = {
        "chat.postMessage",
        "chat.update",
        "chat.postEphemeral",
        "views.open",
        "conversations.replies",
    }
    assert expected <= seen
    refused = [(call.method, call.error) for call in room.slack.web_api.calls if not call.ok]
    assert [] == [one for one in refused if one[1] not in ("cut", None)]


def test_a_call_that_slack_does_not_take_is_caught() -> None:
    wrong = {"channel": "C1", "text": "t", "blocks": [{"type": "section", "text": {"type": "plain"}}]}
    with pytest.raises(jsonschema.ValidationError):
        check_call("chat.postMessage", wrong)
