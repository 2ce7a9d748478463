"""Somebody who can write to the store, but has none of the bot's keys, edits a waiting request."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from handlers.changes import due
from handlers.requests.transitions import request_key
from handlers.work import Queue
from tests.chaos.once import KEYS, Release, digests, quiet, stored, waiting_release
from tests.chaos.victim import TUNING
from tests.scenarios.opening import ops_room
from tests.scenarios.room import IVO, OMAR, RUTH, Json, Room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, tuning=TUNING) as opened:
        yield opened


def edit(room: Room, request: str, **fields: Any) -> None:
    """Change fields of the stored request, and nothing else."""
    document = stored(room, request) | fields
    with room.server.plain() as client:
        client.hset(KEYS.object(request_key(request)), "doc", json.dumps(document))


@asynccontextmanager
async def approved(room: Room, release: Release) -> AsyncIterator[Json]:
    """Ruth's true approval of this very release, which is not spent before the end: the folder is away."""
    root = room.monitor.root
    away = root.rename(root.with_name("away"))
    try:
        await room.say(RUTH, "APPROVED - truly", release.thread)
        counted = await room.until(lambda: stored(room, release.request)["approvals"], "the approval")
        yield counted[0]
    finally:
        away.rename(root)


def have_it_run(room: Room, request: str) -> None:
    """Queue the execution, as an approval does."""
    queue, item = KEYS.queue(Queue.DUE), f"request/{request}/run"
    with room.server.plain() as client:
        client.hset(queue.bodies, item, due("execute", request=request))
        client.zadd(queue.visible, {item: 1})


async def resolving_approval(room: Room, release: Release) -> Json:
    """Ruth's true approval of another request: the one that resolved the case."""
    for key in {entry["subject"] for entry in room.events("request-approved")}:
        approvals = stored(room, key)["approvals"]
        if approvals and stored(room, key)["target"] == room.case_of(release.record)["Case_ID"]:
            found: Json = approvals[0]
            return found
    raise AssertionError("nobody approved the resolution")


async def nothing_happened(room: Room, release: Release) -> None:
    """The files stay, no success is recorded, no note is written."""
    await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
    assert release.files == digests(room, release.record, "QUARANTINE")
    steps = [entry["event"] for entry in room.record() if entry["subject"] == release.request]
    assert "request-succeeded" not in steps
    assert [] == [
        note for note in room.case_of(release.record)["Notes"] if note["Request_ID"] == release.request
    ]


@pytest.mark.parametrize("state", ["approved", "executing"])
@pytest.mark.parametrize("by", ["nobody", RUTH, IVO])
async def test_a_state_written_by_a_stranger_has_no_effect_and_is_told(
    room: Room, state: str, by: str
) -> None:
    release = await waiting_release(room)
    forged = [] if by == "nobody" else [await resolving_approval(room, release) | {"by": by}]
    edit(room, release.request, state=state, approvals=forged, claim=int(state == "executing"))
    have_it_run(room, release.request)
    await room.sees(f"{release.request}.*the bot's own mark", release.thread)
    await nothing_happened(room, release)


async def test_an_approver_swapped_after_the_approval_has_no_effect(room: Room) -> None:
    release = await waiting_release(room)
    async with approved(room, release) as approval:
        edit(room, release.request, approvals=[approval | {"by": IVO}])
    have_it_run(room, release.request)
    await room.sees(f"{release.request}.*the bot's own mark", release.thread)
    await nothing_happened(room, release)


async def test_requesters_emptied_after_the_approval_have_no_effect(room: Room) -> None:
    release = await waiting_release(room)
    async with approved(room, release):
        edit(room, release.request, requesters=[])
    have_it_run(room, release.request)
    await room.sees(f"{release.request}.*the bot's own mark", release.thread)
    await nothing_happened(room, release)


@pytest.mark.parametrize(
    ("requesters", "told"), [([], "It is not recorded who asked"), ([OMAR], "the bot's own mark")]
)
async def test_a_requester_who_was_taken_out_of_the_request_cannot_approve_it(
    room: Room, requesters: list[str], told: str
) -> None:
    record, root = await room.contained()
    await room.resolved(record, root)
    card = await room.release_asked(record, root, who=RUTH)
    files = digests(room, record, "QUARANTINE")
    release = Release(record, root["ts"], room.request_id(card), files)
    edit(room, release.request, requesters=requesters)
    await room.say(RUTH, "APPROVED - my own request", release.thread)
    await room.sees(told, release.thread)
    await nothing_happened(room, release)
