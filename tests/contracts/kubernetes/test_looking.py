"""What the adapter reads of a namespace."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.systems.kubernetes.namespace import Namespace
from handlers.errors import DoNotRetry
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME, Place
from tests.contracts.kubernetes.waiting import wait_for


async def test_a_deployment_is_read_with_its_template_and_rollout(place: Place) -> None:
    now = await place.now()

    assert (NAME, 3, False) == (now.name, now.replicas, now.paused)
    assert now.settled
    assert (3, 3, 3) == (now.rollout.updated, now.rollout.ready, now.rollout.total)
    assert 64 == len(now.template.sha256)
    assert 1 == len(now.template.images)
    assert "" not in (now.uid, now.resource_version)


async def test_a_deployment_that_is_not_there_is_named(place: Place) -> None:
    told = f"There is no deployment nothing-here in namespace {place.ground.namespace}"
    with pytest.raises(DoNotRetry, match=told) as no:
        await place.namespace.deployment("nothing-here")
    assert "404" == no.value.code


async def test_a_deployment_that_policy_does_not_list_is_not_asked_about(
    connect: Callable[..., Namespace], ground: Ground
) -> None:
    namespace = connect(ground.bot, listed=("auditron-worker",))

    with pytest.raises(DoNotRetry, match="It lists: auditron-worker") as no:
        await namespace.deployment(NAME)
    assert "not-listed" == no.value.code


async def test_the_bounds_of_the_autoscaler_are_found_by_its_target(place: Place) -> None:
    found = await place.namespace.autoscaler(NAME)

    assert found is not None
    assert (NAME, 3, 10) == (found.name, found.least, found.most)
    assert await place.namespace.autoscaler("auditron-worker") is None


async def test_every_pod_is_listed_with_what_it_is_at(place: Place) -> None:
    pods = [one for one in await place.namespace.pods() if one.name.startswith(f"{NAME}-")]

    assert 3 == len(pods)
    assert all(one.well and one.state == "Running" and one.node for one in pods)
    assert all(one.age.total_seconds() > 0 for one in pods)


async def test_revisions_come_newest_first_and_the_newest_is_the_present_template(place: Place) -> None:
    now = await place.now()
    known = await place.namespace.revisions(now)

    assert now.revision == known[0].number
    assert now.template == known[0].template
    assert sorted((one.number for one in known), reverse=True) == [one.number for one in known]
    assert len({one.template.sha256 for one in known}) == len(known) > 1
    assert [3, *[0] * (len(known) - 1)] == [one.pods for one in known]


async def test_the_newest_revision_bears_a_cause_that_is_told_later_though_it_is_paused(place: Place) -> None:
    """Controllers copy the annotations of a deployment at every turn, not when they make a revision only."""
    cause = {"kubernetes.io/change-cause": "told later"}
    await place.administer({"metadata": {"annotations": cause}, "spec": {"paused": True}})

    async def copied() -> bool:
        return "told later" == (await place.namespace.revisions(await place.now()))[0].cause

    await wait_for(copied)
