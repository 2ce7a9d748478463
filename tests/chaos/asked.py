"""Stories of actions whose effect is one call or one file, approved or not needing it: told once."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from sandbox.slack.errors import RefusedAct
from tests.chaos.alone import WORDS, delivered_again
from tests.chaos.once import nothing_posted_twice, quiet, stored
from tests.scenarios.opening import MANAGER_TOKEN
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, RUTH, Room, text_of

EXPOSURE = ("answers of certificates", "answers of receipts", "logs of app=retrieval-gateway")
_FRESH = itertools.count(1)


@dataclass
class AskedStory:
    """Somebody says the words that lead to the effect; `changed` is whether the target is as it was wanted.

    Either Ruth agrees in `thread` to `request`, or somebody types a `command` that nobody need agree to: then
    the request is the one whose reason holds `mark`.
    """

    channel: str
    changed: Callable[[Room], bool]
    request: str = ""
    thread: str = ""
    mark: str = ""
    command: str = ""
    who: str = OMAR

    @property
    def fuse(self) -> str:
        return self.mark if self.command else WORDS

    async def begin(self, room: Room) -> None:
        if not self.command:
            await room.say(RUTH, WORDS, self.thread, channel=self.channel)
            return
        with contextlib.suppress(RefusedAct):
            await room.command(self.who, "/ops", self.command, self.channel)

    async def again(self, room: Room) -> None:
        """Slack delivers words again by itself, and commands never: they were recorded or are typed again."""
        await delivered_again(room)

    async def ended_once(self, room: Room) -> None:
        """The target is as it was wanted; one card, one outcome; the record has each step once and no gap."""
        request = self.request or await self._marked(room)
        await room.sees(f"{request}.*is done and was read back", channel=self.channel)
        await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
        assert self.changed(room)
        told = [one for one in room.from_bot(channel=self.channel) if not one.get("deleted")]
        assert 1 == len([one for one in told if f"`{request}` is done" in text_of(one)])
        assert 1 == len([one for one in told if f"`{request}` · " in text_of(one)])
        assert "succeeded" == stored(room, request)["state"]
        record = room.record()
        steps = [entry["event"] for entry in record if entry["subject"] == request]
        assert 1 == steps.count("request-succeeded")
        assert list(range(1, len(record) + 1)) == [entry["seq"] for entry in record]
        nothing_posted_twice(told)

    async def _marked(self, room: Room) -> str:
        """The request whose reason holds the mark."""

        def look() -> str | None:
            asked = [one["subject"] for one in room.record() if one["event"].startswith("request-")]
            return next((one for one in asked if self.mark in stored(room, one)["reason"]), None)

        found: str = await room.until(look, f"a request with {self.mark}")
        return found


def _marked() -> str:
    return f"it must be, says {next(_FRESH):04}"


async def _waiting(room: Room, pattern: str, channel: str, changed: Callable[[Room], bool]) -> AskedStory:
    """The request whose card shows this."""
    card = await room.sees(f"waiting for approval.*{pattern}", channel=channel)
    return AskedStory(channel, changed, room.request_id(card), str(card.get("thread_ts") or card["ts"]))


async def a_resumption(room: Room) -> AskedStory:
    """The paused queue runs again; nobody need agree."""
    room.queue_admin.reset()
    room.queue_admin.paused = True
    mark = _marked()
    command = f"auditron queue-resume because {mark}"
    return AskedStory(ALERTS, lambda room: not room.queue_admin.paused, mark=mark, command=command)


async def a_cleaning(room: Room) -> AskedStory:
    """Finished jobs are removed, which is confirmed by typing the name."""
    room.queue_admin.reset()
    mark = _marked()
    await room.command(OMAR, "/ops", f"auditron queue-clean because {mark}")
    await room.submit(OMAR, because=mark, confirm="auditron")
    return await _waiting(room, mark, ALERTS, lambda room: room.queue_admin.counts["completed"] == 0)


async def a_key_revoked(room: Room) -> AskedStory:
    """An API key is revoked."""
    room.queue_admin.reset()
    mark = _marked()
    await room.command(OMAR, "/ops", f"auditron revoke-key key-acme-1 because {mark}")
    return await _waiting(room, mark, ALERTS, lambda room: not room.queue_admin.is_active("key-acme-1"))


async def a_classification(room: Room) -> AskedStory:
    """A case gets its root cause."""
    record, root = await room.contained()
    mark = _marked()
    await room.say(OMAR, f"@countersign classify-case Misconfig because {mark}", root["ts"])

    def written(room: Room) -> bool:
        case = room.case_of(record)
        notes = [note for note in case["Notes"] if mark in note["Text"]]
        return ("Misconfig", 1) == (case["Root_Cause"], len(notes))

    return await _waiting(room, mark, CRITICAL, written)


async def a_resolution(room: Room) -> AskedStory:
    """A documented case is resolved."""
    record, root = await room.contained()
    await room.resolution_asked(root)

    def resolved(room: Room) -> bool:
        return bool(room.case_of(record)["Status"] == "Resolved")

    return await _waiting(room, "an unbounded iterator", CRITICAL, resolved)


async def a_withdrawal(room: Room) -> AskedStory:
    """The approval of a rerun is withdrawn before it has run; nobody need agree."""
    record, root = await room.contained()
    run = record["Run_ID"]
    await room.command(OMAR, "/rerun", f"{run} because max_items is 1000 now")
    await room.sees("Approve a rerun.*waiting for approval", root["ts"])
    await room.say(RUTH, "APPROVED for rerun - max_items is 1000", root["ts"])
    await room.sees("is done and was read back.*runs/APPROVALS", root["ts"])
    mark = _marked()

    def withdrawn(room: Room) -> bool:
        approvals = room.monitor.root / "runs/APPROVALS"
        kept = [path for path in (approvals / "WITHDRAWN").iterdir() if run in path.name]
        return (False, 1) == ((approvals / f"{run}.json").exists(), len(kept))

    command = f"credit-monitoring withdraw-rerun {run} because {mark}"
    return AskedStory(CRITICAL, withdrawn, mark=mark, command=command, who=RUTH)


async def a_silence_ended(room: Room) -> AskedStory:
    """Somebody has made a silence in Alertmanager itself; nobody need agree to its end."""
    room.alertmanager.reset()
    now = room.clock.now()
    matchers = {"namespace": "auditron", "instance": "web-1"}
    body = {
        "matchers": [{"name": name, "value": value, "isRegex": False} for name, value in matchers.items()],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=2)).isoformat(),
        "createdBy": "somebody",
        "comment": "it is being moved",
    }
    headers = {"Authorization": f"Bearer {MANAGER_TOKEN}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{room.alertmanager.url}/api/v2/silences", json=body) as response,
    ):
        silence = (await response.json())["silenceID"]
    mark = _marked()

    def ended(room: Room) -> bool:
        ends = [path for method, path, _ in room.alertmanager.calls if method == "DELETE"]
        return [f"/api/v2/silence/{silence}"] == ends and not room.alertmanager.hides(matchers)

    return AskedStory(ALERTS, ended, mark=mark, command=f"auditron unsilence {silence} because {mark}")


async def an_exposure(room: Room) -> AskedStory:
    """What policy names for an exposure is saved in one go (PF-51)."""
    return _saving("provability-fabric preserve-evidence exposure", CRITICAL, *EXPOSURE)


async def logs_saved(room: Room) -> AskedStory:
    """The logs of a deployment are saved (CC-56)."""
    return _saving("clinchat-rag preserve-logs clinchat-rag-api", ALERTS, "logs of clinchat-rag-api")


async def events_saved(room: Room) -> AskedStory:
    """The events of all namespaces are saved (CC-56)."""
    return _saving("clinchat-rag preserve-events 24h", ALERTS, "events of all namespaces")


def _saving(words: str, channel: str, *parts: str) -> AskedStory:
    """Evidence is saved, which nobody need agree to."""
    mark = _marked()

    def saved(room: Room) -> bool:
        """Each part is entered once, under one request, and its file is the one that was entered."""
        lines = map(json.loads, (room.evidence / "manifest.jsonl").read_text().splitlines())
        mine = [line for line in lines if mark in line["why"]]
        (request,) = {line["request"] for line in mine}
        files = {line["file"]: line["sha256"] for line in mine}
        kept = {one.name for one in room.evidence.iterdir() if request in one.name}
        whole = all(
            digest == hashlib.sha256((room.evidence / name).read_bytes()).hexdigest()
            for name, digest in files.items()
        )
        return whole and sorted(parts) == sorted(line["what"] for line in mine) and kept == files.keys()

    return AskedStory(channel, saved, mark=mark, command=f"{words} because {mark}")
