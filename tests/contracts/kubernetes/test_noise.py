"""Noise moves a deployment's resourceVersion all the time; only a change of what was sealed stops a write."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from handlers.actions import Order
from handlers.actions.kubernetes.objects import Change, Deployment, Revision, Stamp
from handlers.actions.kubernetes.writing import TRIES
from handlers.errors import DoNotRetry, TargetChanged
from tests.contracts.kubernetes.place import NAME, Place, order
from tests.contracts.kubernetes.sealing import ACTIONS, sealed

LABEL = {"metadata": {"labels": {"noise": "0"}}}


class Meddler:
    """The adapter, and somebody who is quicker: before the first writes the deployment is changed."""

    def __init__(self, place: Place, patches: list[Any]) -> None:
        self._place, self._patches = place, patches
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place.namespace, name)

    async def _meddle(self) -> None:
        self.writes += 1
        if self._patches:
            await self._place.administer(self._patches.pop(0))

    async def scale(self, seen: Deployment, stamp: Stamp, replicas: int) -> Deployment:
        await self._meddle()
        return await self._place.namespace.scale(seen, stamp, replicas)

    async def set_image(self, seen: Deployment, stamp: Stamp, container: str, image: str) -> Deployment:
        await self._meddle()
        return await self._place.namespace.set_image(seen, stamp, container, image)

    async def pause(self, seen: Deployment, stamp: Stamp, paused: bool) -> Deployment:
        await self._meddle()
        return await self._place.namespace.pause(seen, stamp, paused)

    async def restart(self, seen: Deployment, stamp: Stamp) -> Deployment:
        await self._meddle()
        return await self._place.namespace.restart(seen, stamp)

    async def roll_back(self, seen: Deployment, stamp: Stamp, to: Revision) -> Deployment:
        await self._meddle()
        return await self._place.namespace.roll_back(seen, stamp, to)


def noise(times: int) -> list[Any]:
    return [{"metadata": {"labels": {"noise": str(number)}}} for number in range(times)]


@pytest.mark.parametrize("name", sorted(ACTIONS))
async def test_noise_before_the_write_is_looked_through(place: Place, name: str) -> None:
    one = ACTIONS[name]
    wanted = order("R-1", one.params, await sealed(place, one))
    meddler = Meddler(place, noise(TRIES - 1))

    verified = await one.run(meddler, wanted)

    assert TRIES == meddler.writes
    assert "R-1" == (await place.now()).requests[0]
    assert NAME in verified.lines[0]


@pytest.mark.parametrize("name", sorted(ACTIONS))
async def test_noise_without_end_gives_up_and_has_changed_nothing(place: Place, name: str) -> None:
    one = ACTIONS[name]
    wanted = order("R-1", one.params, await sealed(place, one))
    before = await place.raw()
    meddler = Meddler(place, noise(TRIES + 1))

    with pytest.raises(DoNotRetry, match="changed by others each time") as no:
        await one.run(meddler, wanted)

    assert "conflict" == no.value.code
    assert TRIES == meddler.writes
    assert before["spec"] == (await place.raw())["spec"]


CHANGED: list[tuple[str, Any, str]] = [
    ("scale", {"spec": {"replicas": 4}}, "replicas"),
    ("restart", {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}, "template"),
    ("rollback", {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}, "from_template"),
]


class Restless(Meddler):
    """What is looked at moves each time before it can be rehearsed; first of all what was sealed."""

    async def rehearse(self, write: Callable[[Any], Awaitable[object]]) -> Sequence[Change]:
        self.writes += 1
        await self._place.administer({"metadata": {"labels": {"noise": str(self.writes)}}})
        if self._patches:
            await self._place.administer(self._patches.pop(0))
        return await self._place.namespace.rehearse(write)


@pytest.mark.parametrize(("name", "change", "field"), CHANGED)
async def test_a_change_is_named_though_the_deployment_never_rests_after_it(
    place: Place, name: str, change: Any, field: str
) -> None:
    """On a real cluster a rollout moves the deployment many times a second."""
    one = ACTIONS[name]
    wanted = order("R-1", one.params, await sealed(place, one))

    with pytest.raises(TargetChanged, match=f"what was sealed has changed .*{field}"):
        await one.run(Restless(place, [change]), wanted)

    assert () == (await place.now()).requests


@pytest.mark.parametrize(("name", "change", "field"), CHANGED)
async def test_a_change_of_what_was_sealed_is_not_noise(
    place: Place, name: str, change: Any, field: str
) -> None:
    one = ACTIONS[name]
    wanted = order("R-1", one.params, await sealed(place, one))
    meddler = Meddler(place, [change])

    with pytest.raises(TargetChanged, match=f"what was sealed has changed .*{field}"):
        await one.run(meddler, wanted)

    assert () == (await place.now()).requests


class Counted(Meddler):
    """Counts what is looked at once more before the write."""

    looks = 0

    async def rehearse(self, write: Callable[[Any], Awaitable[object]]) -> Sequence[Change]:
        self.looks += 1
        return await self._place.namespace.rehearse(write)


async def just_seen(place: Place, name: str) -> Order:
    """An order whose target was looked at a moment ago, as approvals are spent."""
    one = ACTIONS[name]
    stored = await sealed(place, one)
    assert one.action.again is not None
    observed = await one.action.again(place.namespace, one.params)
    assert stored == json.loads(json.dumps(observed.sealed)), "it covers what was approved"
    return replace(order("R-1", one.params, stored), seen=observed.seen)


@pytest.mark.parametrize("name", sorted(ACTIONS))
async def test_a_write_stands_on_the_look_that_was_just_made(place: Place, name: str) -> None:
    system = Counted(place, [])

    await ACTIONS[name].run(system, await just_seen(place, name))

    assert (1, 0) == (system.writes, system.looks)
    assert "R-1" == (await place.now()).requests[0]


@pytest.mark.parametrize("name", sorted(ACTIONS))
async def test_a_look_that_noise_has_made_old_is_made_again(place: Place, name: str) -> None:
    system = Counted(place, noise(1))

    await ACTIONS[name].run(system, await just_seen(place, name))

    assert (2, 1) == (system.writes, system.looks)


@pytest.mark.parametrize(("name", "change", "field"), CHANGED)
async def test_a_change_after_the_look_stops_the_write(
    place: Place, name: str, change: Any, field: str
) -> None:
    wanted = await just_seen(place, name)

    with pytest.raises(TargetChanged, match=f"what was sealed has changed .*{field}"):
        await ACTIONS[name].run(Counted(place, [change]), wanted)

    assert () == (await place.now()).requests
