"""A replica dies at every port call of an approved release; another one finishes it (invariants 1 to 4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.workers import Tuning
from tests.chaos.victim import Orders, start
from tests.scenarios.room import RUTH, Json, Room, ops_room, text_of

SHARDS = 4
WORDS = "APPROVED - while the replica dies"
LEASES = 60.0
"""Seconds that are skipped for every lease of the dead replica to have ended."""


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    tuning = Tuning(lease=5.0, poll=0.02, heartbeat=0.5, lifetime=3600.0, drift=None)
    async with ops_room(tmp_path, tuning=tuning) as opened:
        yield opened


async def waiting_release(room: Room) -> tuple[Json, str, str]:
    """A release that waits for its approval: the record, the thread, the request's id."""
    record, root = await room.contained()
    await room.resolved(record, root)
    card = await room.release_asked(record, root)
    return record, root["ts"], room.request_id(card)


async def die(room: Room, log: Path, kill: int, *, after: bool, thread: str) -> bool:
    """Let a victim handle the approval alone, until it dies (or, with `kill` 0, until it has finished).

    Returns whether it died by its own hand: calls may come in another order than in the run that was counted.
    """
    survivor = room.replicas[0]
    survivor.health.set("test", "it is the victim's turn")
    skipped = (room.clock.now() - room.machine_now()).total_seconds()
    victim = start(Orders(room.environment, skipped, WORDS, log, kill, after))
    try:
        await room.say(RUTH, WORDS, thread)
        if kill:
            await room.until(lambda: not victim.is_alive() or _finished(room, thread), "the victim to die")
        else:
            await room.until(lambda: _finished(room, thread), "the victim to finish")
            await asyncio.sleep(0.5)
        died = not victim.is_alive()
    finally:
        victim.kill()
        await asyncio.to_thread(victim.join)
    room.advance(seconds=LEASES)
    survivor.health.set("test", "")
    return died


def _finished(room: Room, thread: str) -> bool:
    return any("Released: 2 files back" in text_of(one) for one in room.from_bot(thread)[-1:])


async def told_and_done_once(room: Room, record: Json, thread: str, request: str) -> None:
    """The effect happened once; the thread and the record tell the truth, once."""
    await room.sees(f"{request}.*is done and was read back.*Released", thread)
    await room.sees(f"Release a run.*\\*State\\*.*done.*{request}", thread)
    assert room.where(record["Run_ID"]).startswith("runs/CREDIT_MONITORING/")
    outcomes = [one for one in room.from_bot(thread) if f"`{request}` is done" in text_of(one)]
    cards = [one for one in room.from_bot(thread) if f"`{request}` · credit-monitoring" in text_of(one)]
    assert (1, 1) == (len(outcomes), len(cards))
    ends = [entry["event"] for entry in room.record() if entry["subject"] == request]
    assert 1 == ends.count("request-succeeded")
    notes = [note for note in room.case_of(record)["Notes"] if note["Request_ID"] == request]
    assert 1 == len(notes)
    sequence = [entry["seq"] for entry in room.record()]
    assert list(range(1, len(sequence) + 1)) == sequence


async def points_of(room: Room, folder: Path) -> list[str]:
    """Every port call from the claimed approval to the last message, as an unharmed replica makes them."""
    record, thread, request = await waiting_release(room)
    log = folder / "unharmed.log"
    await die(room, log, 0, after=False, thread=thread)
    await told_and_done_once(room, record, thread, request)
    return log.read_text().splitlines()


@pytest.mark.parametrize("shard", range(SHARDS))
async def test_a_release_survives_a_replica_that_dies_at_any_port_call(
    room: Room, tmp_path: Path, shard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    points = await points_of(room, tmp_path)
    assert any("files.release" in point for point in points)
    deaths = 0
    for point in points[shard::SHARDS]:
        number, when, name = point.split()
        record, thread, request = await waiting_release(room)
        log = tmp_path / f"{number}-{when}.log"
        deaths += await die(room, log, int(number), after=when == "after", thread=thread)
        try:
            await told_and_done_once(room, record, thread, request)
        except AssertionError as error:
            raise AssertionError(f"killed {when} call {number} ({name}): {error}") from error
    assert deaths >= len(points[shard::SHARDS]) * 0.8
    with capsys.disabled():
        print(f"\nshard {shard} of {SHARDS}, {deaths} deaths: " + ", ".join(points[shard::SHARDS]))
