"""A secret's key is made anew and two deployments are restarted: each once, wherever a replica dies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.chaos.approved import ApprovedStory, asked
from tests.chaos.written import now_at, writes
from tests.scenarios.room import Json, Room
from tests.scenarios.workloads import cluster_says, deployment

NAMESPACE, NAME, KEY = "auditron", "auditron-secrets", "jwt-secret"
FOLLOWERS = ("auditron-api", "auditron-worker")
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"


@dataclass
class RotationStory(ApprovedStory):
    """`before` is how everything was."""

    before: Json
    since: str
    generations: Mapping[str, int]

    async def changed_once(self, room: Room) -> None:
        """The secret was written once and each follower once, with this request's stamp."""
        after = await cluster_says(room, f"{SECRETS}/{NAME}")
        assert 1 == await writes(room, SECRETS, NAME, self.since)
        assert self.request == after["metadata"]["annotations"]["countersign.dev/request"]
        assert self.before["data"] | {KEY: after["data"][KEY]} == after["data"] != self.before["data"]
        for name in FOLLOWERS:
            found = await deployment(room, NAMESPACE, name)
            stamp = found["spec"]["template"]["metadata"]["annotations"]["countersign.dev/request"]
            assert (self.generations[name] + 1, self.request) == (found["metadata"]["generation"], stamp)


async def a_rotation(room: Room) -> RotationStory:
    """A request that waits for Ruth."""
    before = await cluster_says(room, f"{SECRETS}/{NAME}")
    since = await now_at(room, SECRETS)
    request = await asked(room, f"{NAMESPACE} rotate-secret {NAME} {KEY} because it leaked")
    found = {name: await deployment(room, NAMESPACE, name) for name in FOLLOWERS}
    generations = {name: one["metadata"]["generation"] for name, one in found.items()}
    return RotationStory(*request, before, since, generations)
