"""A thief of the bot's token posts as the bot. Words count only under the card that the bot itself showed."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from tests.attacks.forging import all_done, message_event, tell_event, write
from tests.scenarios.refusing import Waiting, assert_untouched, release_waits
from tests.scenarios.room import CRITICAL, OMAR, RUTH, Room

APPROVED = "APPROVED - looks harmless"
ELSEWHERE = "C0ALERTS"


async def fake_card(room: Room, channel: str, slot: str) -> str:
    """Post a message as the bot that claims to be the one in a slot; returns its ts."""
    client = AsyncWebClient(room.slack.app.bot_token, base_url=room.slack.api_url)
    claimed = {"event_type": "countersign_message", "event_payload": {"outbox_id": "x", "slot": slot}}
    told = await client.chat_postMessage(
        channel=channel, text="Release a run: RUN-HARMLESS. Reply APPROVED", metadata=claimed
    )
    return str(told["ts"])


async def alert_slot(room: Room, waiting: Waiting) -> str:
    """The slot of the thread that the request lives in."""
    (thread,) = [one for one in room.slack.messages(CRITICAL) if one["ts"] == waiting.thread]
    return str(thread["metadata"]["event_payload"]["slot"])


async def test_an_approval_under_a_fake_card_approves_nothing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    fake = await fake_card(room, CRITICAL, await alert_slot(room, waiting))
    await write(room, RUTH, APPROVED, fake)
    await write(room, RUTH, f"APPROVED {waiting.id} - looks harmless", fake)
    await all_done(room)
    assert_untouched(room, waiting)


async def test_an_approval_under_a_fake_card_in_another_channel_approves_nothing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    fake = await fake_card(room, ELSEWHERE, await alert_slot(room, waiting))
    await write(room, RUTH, APPROVED, fake, ELSEWHERE)
    await all_done(room)
    assert_untouched(room, waiting)


async def test_an_acknowledgement_under_a_fake_card_stops_no_clock(room: Room) -> None:
    _, root = await room.contained()
    slot = root["metadata"]["event_payload"]["slot"]
    fake = await fake_card(room, ELSEWHERE, slot)
    await write(room, OMAR, "ACK - on it", fake, ELSEWHERE)
    await all_done(room)
    assert [] == room.events("alert-acknowledged")


async def test_words_that_the_bot_says_do_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    client = AsyncWebClient(room.slack.app.bot_token, base_url=room.slack.api_url)
    told = await client.chat_postMessage(channel=CRITICAL, text=APPROVED, thread_ts=waiting.thread)
    await tell_event(room, message_event(RUTH, APPROVED, str(told["ts"]), waiting.thread))
    await all_done(room)
    assert_untouched(room, waiting)
