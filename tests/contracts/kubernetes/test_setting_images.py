"""One container gets one image, by digest; its revision is the way back (CC-16)."""

from __future__ import annotations

import pytest

from handlers.actions.kubernetes.setting_images import ImageParams
from handlers.errors import DoNotRetry
from tests.contracts.kubernetes.place import NAME, Place, order
from tests.contracts.kubernetes.sealing import ACTIONS, BY_DIGEST, sealed
from tests.contracts.kubernetes.waiting import wait_for

SET = ACTIONS["set-image"]


async def test_one_container_gets_the_image_and_its_revision_is_the_way_back(place: Place) -> None:
    before = await place.now()

    done = await SET.run(place.namespace, order("R-1", SET.params, await sealed(place, SET)))

    now, raw = await place.now(), await place.raw()
    assert (BY_DIGEST,) == now.template.images
    assert now.settled
    assert f"has the image {BY_DIGEST} (it had auditron/api:2.4.1); 3 of 3 ready." in done.lines[0]
    assert f"rollback {NAME} to {before.revision}" == done.way_back
    cause = raw["metadata"]["annotations"]["kubernetes.io/change-cause"]
    assert f"set-image api={BY_DIGEST} (R-1)" == cause
    (container,) = raw["spec"]["template"]["spec"]["containers"]
    assert [{"name": "LOG_LEVEL", "value": "info"}] == container["env"]


async def test_the_card_shows_both_images_and_what_is_pinned(place: Place) -> None:
    observation = await SET.look(place)

    told = dict(observation.shown)
    assert f"auditron/api:2.4.1 → {BY_DIGEST}" == told["Image of api"]
    assert told["Pinned"].startswith("by digest: 0a0a0a0a0a0a…")
    ((_, diff),) = observation.diffs
    assert f"-        image: auditron/api:2.4.1\n+        image: {BY_DIGEST}" in diff
    assert {"Image of api", "Pinned"} <= set(observation.covered)


@pytest.mark.parametrize(
    ("image", "code", "told"),
    [
        (f"sidecar={BY_DIGEST}", "container", "has no container sidecar. It has: api."),
        ("ghcr.io/yourorg/api:v1", "no-digest", "takes images by digest"),
        (BY_DIGEST.replace("yourorg", "theirs"), "registry", "that policy lists: ghcr.io/yourorg"),
    ],
)
async def test_what_may_not_be_set_is_refused_and_nothing_is_written(
    place: Place, image: str, code: str, told: str
) -> None:
    before = await place.raw()

    with pytest.raises(DoNotRetry, match=told) as no:
        await SET.action.look(place.namespace, ImageParams(deployment=NAME, image=image))

    assert code == no.value.code
    assert before == await place.raw()


async def test_with_several_containers_one_is_named(place: Place) -> None:
    beside = {"name": "sidecar", "image": "otel/collector:1", "imagePullPolicy": "IfNotPresent"}
    added = {"op": "add", "path": "/spec/template/spec/containers/-", "value": beside}
    await place.administer([added])
    await wait_for(place.at_rest)

    with pytest.raises(DoNotRetry, match=r"has several containers \(api, sidecar\)"):
        await SET.action.look(place.namespace, SET.params)
    named = ImageParams(deployment=NAME, image=f"sidecar={BY_DIGEST}")
    observation = await SET.action.look(place.namespace, named)
    done = await SET.run(place.namespace, order("R-1", named, observation.sealed))

    assert "The container sidecar of auditron-api has the image" in done.lines[0]
    assert ("auditron/api:2.4.1", BY_DIGEST) == (await place.now()).template.images


async def test_what_runs_already_is_not_asked_for(place: Place) -> None:
    await SET.run(place.namespace, order("R-1", SET.params, await sealed(place, SET)))

    with pytest.raises(DoNotRetry, match="already has the image") as no:
        await SET.action.look(place.namespace, SET.params)
    assert "already-so" == no.value.code
