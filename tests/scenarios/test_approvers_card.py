"""The approver's card of a change in a cluster: what would change, what it touches, who else asks there."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.scenarios.room import ALERTS, OMAR, RUTH, Json, Room, text_of
from tests.scenarios.workloads import asked, cluster_says, deployment, outcome, path_of

BY_DIGEST = f"ghcr.io/yourorg/api@sha256:{'0a' * 32}"
NOISE = {"metadata": {"labels": {"noise": "1"}, "annotations": {"seen-by": "somebody"}}}


async def another(room: Room, first: Json, command: str, text: str) -> Json:
    """The card of a further request."""
    await room.command(OMAR, command, text)
    return await room.new_card({first["ts"]}, ALERTS)


async def test_the_card_shows_what_the_cluster_says_and_marks_what_is_sealed(room: Room) -> None:
    """CC-28."""
    shown = text_of(await asked(room, "/scale", "clinchat-rag-api 5 because it is slow"))

    for words in (
        r"\*🔒 Replicas\*\\n3 → 5",
        r"\*🔒 Autoscaler\*\\nkeeps it between 3 and 20; .*wants 3 now",
        r"\*Looked at\*\\nresourceVersion \d+",
        r"\*Health\*\\nrevision 3, 3 of 3 ready\.",
        r"\*Touches\*\\n3 pods on practice-node-",
        r"\*Disruption budgets\*\\nclinchat-rag-api keeps at least 3 available and would let 0 go now",
        r"🔒 What the cluster says would change \(dry run\)",
        r"@@ spec @@.*-  replicas: 3\\n\+  replicas: 5",
        r"🔒 is sealed: when it changes before the run, the approval is void",
    ):
        assert re.search(words, shown), words


async def test_noise_does_not_void_an_approval(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    await cluster_says(room, path_of("auditron", "auditron-api"), "PATCH", NOISE)

    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    await outcome(room, card, "spec.replicas of auditron-api is 5")
    ended = text_of(await room.sees("Scale a deployment.*done.*🔒 was sealed: an approval", channel=ALERTS))
    assert "when it changes before the run" not in ended


async def test_what_was_sealed_voids_an_approval_and_says_what_it_was(room: Room) -> None:
    card = await asked(room, "/ops", "clinchat-rag rollback clinchat-rag-api to 1 because {BY_DIGEST}")
    other = [
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "clinchat-rag/api:9"}
    ]
    await cluster_says(room, path_of("clinchat-rag", "clinchat-rag-api"), "PATCH", other)
    room.cluster.settle()

    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    await outcome(room, card, r"is void: .*from_revision was 3, is 4, from_template, what would change")


async def test_what_the_cluster_refuses_is_told_at_once_and_no_request_is_made(room: Room) -> None:
    room.cluster.fault("conflict", True)
    await room.command(OMAR, "/restart", "auditron-api because it leaks")

    await room.hears(OMAR, "auditron-api was changed by others at every look. Ask again when it is at rest")
    assert [] == room.from_bot(channel=ALERTS)


async def test_two_requests_at_one_deployment_name_each_other_until_one_ends(room: Room) -> None:
    first = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    second = await another(room, first, "/restart", "auditron-api because it leaks")
    one, two = room.request_id(first), room.request_id(second)

    assert f"{one} scale" in text_of(second)
    await room.until(
        lambda: re.search(f"Also asked for here.*{two} restart", text_of(card_at(room, first))),
        "the first card to name the second request",
    )
    await room.say(RUTH, f"DENIED {two} - one at a time", second["ts"], channel=ALERTS)
    await room.until(
        lambda: "Also asked for here" not in text_of(card_at(room, first)), "the first card to stand alone"
    )
    denied = await room.sees(f"{two}.*🔒 was sealed", channel=ALERTS)
    assert "the approval covered it" not in text_of(denied)
    await room.say(RUTH, "APPROVED", first["ts"], channel=ALERTS)
    await outcome(room, first, "spec.replicas of auditron-api is 5")


def card_at(room: Room, card: Json) -> Json:
    """A card as it stands now."""
    return next(one for one in room.from_bot(channel=ALERTS) if one["ts"] == card["ts"])


async def test_requests_made_at_the_same_moment_see_each_other(room: Room) -> None:
    await asyncio.gather(
        room.command(OMAR, "/scale", "auditron-api 5 because queue backlog"),
        room.command(OMAR, "/restart", "auditron-api because it leaks"),
    )

    def both() -> bool:
        cards = [text_of(one) for one in room.from_bot(channel=ALERTS)]
        return len([one for one in cards if "Also asked for here" in one]) == 2

    await room.until(both, "both cards to name the other request")


async def test_requests_at_other_deployments_are_not_named(room: Room) -> None:
    first = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    second = await another(room, first, "/restart", "auditron-worker because it leaks")

    assert "Also asked for here" not in text_of(second) + text_of(card_at(room, first))


async def test_an_image_is_set_in_an_emergency_by_digest_and_back(room: Room) -> None:
    """CC-16: the name is typed, and who approves says why it is an emergency."""
    await room.command(
        OMAR, "/ops", f"clinchat-rag set-image clinchat-rag-api api={BY_DIGEST} because it leaks"
    )
    assert "for emergencies only" in text_of(await room.modal(OMAR))
    typed = {"deployment": "clinchat-rag-api", "image": f"api={BY_DIGEST}", "because": "it leaks"}
    await room.submit(OMAR, **typed, confirm="clinchat-rag-api")
    card = await room.sees("Set an image by hand.*waiting for approval", channel=ALERTS)
    assert f"clinchat-rag/api:v1.9.0 → {BY_DIGEST}" in text_of(card)
    assert "by digest: 0a0a0a0a0a0a…" in text_of(card)

    await room.say(RUTH, "APPROVED - the release leaks patient names", card["ts"], channel=ALERTS)

    done = text_of(await outcome(room, card, "is done and was read back"))
    assert "has the image ghcr.io/yourorg/api@sha256" in done
    assert "rollback clinchat-rag-api to 3 because …" in done


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("set-image clinchat-rag-api ghcr.io/yourorg/api:latest", "latest.* is no version"),
        ("set-image clinchat-rag-api ghcr.io/yourorg/api:v1", "Policy takes images by digest here"),
        (f"set-image clinchat-rag-api sidecar={BY_DIGEST}", "has no container sidecar. It has: api"),
    ],
)
async def test_an_image_that_may_not_run_is_refused_before_anybody_is_asked(
    room: Room, words: str, told: str
) -> None:
    await room.command(OMAR, "/ops", f"clinchat-rag {words} because it leaks")
    target, image = words.split()[1:]
    await room.modal(OMAR)
    await room.submit(OMAR, deployment=target, image=image, because="it leaks", confirm=target)

    await room.hears(OMAR, told)
    assert [] == room.from_bot(channel=ALERTS)


@pytest.mark.parametrize(
    "words",
    [
        "set-image ../etc ghcr.io/yourorg/api:v1",
        "set-image clinchat-rag-api https://ghcr.io/yourorg/api:v1",
        "pause-rollout Clinchat_API",
        "resume-rollout clinchat-rag-api;rm",
    ],
)
async def test_what_can_be_no_name_or_image_is_answered(room: Room, words: str) -> None:
    await room.command(OMAR, "/ops", f"clinchat-rag {words} because it leaks")

    await room.hears(OMAR, "write (a deployment's name|an image)")


async def test_a_rollout_is_paused_and_resumed_by_two_people(room: Room) -> None:
    card = await asked(room, "/ops", "auditron pause-rollout auditron-api because the release is odd")
    assert "goes on → paused" in text_of(card)
    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    done = text_of(await outcome(room, card, "is done and was read back"))

    assert "auditron-api is paused: no rollout begins or goes on" in done
    assert "auditron resume-rollout auditron-api because …" in done
    assert (await deployment(room, "auditron", "auditron-api"))["spec"]["paused"]
