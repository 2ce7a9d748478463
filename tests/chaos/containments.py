"""A node is cordoned, drained, let back; a deployment is cut off, let back (CC-55, PF-49 to PF-51)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from tests.chaos.approved import ApprovedStory
from tests.chaos.written import now_at, writes
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, RUTH, Json, Room
from tests.scenarios.workloads import cluster_says, deployment, path_of

NODES = "/api/v1/nodes"
NODE, GATEWAY = "practice-node-3", "retrieval-gateway"
REQUEST = "countersign.dev/request"
BUDGET = "/apis/policy/v1/namespaces/clinchat-rag/poddisruptionbudgets/clinchat-rag-api"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/provability-fabric/networkpolicies"
AWAY = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
"""Sends every pod away but those of DaemonSets."""
_FRESH = itertools.count(1)


@dataclass
class NodeStory(ApprovedStory):
    """A node takes pods or does not, and was written by the bot once since a version."""

    cordoned: bool
    since: str

    async def changed_once(self, room: Room) -> None:
        # The second write is the cluster's own: the node's taint follows.
        assert 2 == await writes(room, NODES, NODE, self.since)
        node = await cluster_says(room, f"{NODES}/{NODE}")
        stamp = node["metadata"]["annotations"][REQUEST]
        assert (self.cordoned, self.request) == (node["spec"].get("unschedulable", False), stamp)


class DrainStory(ApprovedStory):
    """Every pod that a drain moves leaves the node."""

    async def changed_once(self, room: Room) -> None:
        node = await cluster_says(room, f"{NODES}/{NODE}")
        assert node["spec"]["unschedulable"]
        assert self.request == node["metadata"]["annotations"][REQUEST]
        assert [] == await moved_from(room)


async def moved_from(room: Room) -> list[str]:
    """The pods on the node that a drain moves."""
    found = await cluster_says(room, f"/api/v1/pods?fieldSelector=spec.nodeName%3D{NODE}")
    pods = [one["metadata"] for one in found["items"]]
    return [one["name"] for one in pods if one["ownerReferences"][0]["kind"] == "ReplicaSet"]


class IsolationStory(ApprovedStory):
    """The policy is made once and the deployment written once, both with this request's stamp."""

    async def changed_once(self, room: Room) -> None:
        (policy,) = (await cluster_says(room, POLICIES))["items"]
        found = await deployment(room, "provability-fabric", GATEWAY)
        assert 0 == found["spec"]["replicas"]
        for one in (policy, found):
            told = one["metadata"]["annotations"]
            assert (self.request, "3") == (told[REQUEST], told["countersign.dev/replicas-before"])


@dataclass
class LettingBackStory(ApprovedStory):
    """The bot's policy is gone, and the replicas are back: one write after `generation`."""

    generation: int

    async def changed_once(self, room: Room) -> None:
        assert [] == (await cluster_says(room, POLICIES))["items"]
        found = await deployment(room, "provability-fabric", GATEWAY)
        meta = found["metadata"]
        assert (3, self.request) == (found["spec"]["replicas"], meta["annotations"][REQUEST])
        assert self.generation + 1 == meta["generation"]


async def a_cordon(room: Room) -> NodeStory:
    """The node takes pods each time."""
    return await _node(room, "cordon", cordoned=True)


async def an_uncordon(room: Room) -> NodeStory:
    """It was cordoned behind the bot's back."""
    return await _node(room, "uncordon", cordoned=False)


async def _node(room: Room, action: str, *, cordoned: bool) -> NodeStory:
    room.cluster.reset()
    if not cordoned:
        await cluster_says(room, f"{NODES}/{NODE}", "PATCH", {"spec": {"unschedulable": True}})
    since = await now_at(room, NODES)
    mark = f"it is odd, says {next(_FRESH)}."
    await room.command(OMAR, "/ops", f"clinchat-rag {action} {NODE} because {mark}")
    return NodeStory(*await _asked(room, ALERTS, mark), cordoned, since)


async def a_drain(room: Room) -> DrainStory:
    """On the node are three pods each time; they can live nowhere else, and their budget lets them go."""
    room.cluster.reset()
    for taints in ([AWAY], None):
        await cluster_says(room, f"{NODES}/{NODE}", "PATCH", {"spec": {"taints": taints}})
    await cluster_says(room, BUDGET, "PATCH", {"spec": {"minAvailable": 0}})
    template = {"spec": {"nodeSelector": {"kubernetes.io/hostname": NODE}}}
    await cluster_says(
        room, path_of("clinchat-rag", "clinchat-rag-api"), "PATCH", {"spec": {"template": template}}
    )
    assert 3 == len(await moved_from(room))
    mark = f"it is compromised, says {next(_FRESH)}."
    await room.command(OMAR, "/ops", f"clinchat-rag drain {NODE} because {mark}")
    return DrainStory(*await _asked(room, ALERTS, mark))


async def an_isolation(room: Room) -> IsolationStory:
    """The cluster is as at first each time."""
    room.cluster.reset()
    mark = f"it leaks data, says {next(_FRESH)}."
    await evidence_kept(room)
    await room.command(OMAR, "/ops", f"provability-fabric isolate {GATEWAY} because {mark}")
    await room.submit(OMAR, deployment=GATEWAY, because=mark, confirm=GATEWAY)
    return IsolationStory(*await _asked(room, CRITICAL, mark))


async def a_letting_back(room: Room) -> LettingBackStory:
    """What the bot itself has cut off."""
    cut = await an_isolation(room)
    await room.say(RUTH, "APPROVED - cut it off", cut.thread, channel=CRITICAL)
    await room.sees(f"{cut.request}.*is done and was read back", cut.thread, channel=CRITICAL)
    before = (await deployment(room, "provability-fabric", GATEWAY))["metadata"]["generation"]
    mark = f"it is mended, says {next(_FRESH)}."
    await room.command(OMAR, "/ops", f"provability-fabric un-isolate {GATEWAY} because {mark}")
    return LettingBackStory(*await _asked(room, CRITICAL, mark), before)


async def evidence_kept(room: Room) -> None:
    """The logs are saved, as the gate of an isolation asks (PF-51)."""
    done = len(_preserved(room))
    await room.command(OMAR, "/ops", f"provability-fabric preserve-logs {GATEWAY} 24h because it leaks")
    await room.until(lambda: len(_preserved(room)) > done, "the evidence")


def _preserved(room: Room) -> list[Json]:
    return [one for one in room.events("request-succeeded") if "preserve-logs" in one["detail"]["what"]]


async def _asked(room: Room, channel: str, mark: str) -> tuple[str, str, str]:
    """The channel, the thread and the id of the request with this reason."""
    card: Json = await room.sees(f"waiting for approval.*{mark}", channel=channel)
    return channel, card["ts"], room.request_id(card)
