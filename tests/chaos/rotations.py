"""A secret's key is made anew and two deployments are restarted: each once, wherever a replica dies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from tests.chaos.alone import WORDS, delivered_again
from tests.chaos.once import nothing_posted_twice, quiet, recorded_once
from tests.scenarios.room import ALERTS, OMAR, RUTH, Json, Room, text_of
from tests.scenarios.workloads import cluster_says, deployment

NAMESPACE, NAME, KEY = "auditron", "auditron-secrets", "jwt-secret"
FOLLOWERS = ("auditron-api", "auditron-worker")
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"


@dataclass
class RotationStory:
    """Ruth approves by words what Omar asked for; `before` is how everything was."""

    thread: str
    request: str
    before: Json
    since: str
    generations: Mapping[str, int]

    fuse = WORDS

    async def begin(self, room: Room) -> None:
        await room.say(RUTH, WORDS, self.thread, channel=ALERTS)

    async def again(self, room: Room) -> None:
        await delivered_again(room)

    async def ended_once(self, room: Room) -> None:
        """The secret was written once and each follower once, with this request's stamp, and told once."""
        await room.sees(f"{self.request}.*is done and was read back", self.thread, channel=ALERTS)
        await room.until(lambda: quiet(room), "the queues and the outbox to be empty")
        after = await cluster_says(room, f"{SECRETS}/{NAME}")
        assert 1 == await written(room, self.since)
        assert self.request == after["metadata"]["annotations"]["countersign.dev/request"]
        assert self.before["data"] | {KEY: after["data"][KEY]} == after["data"] != self.before["data"]
        for name in FOLLOWERS:
            found = await deployment(room, NAMESPACE, name)
            stamp = found["spec"]["template"]["metadata"]["annotations"]["countersign.dev/request"]
            assert (self.generations[name] + 1, self.request) == (found["metadata"]["generation"], stamp)
        told = [one for one in room.from_bot(channel=ALERTS) if not one.get("deleted")]
        assert 1 == len([one for one in told if f"`{self.request}` is done" in text_of(one)])
        recorded_once(room, self.request)
        nothing_posted_twice(told)


async def written(room: Room, since: str) -> int:
    """How often the secret was written since a version, as a watch tells it."""
    query = {"watch": "true", "resourceVersion": since, "timeoutSeconds": "1"}
    headers = {"Authorization": f"Bearer {room.cluster.tokens['admin']}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{room.cluster.url}{SECRETS}", params=query) as response,
    ):
        events = [json.loads(line) async for line in response.content]
    return sum(event["object"]["metadata"]["name"] == NAME for event in events)


async def a_rotation(room: Room) -> RotationStory:
    """A request that waits for Ruth."""
    known = {one["ts"] for one in room.from_bot(channel=ALERTS)}
    before = await cluster_says(room, f"{SECRETS}/{NAME}")
    since = (await cluster_says(room, SECRETS))["metadata"]["resourceVersion"]
    await room.command(OMAR, "/ops", f"{NAMESPACE} rotate-secret {NAME} {KEY} because it leaked")
    card = await room.until(
        lambda: next((one for one in room.from_bot(channel=ALERTS) if one["ts"] not in known), None),
        "the card",
    )
    found = {name: await deployment(room, NAMESPACE, name) for name in FOLLOWERS}
    generations = {name: one["metadata"]["generation"] for name, one in found.items()}
    return RotationStory(card["ts"], room.request_id(card), before, since, generations)
