"""A node takes no new pods, or takes them again: written on what was read, with a stamp (row CC-55)."""

from __future__ import annotations

import pytest

from bot.systems.kubernetes.nodes import NodeRules
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged
from tests.contracts.kubernetes.node_place import NodePlace

STAMPS = {"countersign.dev/request": None, "countersign.dev/earlier-requests": None}


async def test_a_cordoned_node_takes_no_pods_and_says_who_wanted_it(alone: NodePlace) -> None:
    done = await alone.run("cordon", await alone.order("cordon"))

    assert f"{alone.node} is cordoned: no new pods are placed there." in done.lines[0]
    assert f"uncordon {alone.node}" == done.way_back
    found = await alone.raw()
    assert found["spec"]["unschedulable"]
    annotations = found["metadata"]["annotations"]
    assert ("R-1", "O3 Ruth") == (
        annotations["countersign.dev/request"],
        annotations["countersign.dev/approved-by"],
    )
    assert 2 == len(await alone.names())


async def test_an_uncordoned_node_takes_pods_again(alone: NodePlace) -> None:
    await alone.run("cordon", await alone.order("cordon"))

    done = await alone.run("uncordon", await alone.order("uncordon", "R-2"))

    assert f"{alone.node} takes new pods again." in done.lines[0]
    assert f"cordon {alone.node}" == done.way_back
    assert "unschedulable" not in (await alone.raw())["spec"]


async def test_what_is_so_already_is_refused(alone: NodePlace) -> None:
    with pytest.raises(DoNotRetry, match="takes pods already") as no:
        await alone.order("uncordon")
    assert "already-so" == no.value.code

    await alone.administer(alone.node, {"spec": {"unschedulable": True}})
    with pytest.raises(DoNotRetry, match="is cordoned already"):
        await alone.order("cordon")


@pytest.mark.parametrize("name", ["cordon", "uncordon", "drain"])
async def test_a_node_that_policy_does_not_list_is_refused_with_those_that_it_does(
    alone: NodePlace, name: str
) -> None:
    params = alone.params.model_copy(update={"node": alone.other})

    with pytest.raises(
        DoNotRetry, match=f"{alone.other} is no node that policy lists here.* {alone.node}"
    ) as no:
        await alone.action(name).look(alone.namespace, params)
    assert "not-listed" == no.value.code


async def test_a_node_that_is_not_there_is_told(alone: NodePlace) -> None:
    alone.namespace.nodes._rules = NodeRules(names=("node-9.example",))
    params = alone.params.model_copy(update={"node": "node-9.example"})

    with pytest.raises(DoNotRetry, match=r"no node node-9\.example in the whole cluster") as no:
        await alone.action("cordon").look(alone.namespace, params)
    assert "404" == no.value.code


async def test_nodes_may_be_listed_by_their_labels(alone: NodePlace) -> None:
    alone.namespace.nodes._rules = NodeRules(labels=((alone.label, "yes"),))

    assert alone.node == (await alone.namespace.nodes.node(alone.node)).name
    with pytest.raises(DoNotRetry, match=f"nodes with {alone.label}=yes"):
        await alone.namespace.nodes.node(alone.other)


async def test_without_a_list_no_node_may_be_touched(alone: NodePlace) -> None:
    alone.namespace.nodes._rules = NodeRules()

    with pytest.raises(DoNotRetry, match="It lists: no node"):
        await alone.namespace.nodes.node(alone.node)


async def test_noise_on_the_node_does_not_stop_the_write(alone: NodePlace) -> None:
    order = await alone.order("cordon")
    await alone.administer(alone.node, {"metadata": {"annotations": {"noise": "1"}}})

    await alone.run("cordon", order)

    assert (await alone.raw())["spec"]["unschedulable"]


async def test_of_two_cordons_at_once_the_second_finds_what_was_sealed_changed(alone: NodePlace) -> None:
    first, second = await alone.order("cordon"), await alone.order("cordon", "R-2")
    await alone.run("cordon", first)

    with pytest.raises(TargetChanged, match="cordoned"):
        await alone.run("cordon", second)


async def test_recovery_finds_a_cordon_by_its_stamp_or_knows_that_it_was_not(alone: NodePlace) -> None:
    order = await alone.order("cordon")
    assert await alone.ask("cordon", order) is None

    done = await alone.run("cordon", order)

    assert done == await alone.ask("cordon", order)
    await alone.administer(alone.node, {"spec": {"unschedulable": None}})
    told = await alone.ask("cordon", order)
    assert told is not None
    assert "was cordoned and is not any more: something else has changed it since" in told.lines[0]


async def test_where_the_nodes_stamps_were_taken_away_nobody_can_tell(alone: NodePlace) -> None:
    order = await alone.order("cordon")
    await alone.run("cordon", order)
    await alone.administer(alone.node, {"metadata": {"annotations": STAMPS}})

    with pytest.raises(OutcomeUnknown, match="does not carry this request's stamp"):
        await alone.ask("cordon", order)
