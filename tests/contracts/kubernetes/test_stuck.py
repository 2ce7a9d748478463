"""A release whose pods do not get ready: the old ones stay, and what is wrong is told."""

from __future__ import annotations

import pytest

from handlers.actions import Progress
from handlers.actions.kubernetes.watching import how_far
from tests.contracts.kubernetes.place import NAME, Place
from tests.contracts.kubernetes.waiting import wait_for


def release(tag: str) -> list[dict[str, str]]:
    path = "/spec/template/spec/containers/0/image"
    return [{"op": "replace", "path": path, "value": f"auditron/api:{tag}"}]


@pytest.mark.parametrize(("tag", "state"), [("broken", "ImagePullBackOff"), ("never-ready", "Running")])
async def test_pods_that_do_not_get_ready_are_told_and_the_old_ones_stay(
    place: Place, tag: str, state: str
) -> None:
    before = {one.name for one in await place.namespace.pods() if one.name.startswith(f"{NAME}-")}

    await place.administer(release(tag))

    async def stuck() -> bool:
        now = (await place.now()).rollout
        ill = [one.state for one in await place.namespace.pods() if not one.well]
        return [state] == ill and (1, 3, 3, 4) == (now.updated, now.ready, now.available, now.total)

    await wait_for(stuck)
    assert not (await place.now()).settled
    well = {one.name for one in await place.namespace.pods() if one.well and one.name.startswith(f"{NAME}-")}
    assert before == well


async def test_what_holds_a_rollout_up_is_told_while_it_lasts(place: Place) -> None:
    before = await how_far(place.namespace, await place.now())
    assert Progress(3, 3, "pods ready") == before

    await place.administer(release("broken"))

    async def held_up() -> bool:
        far = await how_far(place.namespace, await place.now())
        return far == Progress(0, 3, "pods ready", "ImagePullBackOff")

    await wait_for(held_up)
    other = await place.namespace.deployment("auditron-worker")
    assert () == await place.namespace.troubles(other)
