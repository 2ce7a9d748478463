"""The story of a rerun whose approval is spent while a replica dies."""

from __future__ import annotations

import json

from tests.chaos.alone import delivered_again
from tests.chaos.once import nothing_posted_twice, quiet, recorded_once, stands
from tests.scenarios.room import OMAR, RUTH, Json, Room, text_of

MITIGATION = "while the replica dies"


class RerunStory:
    """Ruth approves a rerun by words."""

    fuse = f"APPROVED for rerun - {MITIGATION}"

    def __init__(self, record: Json, thread: str, request: str) -> None:
        self._record, self._thread, self._request = record, thread, request

    async def begin(self, room: Room) -> None:
        await room.say(RUTH, self.fuse, self._thread)

    async def again(self, room: Room) -> None:
        """Slack delivers again by itself."""
        await delivered_again(room)

    async def ended_once(self, room: Room) -> None:
        """One approval file with the words of Ruth, the flag cleared by it, told and recorded once."""
        request, run = self._request, self._record["Run_ID"]
        await room.sees(f"{request}.*is done and was read back.*runs/APPROVALS", self._thread)
        await room.sees(f"Approve a rerun.*\\*State\\*.*done.*{request}", self._thread)
        await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
        approval = json.loads((room.monitor.root / f"runs/APPROVALS/{run}.json").read_text())
        assert (request, MITIGATION) == (approval["request_id"], approval["mitigation"])
        (companion,) = room.monitor.root.glob(f"runs/*/*/run_{run}.companion.json")
        told = json.loads(companion.read_text())
        assert (False, request) == (told["quarantined"], told["rerun"])
        outcomes = [one for one in stands(room, self._thread) if f"`{request}` is done" in text_of(one)]
        assert 1 == len(outcomes)
        recorded_once(room, request)
        nothing_posted_twice(stands(room))


async def a_rerun(room: Room) -> RerunStory:
    """A rerun that waits for Ruth."""
    record, root = await room.contained()
    await room.command(OMAR, "/rerun", f"{record['Run_ID']} because max_items is 1000 now")
    card = await room.sees("Approve a rerun.*waiting for approval", root["ts"])
    return RerunStory(record, root["ts"], room.request_id(card))
