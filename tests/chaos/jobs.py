"""A command runs as a Job that two people agreed to: one Job, told once, wherever a replica dies."""

from __future__ import annotations

from dataclasses import dataclass

from tests.chaos.alone import WORDS, delivered_again
from tests.chaos.once import nothing_posted_twice, quiet, recorded_once
from tests.scenarios.room import ALERTS, OMAR, RUTH, Room, text_of
from tests.scenarios.workloads import cluster_says

JOBS = "/apis/batch/v1/namespaces/auditron/jobs"


@dataclass
class JobStory:
    """Ruth approves by words what Omar asked for."""

    thread: str
    request: str

    fuse = WORDS

    async def begin(self, room: Room) -> None:
        await room.say(RUTH, WORDS, self.thread, channel=ALERTS)

    async def again(self, room: Room) -> None:
        await delivered_again(room)

    async def ended_once(self, room: Room) -> None:
        """There is one Job of this request, it has succeeded, and thread and record tell it once."""
        await room.sees(f"{self.request}.*is done and was read back", self.thread, channel=ALERTS)
        await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
        found = (await cluster_says(room, JOBS))["items"]
        stamps = [one["metadata"]["annotations"]["countersign.dev/request"] for one in found]
        assert 1 == stamps.count(self.request)
        (made,) = (one for one in found if self.request.lower() in one["metadata"]["name"])
        assert 1 == made["status"]["succeeded"]
        told = [one for one in room.from_bot(channel=ALERTS) if not one.get("deleted")]
        assert 1 == len([one for one in told if f"`{self.request}` is done" in text_of(one)])
        recorded_once(room, self.request)
        nothing_posted_twice(told)


async def a_job(room: Room) -> JobStory:
    """A request that waits for Ruth."""
    known = {one["ts"] for one in room.from_bot(channel=ALERTS)}
    await room.command(OMAR, "/ops", "auditron run-job db-size because it must be known")
    card = await room.until(
        lambda: next((one for one in room.from_bot(channel=ALERTS) if one["ts"] not in known), None),
        "the card",
    )
    return JobStory(card["ts"], room.request_id(card))
