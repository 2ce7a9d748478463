"""A data exposure is contained by cutting a deployment off, and undone once it is mended (PF-49 to PF-51)."""

from __future__ import annotations

import re

from tests.scenarios.room import OMAR, RUTH, Json, Room, text_of
from tests.scenarios.workloads import cluster_says, deployment

NAME = "retrieval-gateway"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/provability-fabric/networkpolicies"


async def isolated(room: Room) -> Json:
    """The card of an isolation that was done, once its logs were saved."""
    await evidence_saved(room)
    await room.command(OMAR, "/ops", f"provability-fabric isolate {NAME} because data exposure")
    assert f"This cuts {NAME} off the network and stops every pod" in text_of(await room.modal(OMAR))
    await room.submit(OMAR, deployment=NAME, because="data exposure", confirm="gateway")
    assert ["confirm"] == list((await room.modal(OMAR))["errors"])
    await room.submit(OMAR, deployment=NAME, because="data exposure", confirm=NAME)
    card = await room.sees("Cut a deployment off.*waiting for approval.*data exposure")
    await room.say(RUTH, "APPROVED - contain it", card["ts"])
    await room.sees("is done and was read back", card["ts"])
    return card


async def evidence_saved(room: Room) -> None:
    await room.command(OMAR, "/ops", "provability-fabric preserve-evidence exposure because data exposure")
    await room.sees("Save evidence of an incident.*done")


async def asked_in_haste(room: Room) -> Json:
    """The card of an isolation before anything is saved."""
    await room.command(OMAR, "/ops", f"provability-fabric isolate {NAME} because data exposure")
    await room.submit(OMAR, deployment=NAME, because="data exposure", confirm=NAME)
    return await room.sees("Cut a deployment off.*waiting for approval.*data exposure")


async def test_nobody_can_approve_before_the_logs_are_saved_and_then_the_card_renews_itself(
    room: Room,
) -> None:
    """PF-51: evidence goes before the pods do."""
    card = await asked_in_haste(room)
    shown = text_of(card)
    assert "Its logs are saved as evidence" in shown
    assert re.search(f"not saved yet: {NAME}-.*`preserve-evidence`", shown)
    await room.say(RUTH, "APPROVED - contain it", card["ts"])
    await room.sees("cannot be approved yet. Not met:.*saved as evidence", card["ts"])
    assert 3 == (await deployment(room, "provability-fabric", NAME))["spec"]["replicas"]

    await evidence_saved(room)

    await room.sees("the logs of all its containers are saved within the last 1h")
    await room.sees("looked at again and is now revision 2", card["ts"])
    await room.say(RUTH, "APPROVED - contain it", card["ts"])
    await room.sees("is done and was read back", card["ts"])
    assert 0 == (await deployment(room, "provability-fabric", NAME))["spec"]["replicas"]


async def test_evidence_that_has_grown_old_while_people_decided_voids_the_approval(room: Room) -> None:
    await evidence_saved(room)
    card = await asked_in_haste(room)
    room.advance(hours=1, minutes=1)

    await room.say(RUTH, "APPROVED - contain it", card["ts"])

    await room.sees("is void", card["ts"])
    assert 3 == (await deployment(room, "provability-fabric", NAME))["spec"]["replicas"]


async def test_a_deployment_is_cut_off_by_two_people_and_let_back_as_it_was(room: Room) -> None:
    card = await isolated(room)
    shown = text_of(await room.sees("Cut a deployment off"))
    assert "3 → 0" in shown
    assert "the logs of all its containers are saved within the last 1h" in shown
    done = text_of(await room.sees("is done and was read back", card["ts"]))
    assert f"countersign-isolates-{NAME} denies all traffic to and from pods of {NAME}" in done
    assert f"spec.replicas of {NAME} is 0 (it was 3); no pod is left." in done
    assert f"`/ops provability-fabric un-isolate {NAME} because …`" in done
    (policy,) = (await cluster_says(room, POLICIES))["items"]
    assert room.request_id(card) == policy["metadata"]["annotations"]["countersign.dev/request"]

    await room.command(OMAR, "/ops", f"provability-fabric un-isolate {NAME} because it is mended")
    back = await room.sees("Let a deployment back.*waiting for approval.*it is mended")
    assert "kept as evidence (PF-51)?" in text_of(back)
    await room.say(RUTH, "APPROVED - evidence is in the case", back["ts"])

    told = text_of(await room.sees("is done and was read back", back["ts"]))
    assert f"spec.replicas of {NAME} is 3, as before it was isolated; 3 of 3 ready." in told
    assert [] == (await cluster_says(room, POLICIES))["items"]
    assert 3 == (await deployment(room, "provability-fabric", NAME))["spec"]["replicas"]


async def test_an_isolation_is_undone_by_its_button(room: Room) -> None:
    card = await isolated(room)
    await room.say(OMAR, "@countersign undo because it is mended", card["ts"])

    back = await room.sees("Let a deployment back.*waiting for approval.*it is mended")

    assert "0 → 3" in text_of(back)


async def test_isolating_is_said_for_a_time_as_scaling_is(room: Room) -> None:
    await evidence_saved(room)
    await room.command(OMAR, "/ops", f"provability-fabric isolate {NAME} for 2h because data exposure")
    await room.submit(OMAR, deployment=NAME, because="data exposure", confirm=NAME)
    card = await room.sees("Cut a deployment off.*waiting for approval.*data exposure")
    await room.say(RUTH, "APPROVED - contain it", card["ts"])
    await room.sees("is done and was read back", card["ts"])

    room.advance(hours=2, minutes=1)

    await room.sees("Let a deployment back")


async def test_what_is_not_isolated_cannot_be_let_back(room: Room) -> None:
    await room.command(OMAR, "/ops", f"provability-fabric un-isolate {NAME} because it is mended")
    await room.hears(OMAR, f"{NAME} is not isolated")
