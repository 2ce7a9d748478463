"""What every story under chaos must end in: the effect once, told once, recorded once, nothing left over."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import redis

from bot.store.keys import Keys
from handlers.alerts.stored import alert_key
from handlers.requests.transitions import request_key
from handlers.work import Queue
from tests.scenarios.room import Json, Room, text_of

KEYS = Keys("T0PRACTICE")


@dataclass(frozen=True)
class Release:
    """A release that waits for its approval; `files` are the run's names and digests."""

    record: Json
    thread: str
    request: str
    files: dict[str, str]


async def waiting_release(room: Room) -> Release:
    """A quarantined run with a resolved case whose release is asked for."""
    record, root = await room.contained()
    await room.resolved(record, root)
    card = await room.release_asked(record, root)
    return Release(record, root["ts"], room.request_id(card), digests(room, record, "QUARANTINE"))


def _files(room: Room, record: Json) -> list[Path]:
    """Every file of the run wherever it lies, without the bot's own companion."""
    found = [path for path in room.monitor.root.glob(f"runs/*/*/run_{record['Run_ID']}.*") if path.is_file()]
    return [path for path in found if not path.name.endswith(".companion.json")]


def digests(room: Room, record: Json, area: str) -> dict[str, str]:
    """The run's files by name with their SHA-256; each must be there once, all of them in one area."""
    files = _files(room, record)
    assert [area] * len(files) == [path.parents[1].name for path in files]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert len(files) == len(found)
    return found


def quiet(room: Room) -> bool:
    """Whether nothing waits, is claimed or is to be sent, later timers aside; false without a store."""
    with contextlib.suppress(redis.ConnectionError), room.server.plain() as client:
        queues = [KEYS.queue(queue) for queue in Queue]
        now = room.clock.now().timestamp() * 1000
        waiting = sum(int(client.zcount(one.visible, "-inf", now)) for one in queues)
        claimed = sum(int(client.hlen(one.claims)) for one in queues)
        return waiting + claimed + int(client.hlen(KEYS.outbox_deliveries)) == 0
    return False


def stored(room: Room, request: str) -> Json:
    """A request as the store holds it."""
    with room.server.plain() as client:
        document = client.hget(KEYS.object(request_key(request)), "doc")
    assert document is not None
    told: Json = json.loads(document)
    return told


def recorded_once(room: Room, request: str) -> None:
    """The request is succeeded, its record has each step once, and the record's numbers have no gap."""
    assert "succeeded" == stored(room, request)["state"]
    steps = [entry["event"] for entry in room.record() if entry["subject"] == request]
    assert (1, 1) == (steps.count("request-approved"), steps.count("request-succeeded"))
    sequence = [entry["seq"] for entry in room.record()]
    assert list(range(1, len(sequence) + 1)) == sequence


def stands(room: Room, thread: str = "") -> list[Json]:
    """The bot's messages in #ops-critical, or in one thread of it, without those it took back."""
    return [one for one in room.from_bot(thread) if not one.get("deleted")]


def nothing_posted_twice(messages: list[Json]) -> None:
    """No message of the outbox and no slot stands twice in Slack."""
    posts = [one["metadata"]["event_payload"] for one in messages]
    for name in ("outbox_id", "slot"):
        seen = [post[name] for post in posts]
        assert sorted(set(seen)) == sorted(seen)


async def released_once(room: Room, release: Release) -> None:
    """The files are home, the case has its note, the thread and the record tell it once."""
    request, thread = release.request, release.thread
    await room.sees(f"{request}.*is done and was read back.*Released", thread)
    await room.sees(f"Release a run.*\\*State\\*.*done.*{request}", thread)
    await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
    moved_once(room, release)
    # A second post is taken back by work of its own, which may come after the queues were seen empty.
    await room.until(lambda: (1, 1) == _told(room, release), "one outcome and one card")
    await room.until(lambda: quiet(room), "the queues and the outbox to be empty again")
    nothing_posted_twice(stands(room))


def _told(room: Room, release: Release) -> tuple[int, int]:
    """How many outcomes and cards of the request stand in its thread."""
    said = [text_of(one) for one in stands(room, release.thread)]
    request = release.request
    return (
        sum(f"`{request}` is done" in one for one in said),
        sum(f"`{request}` · credit-monitoring" in one for one in said),
    )


def moved_once(room: Room, release: Release) -> None:
    """The files are home as they were, the case has one note, the record has each step once."""
    assert release.files == digests(room, release.record, "CREDIT_MONITORING")
    (companion,) = room.monitor.root.glob(f"runs/*/*/run_{release.record['Run_ID']}.companion.json")
    told = json.loads(companion.read_text())
    assert ("released", release.request) == (told["state"], told["request_id"])
    stamps = [note["Request_ID"] for note in room.case_of(release.record)["Notes"]]
    assert 1 == stamps.count(release.request)
    recorded_once(room, release.request)


async def left_to_people_once(room: Room, release: Release) -> None:
    """It ended as unknown and says so; whatever came of it came once."""
    await room.sees(f"{release.request}.*may or may not have had its effect", release.thread)
    await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
    area = "QUARANTINE" if "QUARANTINE" in room.where(release.record["Run_ID"]) else "CREDIT_MONITORING"
    assert release.files == digests(room, release.record, area)
    stamps = [note["Request_ID"] for note in room.case_of(release.record)["Notes"]]
    assert stamps.count(release.request) <= 1
    steps = [entry["event"] for entry in room.record() if entry["subject"] == release.request]
    assert (1, 0) == (steps.count("request-unknown"), steps.count("request-succeeded"))
    nothing_posted_twice(stands(room))


async def contained_once(room: Room, record: Json, files: dict[str, str]) -> None:
    """The run is in quarantine, it has one case, and one thread says what was verified."""
    run = record["Run_ID"]
    await room.sees(rf"SEV0.*{run}.*Quarantined: .*is open \(status Open\)|{run}.*is open .*Quarantined: ")
    await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
    assert files == digests(room, record, "QUARANTINE")
    cases = [json.loads(path.read_text()) for path in (room.monitor.root / "cases").glob("CASE-*.json")]
    assert 1 == len([case for case in cases if case["Primary_Run_ID"] == run])
    about = [entry for entry in room.events("alert-firing") if entry["detail"].get("about") == run]
    assert 1 == len(about)
    slot = f"alert/{about[0]['subject']}"
    (root,) = [one for one in stands(room) if one["metadata"]["event_payload"]["slot"] == slot]
    shown = text_of(root)
    assert (1, 1) == (shown.count("Quarantined: "), shown.count("is open (status Open)"))
    with room.server.plain() as client:
        alert = json.loads(client.hget(KEYS.object(alert_key(about[0]["subject"])), "doc") or "{}")
    assert (True, 2) == (alert["contained"], len(alert["containment"]))
    for request in alert["containment"]:
        recorded_once(room, request)
    nothing_posted_twice(stands(room))
