"""An API server answers as Kubernetes does, the practice cluster no differently from a real one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.contracts.kubernetes import truth
from tests.contracts.kubernetes.administrator import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_PATCH,
    Administrator,
    administrator,
)
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME
from tests.contracts.kubernetes.truth import Answer

DRY = "dryRun=All"


def told(status: int, body: Any) -> Answer:
    """What of an answer a caller can act on."""
    if status < 300 or not isinstance(body, dict):
        return status, "", ()
    causes = body.get("details", {}).get("causes", ())
    return status, body.get("reason", ""), tuple(sorted({cause.get("field", "") for cause in causes}))


async def patched(
    cluster: Administrator, path: str, media_type: str, rows: Mapping[str, tuple[Any, ...]]
) -> dict[str, Answer]:
    """What becomes of the patch that each row begins with."""
    return {name: told(*await cluster.ask("PATCH", path, row[0], media_type)) for name, row in rows.items()}


@pytest.fixture
async def cluster(ground: Ground) -> AsyncIterator[Administrator]:
    async with administrator(ground.admin) as opened:
        yield opened


@pytest.fixture
def apps(ground: Ground) -> str:
    return f"/apis/apps/v1/namespaces/{ground.namespace}"


@pytest.mark.parametrize(("media_type", "column"), [(MERGE_PATCH, 1), (STRATEGIC_PATCH, 2)])
async def test_patches_are_taken_or_refused(
    cluster: Administrator, apps: str, media_type: str, column: int
) -> None:
    path = f"{apps}/deployments/{NAME}?{DRY}"

    answers = {
        name: told(*await cluster.ask("PATCH", path, row[0], media_type))
        for name, row in truth.PATCHES.items()
    }

    assert {name: row[column] for name, row in truth.PATCHES.items()} == answers


@pytest.mark.parametrize(("media_type", "column"), [(MERGE_PATCH, 1), (STRATEGIC_PATCH, 2)])
async def test_numbers_of_replicas_are_taken_or_refused_for_a_scale_as_for_a_deployment(
    cluster: Administrator, apps: str, media_type: str, column: int
) -> None:
    path = f"{apps}/deployments/{NAME}/scale?{DRY}"

    answers = await patched(cluster, path, media_type, truth.REPLICAS)

    assert {name: row[column] for name, row in truth.REPLICAS.items()} == answers


async def test_json_patches_are_taken_or_refused(cluster: Administrator, apps: str) -> None:
    path = f"{apps}/deployments/{NAME}?{DRY}"

    answers = await patched(cluster, path, JSON_PATCH, truth.JSON_PATCHES)

    assert {name: answer for name, (_, answer) in truth.JSON_PATCHES.items()} == answers


@pytest.mark.parametrize(("media_type", "column"), [(MERGE_PATCH, 1), (STRATEGIC_PATCH, 2), (JSON_PATCH, 3)])
async def test_bytes_that_are_no_patch_are_refused(
    cluster: Administrator, apps: str, media_type: str, column: int
) -> None:
    path = f"{apps}/deployments/{NAME}?{DRY}"

    answers = await patched(cluster, path, media_type, truth.BYTES)

    assert {name: row[column] for name, row in truth.BYTES.items()} == answers


async def test_options_of_a_patch_are_taken_or_refused(cluster: Administrator, apps: str) -> None:
    path = f"{apps}/deployments/{NAME}"

    answers = {
        query: told(*await cluster.ask("PATCH", f"{path}?{query}", {"spec": {"nonsense": 1}}, MERGE_PATCH))
        for query in truth.OPTIONS
    }

    assert truth.OPTIONS == answers


async def test_media_types_of_a_patch_are_taken_or_refused(cluster: Administrator, apps: str) -> None:
    path = f"{apps}/deployments/{NAME}?{DRY}"

    answers = {
        media_type: told(*await cluster.ask("PATCH", path, {"spec": {}}, media_type))
        for media_type in truth.MEDIA_TYPES
    }

    assert truth.MEDIA_TYPES == answers


async def test_reads_are_answered_or_refused(cluster: Administrator, apps: str) -> None:
    answers = {what: told(*await cluster.ask("GET", f"{apps}/{what}")) for what in truth.READS}

    assert truth.READS == answers


async def test_what_is_nowhere_is_not_found(cluster: Administrator) -> None:
    answers = {path: (await cluster.ask("GET", path))[0] for path in truth.NO_PATHS}

    assert dict.fromkeys(truth.NO_PATHS, 404) == answers


async def test_methods_that_a_place_does_not_have_are_told(cluster: Administrator, apps: str) -> None:
    answers = {
        (method, what): told(
            *await cluster.ask(
                method, f"{apps}/{what}?{DRY}", {}, MERGE_PATCH if method == "PATCH" else "application/json"
            )
        )
        for method, what in truth.NO_METHODS
    }

    assert dict.fromkeys(truth.NO_METHODS, truth.NO_METHOD) == answers


async def test_new_elements_of_a_strategic_patch_go_before_what_it_leaves_alone(
    cluster: Administrator, apps: str
) -> None:
    added = [{"name": name, "image": f"{name}:1"} for name in ("first", "last")]

    patch = {"spec": {"template": {"spec": {"containers": added}}}}
    _, found = await cluster.ask("PATCH", f"{apps}/deployments/{NAME}?{DRY}", patch, STRATEGIC_PATCH)

    names = [one["name"] for one in found["spec"]["template"]["spec"]["containers"]]
    assert ["first", "last", "api"] == names
