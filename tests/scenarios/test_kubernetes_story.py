"""Deployments are scaled, restarted and rolled back by two people, and back again as it is written."""

from __future__ import annotations

import re
from pathlib import Path

from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, OMAR, RUTH, VERA, Json, Room, text_of
from tests.scenarios.workloads import asked, cluster_says, deployment, outcome, path_of, revision

BROKEN = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "auditron/api:broken"}]
"""What the cluster cannot pull."""


async def test_a_deployment_is_scaled_by_two_people_and_back_as_it_is_written(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    shown = text_of(card)
    assert "3 → 5" in shown
    assert "keeps it between 3 and 10; it may change the number again" in shown

    await room.say(RUTH, "APPROVED - seen the queue", card["ts"], channel=ALERTS)

    done = await outcome(room, card, "is done and was read back")
    assert "spec.replicas of auditron-api is 5 (it was 3); 5 of 5 ready." in text_of(done)
    assert 5 == (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]
    annotations = (await deployment(room, "auditron", "auditron-api"))["metadata"]["annotations"]
    assert room.request_id(card) == annotations["countersign.dev/request"]
    assert f"O3 Ruth Adeyemi ({RUTH})" == annotations["countersign.dev/approved-by"]
    assert f"O2 Omar Haddad ({OMAR})" == annotations["countersign.dev/requested-by"]
    await goes_back(room, done, "auditron scale auditron-api 3 because …")
    assert 3 == (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]


async def goes_back(room: Room, done: Json, words: str) -> None:
    """The way back works as it is written."""
    way = re.search(r"The way back: `/ops ([^`]*)`", text_of(done))
    assert way is not None
    assert words == way[1]
    known = {one["ts"] for one in room.from_bot(channel=ALERTS)}
    await room.command(OMAR, "/ops", way[1].replace("…", "it is over"))
    card = await room.new_card(known, ALERTS)
    await room.say(RUTH, "APPROVED - back", card["ts"], channel=ALERTS)
    await outcome(room, card, "is done and was read back")


async def test_a_restart_replaces_every_pod_and_says_that_there_is_no_way_back(room: Room) -> None:
    before = await revision(room, "auditron", "auditron-worker")
    card = await asked(room, "/restart", "auditron-worker because it leaks")
    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    done = text_of(await outcome(room, card, "is done and was read back"))

    assert f"carries the restart, as revision {before + 1}; 2 of 2 ready." in done
    assert "The way back" not in done
    template = (await deployment(room, "auditron", "auditron-worker"))["spec"]["template"]["metadata"][
        "annotations"
    ]
    assert room.request_id(card) == template["countersign.dev/request"]
    assert "kubectl.kubernetes.io/restartedAt" in template


async def test_a_rollback_to_a_named_revision_and_back(room: Room) -> None:
    assert 4 == await revision(room, "auditron", "auditron-api")
    card = await asked(room, "/rollback", "auditron-api to 3 because errors since the release")
    shown = text_of(card)
    assert "revision 4, auditron/api:2.4.1" in shown
    assert "revision 3 " in shown
    assert "auditron/api:2.4.0" in shown

    await room.say(RUTH, "APPROVED - the release is bad", card["ts"], channel=ALERTS)

    done = await outcome(room, card, "is done and was read back")
    runs = "auditron-api has the pod template of revision 3 (auditron/api:2.4.0), now as revision 5,"
    assert f"{runs} 3 of 3 ready." in text_of(done)
    await goes_back(room, done, "auditron rollback auditron-api to 4 because …")
    (container,) = (await deployment(room, "auditron", "auditron-api"))["spec"]["template"]["spec"][
        "containers"
    ]
    assert "auditron/api:2.4.1" == container["image"]


async def test_a_rollback_without_a_revision_means_the_one_before(room: Room) -> None:
    card = await asked(room, "/rollback", "clinchat-rag-api because answers are wrong")
    assert "clinchat-rag/api:v1.8.1" in text_of(card)

    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    await outcome(room, card, "is done and was read back.*v1.8.1")


async def test_a_viewer_sees_the_pods_and_the_history(room: Room) -> None:
    await room.command(VERA, "/ops", "auditron pods")
    await room.hears(VERA, "6 pods, all ready.*auditron-api-.*1 of 1.*Running")
    await room.command(VERA, "/ops", "auditron history auditron-api")
    await room.hears(
        VERA, "auditron-api is at revision 4.*4 .now.*auditron/api:2.4.1.*release auditron/api:2.3.0"
    )


async def test_values_can_be_given_by_name(room: Room) -> None:
    card = await asked(room, "/scale", "replicas=4 deployment=auditron-api because it is slow")
    assert "3 → 4" in text_of(card)


async def test_a_fault_beside_its_field_has_no_marks_and_not_the_fields_name(room: Room) -> None:
    """What Slack shows beside a field is plain text."""
    await room.command(OMAR, "/restart", "auditron-api")
    await room.modal(OMAR)
    await room.submit(OMAR, deployment="Auditron API", because="it leaks")

    told = (
        "write a deployment's name: lower-case letters, digits and hyphens, 63 at most, such as auditron-api"
    )
    assert {"deployment": told} == (await room.modal(OMAR))["errors"]


async def test_a_mention_in_a_thread_asks_too(room: Room) -> None:
    ts = await room.say(OMAR, "@countersign auditron scale auditron-api 4 because it is slow", channel=ALERTS)
    card = await room.sees("Scale a deployment.*waiting for approval", channel=ALERTS)
    assert ts != card["ts"]
    assert "3 → 4" in text_of(card)


async def test_a_service_is_contained_by_scaling_it_to_nothing(room: Room) -> None:
    await room.command(OMAR, "/scale", "retrieval-gateway 0 because data exposure")
    assert "This stops every pod of retrieval-gateway" in text_of(await room.modal(OMAR))
    typed = {"deployment": "retrieval-gateway", "replicas": "0", "because": "data exposure"}
    await room.submit(OMAR, **typed, confirm="retrieval")
    assert ["confirm"] == list((await room.modal(OMAR))["errors"])
    await room.submit(OMAR, **typed, confirm="retrieval-gateway")
    card = await room.sees("Scale a deployment.*waiting for approval")

    await room.say(RUTH, "APPROVED - contain it", card["ts"])

    done = await room.sees("is done and was read back", card["ts"])
    assert "spec.replicas of retrieval-gateway is 0 (it was 3); no pod is left." in text_of(done)
    assert "`/ops provability-fabric scale retrieval-gateway 3 because …`" in text_of(done)


async def test_a_release_that_does_not_come_up_is_seen_and_rolled_back(room: Room) -> None:
    await cluster_says(room, path_of("auditron", "auditron-api"), "PATCH", BROKEN)
    await room.command(VERA, "/ops", "auditron pods")
    told = text_of(await room.hears(VERA, "not ready"))
    assert re.search("not ready.*ImagePullBackOff.*Running", told)

    card = await asked(room, "/rollback", "auditron-api because it does not come up")
    assert "auditron/api:broken" in text_of(card)
    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    back = r"pod template of revision 4 \(auditron/api:2.4.1\), now as revision 6, 3 of 3 ready"
    await outcome(room, card, back)
    await room.command(VERA, "/ops", "auditron pods")
    await room.hears(VERA, "6 pods, all ready")


async def test_people_are_called_when_a_rollout_stays_stuck(room: Room) -> None:
    await cluster_says(room, path_of("auditron", "auditron-worker"), "PATCH", BROKEN)
    card = await asked(room, "/restart", "auditron-worker because it leaks")
    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)
    await outcome(room, card, r"carries the restart, as revision 4; the rollout is stuck")
    room.advance(minutes=2)
    told = await outcome(room, card, "shows which pods do not come up")
    assert f"<@{RUTH}> <@{OMAR}>" in text_of(told)


async def test_a_rollout_that_takes_its_time_is_told_as_far_as_it_has_come(tmp_path: Path) -> None:
    def impatient(policies: Path) -> None:
        file = policies / "systems" / "auditron.yaml"
        text = file.read_text()
        assert "  namespace: auditron\n" in text
        file.write_text(
            text.replace("  namespace: auditron\n", "  namespace: auditron\n  rollout_wait: 0s\n")
        )

    async with ops_room(tmp_path, edit=impatient, rollout_seconds=None) as room:
        card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
        await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)
        await outcome(room, card, "auditron-api is 5 .it was 3.; the cluster has not begun with it yet")
        room.cluster.settle()
        room.advance(minutes=2)
        await outcome(room, card, f"`{room.request_id(card)}`: auditron-api: 5 of 5 ready")


async def test_a_job_that_asks_the_database_tells_its_answer(room: Room) -> None:
    card = await asked(room, "/ops", "auditron run-job db-size because the disk fills")
    await room.say(RUTH, "APPROVED - go ahead", card["ts"], channel=ALERTS)

    done = text_of(await outcome(room, card, "is done and was read back"))

    assert "pg_size_pretty" in done
    assert "412 MB" in done
    assert "GET /health" not in done
