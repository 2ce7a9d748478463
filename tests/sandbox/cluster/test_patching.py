"""PATCH and PUT of a Deployment: three patch types, versions, dry runs, and who wrote."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from kubernetes.aio import client

from sandbox.cluster import PracticeCluster
from tests.sandbox.cluster.raw import API, JSON, MERGE, STRATEGIC, Raw
from tests.sandbox.cluster.wire import wire

ANNOTATED = {"metadata": {"annotations": {"countersign.dev/request": "R-1"}}}


async def _version(raw: Raw) -> str:
    version: str = (await raw.get(API))[1]["metadata"]["resourceVersion"]
    return version


@pytest.mark.parametrize(
    ("media_type", "patch"),
    [
        (STRATEGIC, {"spec": {"replicas": 5}}),
        (MERGE, {"spec": {"replicas": 5}}),
        (JSON, [{"op": "replace", "path": "/spec/replicas", "value": 5}]),
    ],
)
async def test_each_patch_type_changes_the_replicas(raw: Raw, media_type: str, patch: object) -> None:
    status, body = await raw.patch(patch, media_type)
    assert (200, 5) == (status, body["spec"]["replicas"])
    assert body == (await raw.get(API))[1]


async def test_the_official_client_patches_strategically(apps: client.AppsV1Api) -> None:
    body = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": "auditron/api:3.0.0"}]}}}}
    patched = wire(await apps.patch_namespaced_deployment("auditron-api", "auditron", body))
    container = patched["spec"]["template"]["spec"]["containers"][0]
    assert ("auditron/api:3.0.0", "LOG_LEVEL") == (container["image"], container["env"][0]["name"])


async def test_a_merge_patch_replaces_the_whole_list_of_containers(raw: Raw) -> None:
    body = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": "a:1"}]}}}}
    containers = (await raw.patch(body, MERGE))[1]["spec"]["template"]["spec"]["containers"]
    assert [{"name": "api", "image": "a:1"}] == containers


@pytest.mark.parametrize("media_type", ["application/json", "application/yaml", "text/plain"])
async def test_another_media_type_is_refused(raw: Raw, media_type: str) -> None:
    status, body = await raw.patch({"spec": {"replicas": 5}}, media_type)
    assert (415, "UnsupportedMediaType") == (status, body["reason"])


@pytest.mark.parametrize("media_type", [STRATEGIC, "application/yaml", "application/vnd.kubernetes.protobuf"])
async def test_a_put_is_json(raw: Raw, media_type: str) -> None:
    status, body = await raw.send("PUT", API, (await raw.get(API))[1], media_type)
    assert (415, "UnsupportedMediaType") == (status, body["reason"])


async def test_an_answer_that_is_no_json_cannot_be_had(raw: Raw) -> None:
    headers = {"Accept": "application/vnd.kubernetes.protobuf"}
    async with raw.session.get(API, headers=headers) as response:
        assert (406, "NotAcceptable") == (response.status, (await response.json())["reason"])


async def test_a_stale_version_in_the_body_is_a_conflict(raw: Raw) -> None:
    stale = await _version(raw)
    await raw.patch(ANNOTATED)
    status, body = await raw.patch({"metadata": {"resourceVersion": stale}, "spec": {"replicas": 5}})
    assert (409, "Conflict") == (status, body["reason"])
    assert (
        'Operation cannot be fulfilled on deployments.apps "auditron-api": the object has been modified; '
        "please apply your changes to the latest version and try again"
    ) == body["message"]
    assert 3 == (await raw.get(API))[1]["spec"]["replicas"]


async def test_the_right_version_in_the_body_is_accepted(raw: Raw) -> None:
    body = {"metadata": {"resourceVersion": await _version(raw)}, "spec": {"replicas": 5}}
    assert 200 == (await raw.patch(body))[0]


async def test_a_json_patch_tests_the_version(raw: Raw) -> None:
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": "1"}
    status, body = await raw.patch([test, {"op": "replace", "path": "/spec/replicas", "value": 5}], JSON)
    assert (422, "Invalid") == (status, body["reason"])
    assert "the server rejected our request due to an error in our request" == body["message"]


async def test_a_version_grows_with_each_write_and_not_without_one(raw: Raw) -> None:
    first = int(await _version(raw))
    assert first < int((await raw.patch(ANNOTATED))[1]["metadata"]["resourceVersion"])
    second = await _version(raw)
    assert second == (await raw.patch(ANNOTATED))[1]["metadata"]["resourceVersion"]


async def test_the_generation_follows_spec_and_annotations_but_not_labels(raw: Raw) -> None:
    first = (await raw.get(API))[1]["metadata"]["generation"]
    patches = [{"spec": {"replicas": 5}}, ANNOTATED, {"metadata": {"labels": {"x": "y"}}}]
    seen = [(await raw.patch(each))[1]["metadata"]["generation"] for each in patches]
    assert [first + 1, first + 2, first + 2] == seen


async def test_a_dry_run_answers_and_writes_nothing(raw: Raw) -> None:
    before = await raw.get(API)
    status, body = await raw.patch({"spec": {"replicas": 5}}, dryRun="All")
    assert (200, 5) == (status, body["spec"]["replicas"])
    assert before == await raw.get(API)


async def test_a_dry_run_is_validated_all_the_same(raw: Raw) -> None:
    assert 422 == (await raw.patch({"spec": {"replicas": -1}}, dryRun="All"))[0]


async def test_an_unknown_kind_of_dry_run_is_refused(raw: Raw) -> None:
    status, body = await raw.patch(ANNOTATED, dryRun="Some")
    assert (422, "dryRun") == (status, body["details"]["causes"][0]["field"])


async def test_the_field_manager_is_remembered(raw: Raw) -> None:
    managed = (await raw.patch(ANNOTATED, fieldManager="countersign"))[1]["metadata"]["managedFields"]
    assert ["countersign"] == [each["manager"] for each in managed]


async def test_a_status_in_a_patch_goes_nowhere(raw: Raw) -> None:
    body = (await raw.patch({"status": {"replicas": 99}, "spec": {"replicas": 5}}))[1]
    assert 3 == body["status"]["replicas"]


async def test_a_put_replaces_the_deployment(raw: Raw) -> None:
    current = (await raw.get(API))[1]
    current["spec"]["replicas"] = 4
    status, body = await raw.put(current)
    assert (200, 4) == (status, body["spec"]["replicas"])
    assert 409 == (await raw.put(current))[0]


async def test_a_put_for_another_uid_is_a_conflict(raw: Raw) -> None:
    current = (await raw.get(API))[1]
    current["metadata"] |= {"uid": "another", "resourceVersion": ""}
    status, body = await raw.put(current)
    assert 409 == status
    assert "Precondition failed: UID in precondition: another" in body["message"]


async def test_json_that_cannot_be_read_is_a_bad_request(raw: Raw) -> None:
    for media_type in (STRATEGIC, MERGE, JSON):
        assert 400 == (await raw.patch(b'{"spec":', media_type))[0]
    assert 400 == (await raw.put(b"replicas: 5"))[0]


@pytest.mark.parametrize("text", [b"[]", b"5", b'{"spec":{"replicas":NaN}}', b"[" * 100_000])
async def test_json_that_is_no_patch_is_a_bad_request(raw: Raw, text: bytes) -> None:
    assert 400 == (await raw.patch(text, MERGE))[0]


async def test_a_body_that_is_too_large_is_refused(raw: Raw) -> None:
    status, body = await raw.patch(b'"' + b"x" * 3_200_000 + b'"')
    assert (413, "RequestEntityTooLarge") == (status, body["reason"])


async def test_an_unknown_field_is_dropped_with_a_warning(raw: Raw) -> None:
    body = json.dumps({"spec": {"replica": 5}}).encode()
    async with raw.session.patch(API, data=body, headers={"Content-Type": STRATEGIC}) as response:
        answered: Any = await response.json()
        assert '299 - "unknown field \\"spec.replica\\""' == response.headers["Warning"]
    assert "replica" not in answered["spec"]


async def test_an_unknown_field_is_refused_when_that_is_asked_for(raw: Raw) -> None:
    status, body = await raw.patch({"spec": {"replica": 5}}, fieldValidation="Strict")
    assert 422 == status
    assert 'unknown field "spec.replica"' in body["message"]


async def test_what_does_not_change_tells_nobody(cluster: PracticeCluster, raw: Raw) -> None:
    told: list[int] = []
    cluster.on_change = lambda: told.append(1)
    await raw.patch({"spec": {"replicas": 5}}, dryRun="All")
    assert [] == told
    await raw.patch({"spec": {"replicas": 5}})
    assert [1] == told


async def test_of_writes_with_the_same_version_one_wins(raw: Raw) -> None:
    version = await _version(raw)
    body = {"metadata": {"resourceVersion": version}, "spec": {"replicas": 5}}
    statuses = [status for status, _ in await asyncio.gather(*(raw.patch(body) for _ in range(5)))]
    assert [200, 409, 409, 409, 409] == sorted(statuses)
