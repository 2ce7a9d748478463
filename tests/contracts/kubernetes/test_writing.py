"""Writes are made on the very object that was read, leave a stamp, and are read back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from handlers.actions.kubernetes.objects import Deployment
from handlers.errors import TargetChanged
from tests.contracts.kubernetes.place import Place, stamp

Write = Callable[[Place, Deployment], Awaitable[Deployment]]


async def scale(place: Place, seen: Deployment) -> Deployment:
    return await place.namespace.scale(seen, stamp("R-SCALE"), 5)


async def restart(place: Place, seen: Deployment) -> Deployment:
    return await place.namespace.restart(seen, stamp("R-RESTART"))


async def roll_back(place: Place, seen: Deployment) -> Deployment:
    to = (await place.namespace.revisions(seen))[1]
    return await place.namespace.roll_back(seen, stamp("R-BACK"), to)


EVERY = pytest.mark.parametrize("write", [scale, restart, roll_back])


@EVERY
async def test_a_write_on_what_was_read_is_stored_with_its_stamp(place: Place, write: Write) -> None:
    seen = await place.now()

    written = await write(place, seen)

    assert seen.uid == written.uid
    assert seen.resource_version != written.resource_version
    assert written.requests[0].startswith("R-")
    assert written.requests == (await place.now()).requests
    annotations = (await place.raw())["metadata"]["annotations"]
    assert "O3 Ruth (U03RUTH)" == annotations["countersign.dev/approved-by"]
    assert "O2 Omar (U02OMAR)" == annotations["countersign.dev/requested-by"]


@EVERY
async def test_a_write_on_what_is_stale_changes_nothing(place: Place, write: Write) -> None:
    seen = await place.now()
    await place.administer({"metadata": {"labels": {"touched": "by-somebody"}}})
    before = await place.raw()

    with pytest.raises(TargetChanged):
        await write(place, seen)

    assert before["spec"] == (await place.raw())["spec"]
    assert seen.requests == (await place.now()).requests


async def test_the_bot_is_the_manager_of_the_fields_it_wrote(place: Place) -> None:
    await scale(place, await place.now())

    managers = (await place.raw())["metadata"]["managedFields"]

    assert "countersign" in {one["manager"] for one in managers}


async def test_stamps_of_earlier_requests_stay_up_to_ten(place: Place) -> None:
    for number in range(12):
        await place.written(
            partial(place.namespace.scale, stamp=stamp(f"R-{number}"), replicas=3 + number % 2)
        )

    assert tuple(f"R-{number}" for number in range(11, 1, -1)) == (await place.now()).requests


async def test_scaling_is_waited_for_until_the_pods_are_there(place: Place) -> None:
    now = await place.namespace.settling(await scale(place, await place.now()))

    assert (5, 5, 5) == (now.replicas, now.rollout.ready, now.rollout.available)


async def test_a_restart_replaces_every_pod(place: Place) -> None:
    before = {one.name for one in await place.namespace.pods() if one.name.startswith("auditron-api-")}
    seen = await place.now()

    now = await place.namespace.settling(await restart(place, seen))

    assert now.settled
    assert seen.revision + 1 == now.revision
    assert seen.template.images == now.template.images
    pods = {one.name for one in await place.namespace.pods() if one.state == "Running"}
    assert set() == before & pods


async def test_a_rollback_puts_the_whole_template_back_and_renumbers_it(place: Place) -> None:
    seen = await place.now()
    to = (await place.namespace.revisions(seen))[1]
    await place.administer(
        [
            {"op": "add", "path": "/spec/template/spec/hostAliases", "value": [{"ip": "127.0.0.1"}]},
            {"op": "add", "path": "/spec/template/metadata/annotations", "value": {"added": "since"}},
        ]
    )

    now = await place.namespace.settling(
        await place.written(partial(place.namespace.roll_back, stamp=stamp("R-BACK"), to=to))
    )

    assert to.template == now.template
    assert seen.revision < now.revision
    template = (await place.raw())["spec"]["template"]
    assert "hostAliases" not in template["spec"]
    assert "pod-template-hash" not in template["metadata"]["labels"]
    back = await place.namespace.revisions(now)
    assert (now.revision, to.pod_hash, to.cause) == (back[0].number, back[0].pod_hash, back[0].cause)


async def test_a_rollback_keeps_fields_that_the_client_does_not_know(place: Place) -> None:
    """A newer cluster has fields that an older client's models would drop without a word."""
    seen = await place.now()
    known = (await place.namespace.revisions(seen))[0]
    await restart(place, seen)
    now = await place.namespace.settling(await place.now())

    back = await place.namespace.roll_back(now, stamp("R-BACK"), known)

    assert seen.template.sha256 == back.template.sha256
