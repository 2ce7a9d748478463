"""Logs are followed in one message that changes in place and ends by itself, by a button or by a word.

Rows AU-05, AU-31, CC-40.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.room import CRITICAL, OMAR, VERA, Json, Room, text_of
from tests.scenarios.test_logs import SECRETS, everything_told

TITLE = "The newest lines of auditron-api"


def following(room: Room) -> list[Json]:
    """The messages that follow something."""
    return [one for one in room.from_bot(channel=CRITICAL) if TITLE in text_of(one)]


def count_in(message: Json) -> int:
    """How many lines it says that there were."""
    found = re.search(r"The last \d+ of (\d+) lines", text_of(message))
    return int(found[1]) if found else 0


def listing_of(message: Json) -> str:
    """The lines that it shows."""
    (block,) = [one for one in message["blocks"] if one["type"] == "rich_text"]
    text: str = block["elements"][0]["elements"][0]["text"]
    return text


async def goes_on(room: Room) -> Json:
    """Let time pass until the one message has more lines than it had."""
    (message,) = following(room)
    before = count_in(message)

    for _ in range(60):  # the pods of the practice cluster write a line every few seconds
        room.advance(seconds=3)
        await asyncio.sleep(0.25)
        (message,) = following(room)
        if count_in(message) > before:
            break
    assert count_in(message) > before
    return message


async def test_new_lines_are_shown_in_place_until_the_time_is_over(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    await room.command(VERA, "/ops", "auditron follow auditron-api for 10m")
    shown = await room.sees(f"{TITLE}.*Followed for <@{VERA}>")
    again = await goes_on(room)
    assert shown["ts"] == again["ts"]

    room.advance(minutes=11)
    await room.sees(f"{TITLE}.*The time is over")

    assert 1 == len(following(room))
    assert 1 == len(room.events("follow-ended"))
    leaks = [one for one in SECRETS if one in everything_told(room, "".join(capfd.readouterr()))]
    assert [] == leaks


async def test_a_button_or_a_word_ends_it(room: Room) -> None:
    await room.command(VERA, "/ops", "auditron follow auditron-api")
    message = await room.sees(TITLE)
    await room.press(OMAR, message, "Stop")
    await room.sees(f"<@{OMAR}> stopped it")

    await room.command(VERA, "/ops", "auditron follow auditron-worker for 10m")
    await room.sees("The newest lines of auditron-worker")
    await room.command(VERA, "/ops", "unfollow")
    await room.sees(f"auditron-worker.*<@{VERA}> stopped it")
    await room.command(VERA, "/ops", "unfollow")
    await room.hears(VERA, "Nothing is followed in this channel")


async def test_it_is_told_as_ended_although_the_cluster_never_answered(room: Room) -> None:
    room.cluster.fault("refuse", True)
    await room.command(VERA, "/ops", "auditron follow auditron-api")
    message = await room.sees(f"{TITLE}.*Followed for")
    await room.press(OMAR, message, "Stop")
    await room.sees(f"<@{OMAR}> stopped it")


async def test_who_ends_it_before_the_cluster_has_answered_is_told_so(room: Room) -> None:
    room.cluster.fault("hang", True)
    await room.command(VERA, "/ops", "auditron follow auditron-api")
    await room.until(lambda: room.events("follow-started"), "the beginning")
    await room.command(VERA, "/ops", "unfollow")
    await room.sees(f"{TITLE}.*<@{VERA}> stopped it")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "clinchat-rag follow clinchat-rag-api",
            "raw_logs: never.*preserve-logs.*https://logs.clinchat-rag.example.com",
        ),
        ("auditron follow auditron-api for 2h", "15m at most"),
        ("auditron follow nothing-here", "It lists: auditron-api"),
        ("auditron follow", "name a deployment or a pod"),
    ],
)
async def test_what_cannot_be_followed_is_refused_privately(room: Room, words: str, told: str) -> None:
    await room.command(OMAR, "/ops", words)
    await room.hears(OMAR, told)
    assert [] == [one for one in room.from_bot() if "The newest lines" in text_of(one)]


async def test_only_so_many_are_followed_in_a_channel(room: Room) -> None:
    for name in ("auditron-api", "auditron-worker", "otel-collector"):
        await room.command(VERA, "/ops", f"auditron follow {name}")
        await room.sees(f"The newest lines of {name}")
    await room.command(VERA, "/ops", "auditron follow auditron-api")
    await room.hears(VERA, "3 messages in this channel follow something already")


async def test_another_replica_goes_on_in_the_same_message_when_one_dies(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            await room.command(VERA, "/ops", "auditron follow auditron-api for 15m")
            shown = await room.sees(TITLE)
        async with serving_replica(room):
            again = await goes_on(room)
            assert shown["ts"] == again["ts"]
            assert 1 == len(following(room))


async def test_two_replicas_at_work_keep_one_message(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=2) as room:
        await room.command(VERA, "/ops", "auditron follow auditron-api for 15m")
        shown = await room.sees(TITLE)
        again = await goes_on(room)

        lines = [line for line in listing_of(again).splitlines() if line]
        assert shown["ts"] == again["ts"]
        assert len({*lines}) == len(lines)
