"""Who may look at a cluster sees what the runbooks look for, alone; nobody else does."""

from __future__ import annotations

from tests.scenarios.room import ALERTS, NOOR, OMAR, RUTH, VERA, Room, text_of
from tests.scenarios.workloads import cluster_says, path_of

BROKEN = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "auditron/api:broken"}]

LOOKS = {
    "auditron pods auditron-worker": "2 pods, all ready.*auditron-worker-",
    "auditron pods label=app=auditron-api": "3 pods, all ready.*auditron-api-",
    "auditron deployments": "3 deployments in namespace auditron, all as wished.*auditron-api.*3 of 3",
    "auditron services": "1 service.*auditron-api.*ClusterIP.*80/TCP",
    "auditron ingresses": "1 ingress.*auditron.practice.example.*203.0.113.10",
    "auditron autoscalers": "1 autoscaler.*Deployment auditron-api.*3 to 10.*of 70%",
    "auditron overview": "Namespace auditron: every deployment and pod is well.*deployment.*pod.*service",
    "auditron rollout-status auditron-api": "The rollout is over; 3 of 3 ready.*auditron/api:2.4.1",
    "auditron describe auditron-api": "Deployment auditron-api.*limits: none.*environment: LOG_LEVEL",
    "auditron events": "There are no events. A cluster forgets events after an hour or so",
    "auditron top-pods": "6 pods use .*m of CPU.*by cpu",
    "auditron top-pods memory": "6 pods use .*Mi of memory; by memory",
    "auditron top-nodes by=memory": "3 nodes use .*by memory.*practice-node-.*%",
    "auditron nodes": "3 nodes, all ready.*practice-node-1.*v1.36",
    "clinchat-rag describe clinchat-rag-api": "Deployment clinchat-rag-api.*clinchat-rag/api:v1.9.0",
    "provability-fabric not-running": "All [0-9]+ pods in all namespaces are well",
    "provability-fabric deployments-everywhere": "9 deployments in all namespaces.*auditron.*clinchat-rag",
    "provability-fabric top-pods-everywhere memory": "pods use .*by memory.*clinchat-rag",
    "provability-fabric config-map egress-policies": "3 keys.*pii_threshold: 0.7.*default: deny",
    "provability-fabric pods retrieval-gateway": "3 pods, all ready",
}
"""AU-04, AU-07, AU-20, AU-21, AU-24, AU-30, AU-50, CC-14, CC-24, CC-37, CC-67.

PF-10, PF-18, PF-25, PF-36, PF-38, PF-47.
"""


async def test_a_viewer_sees_what_the_runbooks_look_for(room: Room) -> None:
    for words, told in LOOKS.items():
        await room.command(VERA, "/ops", words)
        await room.hears(VERA, told)
    assert [] == room.from_bot() + room.from_bot(channel=ALERTS)


async def test_an_administrator_sees_which_keys_a_secret_has_and_nobody_a_value(room: Room) -> None:
    """PF-28."""
    await room.command(VERA, "/ops", "provability-fabric secret-keys receipt-signing-key")
    await room.hears(VERA, "PF-28")
    await room.command(RUTH, "/ops", "provability-fabric secret-keys receipt-signing-key")
    told = text_of(await room.hears(RUTH, "Secret receipt-signing-key .Opaque.: 1 key, .*key.pem.*bytes"))
    assert "PRACTICE KEY" not in told
    assert "invented" not in told


async def test_what_is_wrong_is_found_from_all_namespaces_down_to_the_event(room: Room) -> None:
    """PF-10, then CC-36 and AU-50: which pod, why, since when."""
    await cluster_says(room, path_of("auditron", "auditron-api"), "PATCH", BROKEN)
    await room.command(VERA, "/ops", "provability-fabric not-running")
    await room.hears(VERA, "[12] of [0-9]+ pods in all namespaces not well.*auditron.*ImagePullBackOff")
    await room.command(VERA, "/ops", "auditron rollout-status auditron-api")
    await room.hears(VERA, "The rollout is not over.*shows which pods do not come up")
    await room.command(VERA, "/ops", "auditron pods auditron-api")
    await room.hears(VERA, "4 pods, 1 not ready.*ImagePullBackOff")
    (ill,) = [
        one["metadata"]["name"]
        for one in (await cluster_says(room, "/api/v1/namespaces/auditron/pods"))["items"]
        if one["status"]["phase"] == "Pending"
    ]
    await room.command(VERA, "/ops", f"auditron describe {ill}")
    await room.hears(
        VERA, f"Pod {ill}, with .*auditron/api:broken.*state: Waiting: ImagePullBackOff.*When .UTC."
    )
    await room.command(VERA, "/ops", f"auditron events {ill}")
    await room.hears(VERA, f"events? of {ill}, .*Pod {ill}")


async def test_a_cordoned_node_comes_first(room: Room) -> None:
    await cluster_says(room, "/api/v1/nodes/practice-node-3", "PATCH", {"spec": {"unschedulable": True}})
    await room.command(VERA, "/ops", "auditron nodes")
    told = text_of(await room.hears(VERA, "3 nodes, 1 with trouble or cordoned"))
    assert told.index("practice-node-3") < told.index("practice-node-1")
    assert "Ready, SchedulingDisabled" in told


NOT_SHOWN = {
    "auditron deployments kube-system": "Namespace kube-system is not this system's: policy gives it auditron"
    " alone.*The reading `deployments-everywhere` looks at all namespaces, where policy grants it",
    "auditron services namespace=clinchat-rag": "Namespace clinchat-rag is not this system's",
    "auditron describe postgres": "postgres is no deployment that policy lists here. It lists: auditron-api",
    "auditron describe pod/nothing-here": "There is no pod nothing-here in namespace auditron",
    "auditron describe ../secrets": "write the name of a deployment, a pod or another object",
    "auditron pods label=a;b": "write a label selector as `kubectl -l` takes it",
    "auditron deployments UP_PER": "write a namespace's name",
    "auditron top-pods load": "by.*cpu.*memory",
    "auditron rollout-status": "Which one.*auditron rollout-status &lt;deployment&gt;",
    "auditron nodes practice-node-1": "is one value too many",
    "auditron not-running": "not-running",
    "auditron deploymnts": "/ops auditron deployments",
}


async def test_what_cannot_be_looked_at_is_answered_with_the_next_step(room: Room) -> None:
    for words, told in NOT_SHOWN.items():
        await room.command(VERA, "/ops", words)
        await room.hears(VERA, told)


async def test_who_may_not_look_is_told_who_could(room: Room) -> None:
    await room.command(NOOR, "/ops", "auditron describe auditron-api")
    told = text_of(await room.hears(NOOR, "AU-04"))
    assert "auditron/api" not in told


async def test_a_deployments_name_finds_its_system_and_no_name_the_channels(room: Room) -> None:
    await room.command(OMAR, "/ops", "pods retrieval-gateway")
    await room.hears(OMAR, "3 pods, all ready.*retrieval-gateway-")
    await room.command(OMAR, "/ops", "describe clinchat-rag-api")
    await room.hears(OMAR, "Deployment clinchat-rag-api")
    await room.command(OMAR, "/ops", "pods")
    await room.hears(OMAR, "8 pods, all ready.*egress-firewall-")
