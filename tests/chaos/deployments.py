"""Stories of a deployment that is changed by two people, and how each must end: changed once, told once."""

from __future__ import annotations

from dataclasses import dataclass

from tests.chaos.alone import WORDS, delivered_again
from tests.chaos.once import nothing_posted_twice, quiet, recorded_once
from tests.scenarios.room import ALERTS, OMAR, RUTH, Room, text_of
from tests.scenarios.workloads import deployment

NAMESPACE, NAME = "auditron", "auditron-worker"


@dataclass
class DeploymentStory:
    """Ruth approves by words what Omar asked for; `generation` is the deployment's before it."""

    thread: str
    request: str
    generation: int

    fuse = WORDS

    async def begin(self, room: Room) -> None:
        await room.say(RUTH, WORDS, self.thread, channel=ALERTS)

    async def again(self, room: Room) -> None:
        """Slack delivers again by itself."""
        await delivered_again(room)

    async def ended_once(self, room: Room) -> None:
        """One write came through, with this request's stamp; thread and record tell it once."""
        await room.sees(f"{self.request}.*is done and was read back", self.thread, channel=ALERTS)
        await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
        meta = (await deployment(room, NAMESPACE, NAME))["metadata"]
        assert (self.generation + 1, self.request) == (
            meta["generation"],
            meta["annotations"]["countersign.dev/request"],
        )
        told = [one for one in room.from_bot(channel=ALERTS) if not one.get("deleted")]
        outcomes = [one for one in told if f"`{self.request}` is done" in text_of(one)]
        cards = [one for one in told if f"`{self.request}` · {NAMESPACE}" in text_of(one)]
        assert (1, 1) == (len(outcomes), len(cards))
        recorded_once(room, self.request)
        nothing_posted_twice(told)


async def _waiting(room: Room, command: str) -> DeploymentStory:
    """A request that waits for Ruth."""
    known = {one["ts"] for one in room.from_bot(channel=ALERTS)}
    await room.command(OMAR, "/ops", f"{NAMESPACE} {command} because it must be")
    card = await room.until(
        lambda: next((one for one in room.from_bot(channel=ALERTS) if one["ts"] not in known), None),
        "the card",
    )
    before = await deployment(room, NAMESPACE, NAME)
    return DeploymentStory(card["ts"], room.request_id(card), before["metadata"]["generation"])


async def a_scaling(room: Room) -> DeploymentStory:
    """To one replica more, or back."""
    replicas = (await deployment(room, NAMESPACE, NAME))["spec"]["replicas"]
    return await _waiting(room, f"scale {NAME} {3 if replicas == 2 else 2}")


async def a_restart(room: Room) -> DeploymentStory:
    """Every pod is replaced."""
    return await _waiting(room, f"restart {NAME}")


async def a_rollback(room: Room) -> DeploymentStory:
    """To the revision before."""
    return await _waiting(room, f"rollback {NAME}")
