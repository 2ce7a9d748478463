"""What cannot be done to a deployment is refused in a sentence, and nothing is changed."""

from __future__ import annotations

import pytest

from tests.scenarios.room import ALERTS, OMAR, RUTH, VERA, Room, text_of
from tests.scenarios.workloads import asked, cluster_says, deployment, outcome, path_of

AUDITRON_API = path_of("auditron", "auditron-api")


@pytest.mark.parametrize(
    ("command", "text", "answer"),
    [
        ("/scale", "auditron-api -1 because x", "replicas`: write a whole number from 0 to 1000"),
        ("/scale", "auditron-api 5.5 because x", "replicas`: write a whole number from 0 to 1000"),
        ("/scale", "auditron-api 999999999999 because x", "replicas`: write a whole number from 0 to 1000"),
        ("/scale", "auditron-api ٥ because x", "replicas`: write a whole number from 0 to 1000"),
        ("/ops", "auditron scale Auditron_API 5 because x", "deployment`: write a deployment's name"),
        ("/ops", "auditron scale ../secrets 5 because x", "deployment`: write a deployment's name"),
        ("/ops", f"auditron scale {'a' * 64} 5 because x", "deployment`: write a deployment's name"),
        ("/ops", "auditron rollback auditron-api to 0 because x", "revision`: write a revision's number"),
        ("/ops", "auditron scale auditron-db 5 because x", "auditron-db is no deployment that policy lists"),
        (
            "/scale",
            "auditron-api 11 because x",
            "autoscaler auditron-api keeps auditron-api between 3 and 10",
        ),
        ("/scale", "auditron-api 3 because x", "auditron-api already has spec.replicas 3"),
        ("/rollback", "auditron-api to 99 because x", "has no revision 99. It has: 4, 3, 2, 1"),
        ("/rollback", "auditron-api to 4 because x", "already runs the template of revision 4"),
        ("/scale", "auditron-api 5 6 because x", "6` is one value too many"),
        ("/ops", "provability-fabric rollback ledger because x", "No rule grants rollback on provability-"),
        ("/ops", "auditron rollback auditron-api 3 2 because x", r"rollback &lt;deployment&gt; \[revision\]"),
        ("/scale", "api 3 because x", "No system has `api`.*`auditron`: auditron-api, auditron-worker"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_privately(
    room: Room, command: str, text: str, answer: str
) -> None:
    before = await deployment(room, "auditron", "auditron-api")
    await room.command(OMAR, command, text)
    await room.hears(OMAR, answer)
    assert before == await deployment(room, "auditron", "auditron-api")
    assert [] == room.from_bot(channel=ALERTS)


async def test_a_reading_without_its_value_is_told_the_words_without_a_reason(room: Room) -> None:
    await room.command(OMAR, "/ops", "auditron history")
    told = text_of(await room.hears(OMAR, "Which one"))
    assert "/ops auditron history &lt;deployment&gt;`" in told
    assert "because" not in told


async def test_who_lacks_the_role_gets_no_card(room: Room) -> None:
    await room.command(VERA, "/scale", "auditron-api 5 because I want to")
    await room.hears(VERA, "Only O2 Read Operator or O3 Approver may request scale.*AU-06")
    assert [] == room.from_bot(channel=ALERTS)


async def test_a_name_that_two_systems_share_is_asked_about(room: Room) -> None:
    await room.command(OMAR, "/scale", "otel-collector 2 because traces are late")
    told = text_of(await room.hears(OMAR, "More than one system has that"))
    assert "`/ops auditron scale otel-collector 2 because traces are late`" in told
    assert "`/ops clinchat-rag scale otel-collector 2 because traces are late`" in told

    card = await asked(room, "/ops", "clinchat-rag scale otel-collector 2 because traces are late")
    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    await outcome(room, card, "is done and was read back")
    assert 2 == (await deployment(room, "clinchat-rag", "otel-collector"))["spec"]["replicas"]
    assert 1 == (await deployment(room, "auditron", "otel-collector"))["spec"]["replicas"]


async def test_the_same_command_twice_in_a_second_is_one_request(room: Room) -> None:
    for _ in range(2):
        await room.command(OMAR, "/scale", "auditron-api 5 because queue backlog")
    await room.hears(OMAR, "already asks for the same, and you asked for it")
    await room.sees("waiting for approval", channel=ALERTS)
    assert 1 == len(room.from_bot(channel=ALERTS))


async def test_a_request_is_void_when_somebody_else_scaled_meanwhile(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    await cluster_says(room, AUDITRON_API, "PATCH", {"spec": {"replicas": 7}})

    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    await outcome(
        room, card, r"is void: what was sealed has changed \(replicas was 3, is 7, what would change\)"
    )
    assert 7 == (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]


async def test_a_change_of_nothing_that_was_sealed_voids_nothing(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    await cluster_says(room, AUDITRON_API, "PATCH", {"metadata": {"labels": {"team": "audit"}}})

    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    await outcome(room, card, "is done and was read back")


async def test_a_cluster_that_refuses_every_write_for_ever_fails_the_request(room: Room) -> None:
    card = await asked(room, "/restart", "auditron-api because it leaks")
    before = await deployment(room, "auditron", "auditron-api")
    room.cluster.fault("conflict", True)

    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    await outcome(room, card, "is void: auditron-api was changed by others at every look.*Nothing was done")
    assert before["spec"] == (await deployment(room, "auditron", "auditron-api"))["spec"]


async def test_a_write_whose_answer_is_lost_is_found_by_its_stamp(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    room.cluster.fault("lost", True)

    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    await outcome(room, card, "spec.replicas of auditron-api is 5 .it was 3.; 5 of 5 ready")
    assert 5 == (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]


async def test_an_expired_token_is_told_and_nothing_is_asked(room: Room) -> None:
    room.cluster.fault("expired", True)
    await room.command(OMAR, "/scale", "auditron-api 5 because queue backlog")
    await room.hears(OMAR, "does not accept the bot's credentials")
    assert [] == room.from_bot(channel=ALERTS)


async def test_a_token_that_expired_before_the_approval_voids_the_request(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    room.cluster.fault("expired", True)

    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    await outcome(room, card, "is void: The cluster does not accept the bot's credentials.*Nothing was done")


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("refuse", "The cluster .*[(]503[)]"),
        ("hang", "The cluster did not answer"),
        ("huge", "The cluster sent an answer of more than 16 MiB"),
    ],
)
async def test_a_cluster_that_is_away_is_told_in_bounded_time(room: Room, fault: str, why: str) -> None:
    room.cluster.fault(fault, True)
    await room.command(OMAR, "/scale", "auditron-api 5 because queue backlog")
    await room.hears(OMAR, f"auditron cannot be asked just now. {why}.* Nothing was asked of it")
    assert [] == room.from_bot(channel=ALERTS)


async def test_an_approval_that_meets_a_hanging_cluster_is_spent_when_it_is_back(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    room.cluster.fault("hang", True)
    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)
    await room.sees("auditron-api.*approved", channel=ALERTS)

    room.cluster.fault("hang", False)
    room.advance(seconds=2)

    await outcome(room, card, "spec.replicas of auditron-api is 5")


@pytest.mark.parametrize(
    "text",
    [
        "auditron scale ledger 0 because x",
        "auditron restart ledger",
        "clinchat-rag set-image ledger x:1 because x",
    ],
)
async def test_nobody_fills_in_a_form_for_what_policy_does_not_list(room: Room, text: str) -> None:
    await room.command(OMAR, "/ops", text)
    listed = "auditron: auditron-api|clinchat-rag: clinchat-rag-api"
    await room.hears(OMAR, f"ledger` is not among what policy lists for ({listed})")
    assert [] == room.slack.views.stacks.get(OMAR, [])
    assert [] == room.from_bot(channel=ALERTS)


async def test_a_form_says_at_once_that_policy_does_not_list_what_was_filled_in(room: Room) -> None:
    await room.command(OMAR, "/ops", "auditron scale")
    await room.submit(OMAR, deployment="ledger", replicas="0", because="it is not used")
    listed = "auditron-api, auditron-worker, otel-collector. Name one of these."
    told = {"deployment": f"ledger is not among what policy lists for auditron: {listed}"}
    assert told == (await room.modal(OMAR))["errors"]
