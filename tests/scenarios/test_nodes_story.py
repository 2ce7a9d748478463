"""A compromised node is cordoned and drained by two people, and let back (CC-55)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, OMAR, RUTH, VERA, Json, Room, text_of
from tests.scenarios.workloads import cluster_says, outcome

NODE = "practice-node-3"
BUDGET = "/apis/policy/v1/namespaces/clinchat-rag/poddisruptionbudgets/clinchat-rag-api"


async def asked(room: Room, words: str) -> Json:
    """The card of a request."""
    await room.command(OMAR, "/ops", f"clinchat-rag {words} because it is compromised")
    return await room.sees("waiting for approval.*it is compromised", channel=ALERTS)


async def approved(room: Room, card: Json) -> None:
    await room.say(RUTH, "APPROVED - seen the alerts", card["ts"], channel=ALERTS)


async def node_of_the_api(room: Room) -> str:
    """A node that has a pod of the API."""
    found = await cluster_says(
        room, "/api/v1/namespaces/clinchat-rag/pods?labelSelector=app%3Dclinchat-rag-api"
    )
    return str(found["items"][0]["spec"]["nodeName"])


async def node(room: Room) -> Json:
    return await cluster_says(room, f"/api/v1/nodes/{NODE}")


async def test_a_node_is_cordoned_and_let_back_as_it_is_written(room: Room) -> None:
    card = await asked(room, f"cordon {NODE}")
    assert "ready, takes pods" in text_of(card)
    await approved(room, card)

    done = text_of(await outcome(room, card, "is done and was read back"))

    assert f"{NODE} is cordoned: no new pods are placed there." in done
    assert f"`/ops clinchat-rag uncordon {NODE} because …`" in done
    found = await node(room)
    assert found["spec"]["unschedulable"]
    told = found["metadata"]["annotations"]
    assert room.request_id(card) == told["countersign.dev/request"]
    assert "O3 Ruth" in told["countersign.dev/approved-by"]
    await room.command(OMAR, "/ops", f"clinchat-rag uncordon {NODE} because it is clean")
    back = await room.sees("waiting for approval.*it is clean", channel=ALERTS)
    await approved(room, back)
    await outcome(room, back, f"{NODE} takes new pods again")
    assert "unschedulable" not in (await node(room))["spec"]


async def test_a_drain_moves_what_the_budgets_let_go(room: Room) -> None:
    await cluster_says(room, BUDGET, "PATCH", {"spec": {"minAvailable": 1}})
    name = await node_of_the_api(room)
    card = await asked(room, f"drain {name}")
    shown = text_of(card)
    assert "Deployment clinchat-rag/clinchat-rag-api (" in shown
    assert "clinchat-rag/clinchat-rag-api lets 2 go now, covers " in shown
    assert "of DaemonSets" in shown
    assert "enough, summed up" in shown
    await approved(room, card)

    done = text_of(await outcome(room, card, "is done and was read back"))

    assert f"{name} is cordoned, and no pod that a drain moves is left there." in done
    assert f"`/ops clinchat-rag uncordon {name} because …`" in done


async def test_a_drain_that_a_budget_blocks_for_ever_stops_and_says_how_it_stands(tmp_path: Path) -> None:
    """As the runbook's own cluster is: three pods, of which three must stay."""

    def hurried(policies: Path) -> None:
        file = policies / "systems" / "clinchat-rag.yaml"
        text = file.read_text()
        assert 1 == text.count("timeout: 10m")
        file.write_text(text.replace("timeout: 10m", "timeout: 6s"))

    async with ops_room(tmp_path, edit=hurried) as room:
        name = await node_of_the_api(room)
        card = await asked(room, f"drain {name}")
        await approved(room, card)

        told = text_of(
            await outcome(room, card, "stopped midway: the time that policy gives a drain is over")
        )

        assert f"{name} is cordoned and stays so." in told
        assert "The disruption budget clinchat-rag-api needs 3 healthy pods and has 3 currently" in told
        assert f"`/ops clinchat-rag uncordon {name} because …`" in told


async def test_of_two_requests_for_one_node_the_second_is_void(room: Room) -> None:
    await cluster_says(room, BUDGET, "PATCH", {"spec": {"minAvailable": 1}})
    first = await asked(room, f"drain {NODE}")
    await room.command(OMAR, "/ops", f"clinchat-rag cordon {NODE} because it is odd")
    second = await room.sees("waiting for approval.*it is odd", channel=ALERTS)
    await approved(room, first)
    await outcome(room, first, "is done and was read back")
    await approved(room, second)
    await outcome(room, second, f"is void: {NODE} is cordoned already")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("cordon node-9", "node-9 is no node that policy lists here. It lists: practice-node-1"),
        ("drain Node_1", "write a node's name"),
        ("drain ../secrets", "write a node's name"),
        (f"uncordon {NODE}", f"{NODE} takes pods already"),
    ],
)
async def test_what_cannot_be_is_answered_at_once(room: Room, words: str, told: str) -> None:
    await room.command(OMAR, "/ops", f"clinchat-rag {words} because it is compromised")
    await room.hears(OMAR, told)


async def test_who_may_only_look_can_drain_nothing(room: Room) -> None:
    await room.command(VERA, "/ops", f"clinchat-rag drain {NODE} because I want to")
    await room.hears(VERA, "CC-55")
