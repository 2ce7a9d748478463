"""What refusals have in common: a release that waits, and the proof that nothing happened to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.chaos.once import quiet
from tests.scenarios.room import OMAR, Json, Room


def disk(room: Room) -> dict[str, str]:
    """Every file of the monitor by path, with its SHA-256."""
    files = [path for path in room.monitor.root.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {
        str(path.relative_to(room.monitor.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def state(room: Room, request_id: str) -> str:
    """The state of a request as the audit record tells it."""
    steps = [entry["event"] for entry in room.record() if entry["subject"] == request_id]
    return str([step for step in steps if step.startswith("request-")][-1]).removeprefix("request-")


@dataclass(frozen=True)
class Waiting:
    """A release that waits for its approval, with its criteria met unless said otherwise."""

    record: Json
    thread: str
    card: Json
    id: str
    disk: dict[str, str]

    @property
    def run(self) -> str:
        return str(self.record["Run_ID"])


async def release_waits(room: Room, who: str, *, resolved: bool = True) -> Waiting:
    """A quarantined run whose release is asked for."""
    record, root = await room.contained()
    if resolved:
        await room.resolved(record, root)
    card = await room.release_asked(record, root, who)
    return Waiting(record, root["ts"], card, room.request_id(card), disk(room))


async def settled_release(room: Room) -> Waiting:
    """A release that waits, with nothing on its way, which would wait for its lease when a replica goes."""
    waiting = await release_waits(room, OMAR)
    await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
    return waiting


async def resolution_asked(room: Room, thread: str) -> str:
    """Omar documents the case; returns the id of the request to resolve it, which waits."""
    await room.say(OMAR, "@countersign resolve-case", thread)
    await room.press(OMAR, await room.hears(OMAR, "Open the form"), "Open the form")
    await room.submit(
        OMAR, root_cause="Misconfig", analysis="no limit", mitigation="a limit", evidence="the access log"
    )
    return room.request_id(await room.sees("Resolve the case.*waiting for approval", thread))


def assert_untouched(room: Room, waiting: Waiting) -> None:
    """The request still waits and no file differs."""
    assert "awaiting_approval" == state(room, waiting.id)
    assert waiting.disk == disk(room)


@contextmanager
def events_withheld(room: Room) -> Iterator[None]:
    """Slack delivers nothing until the end, then everything in order."""
    fault = room.slack.faults.add({"kind": "no_events"})
    try:
        yield
    finally:
        room.slack.faults.clear(fault.id)
