"""Stories of a deployment that is changed by two people, and how each must end: changed once, told once."""

from __future__ import annotations

from dataclasses import dataclass

from tests.chaos.approved import ApprovedStory, asked, card_since
from tests.scenarios.room import ALERTS, OMAR, Room
from tests.scenarios.workloads import cluster_says, deployment, path_of

NAMESPACE, NAME = "auditron", "auditron-worker"
CLINCHAT, API = "clinchat-rag", "clinchat-rag-api"
IMAGES = tuple(f"ghcr.io/yourorg/api@sha256:{letter * 64}" for letter in "ab")
"""By digest, as policy wants it; either of the two."""


@dataclass
class DeploymentStory(ApprovedStory):
    """`generation` is the deployment's before it."""

    namespace: str
    name: str
    generation: int

    async def changed_once(self, room: Room) -> None:
        """One write came through, with this request's stamp."""
        meta = (await deployment(room, self.namespace, self.name))["metadata"]
        assert (self.generation + 1, self.request) == (
            meta["generation"],
            meta["annotations"]["countersign.dev/request"],
        )


async def _waiting(room: Room, command: str) -> DeploymentStory:
    """A request that waits for Ruth."""
    request = await asked(room, f"{NAMESPACE} {command} because it must be")
    before = await deployment(room, NAMESPACE, NAME)
    return DeploymentStory(*request, NAMESPACE, NAME, before["metadata"]["generation"])


async def a_scaling(room: Room) -> DeploymentStory:
    """To one replica more, or back."""
    replicas = (await deployment(room, NAMESPACE, NAME))["spec"]["replicas"]
    return await _waiting(room, f"scale {NAME} {3 if replicas == 2 else 2}")


@dataclass
class RolloutStory(DeploymentStory):
    """Whether the rollout is `paused` in the end."""

    paused: bool

    async def changed_once(self, room: Room) -> None:
        await super().changed_once(room)
        found = await deployment(room, self.namespace, self.name)
        assert self.paused == found["spec"].get("paused", False)


async def a_rollout_paused(room: Room) -> RolloutStory:
    """The cluster is as at first each time."""
    room.cluster.reset()
    story = await _waiting(room, f"pause-rollout {NAME}")
    return RolloutStory(**vars(story), paused=True)


async def a_rollout_resumed(room: Room) -> RolloutStory:
    """It was paused behind the bot's back."""
    room.cluster.reset()
    await cluster_says(room, path_of(NAMESPACE, NAME), "PATCH", {"spec": {"paused": True}})
    story = await _waiting(room, f"resume-rollout {NAME}")
    return RolloutStory(**vars(story), paused=False)


async def a_restart(room: Room) -> DeploymentStory:
    """Every pod is replaced."""
    return await _waiting(room, f"restart {NAME}")


async def a_rollback(room: Room) -> DeploymentStory:
    """To the revision before."""
    return await _waiting(room, f"rollback {NAME}")


async def an_image(room: Room) -> DeploymentStory:
    """Another image, round the release pipeline (CC-16)."""
    before = await deployment(room, CLINCHAT, API)
    (container,) = before["spec"]["template"]["spec"]["containers"]
    image = next(one for one in IMAGES if one != container["image"])
    known, because = {one["ts"] for one in room.from_bot(channel=ALERTS)}, "it leaks"
    await room.command(OMAR, "/ops", f"{CLINCHAT} set-image {API} {image} because {because}")
    await room.submit(OMAR, deployment=API, image=image, because=because, confirm=API)
    request = await card_since(room, known, ALERTS)
    return DeploymentStory(*request, CLINCHAT, API, before["metadata"]["generation"])
