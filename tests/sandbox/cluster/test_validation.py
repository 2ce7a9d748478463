"""What the API server refuses to store, in its own words and with its own codes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cluster.raw import API, JSON, MERGE, STRATEGIC, Raw

SCALE = f"{API}/scale"


def _replicas(value: object, media_type: str) -> object:
    if media_type == JSON:
        return [{"op": "replace", "path": "/spec/replicas", "value": value}]
    return {"spec": {"replicas": value}}


@pytest.mark.parametrize("media_type", [STRATEGIC, MERGE, JSON])
async def test_negative_replicas_are_invalid(raw: Raw, media_type: str) -> None:
    status, body = await raw.patch(_replicas(-1, media_type), media_type)
    assert (422, "Invalid") == (status, body["reason"])
    because = "Invalid value: -1: must be greater than or equal to 0"
    assert f'Deployment.apps "auditron-api" is invalid: spec.replicas: {because}' == body["message"]
    assert {
        "name": "auditron-api",
        "group": "apps",
        "kind": "Deployment",
        "causes": [{"reason": "FieldValueInvalid", "message": because, "field": "spec.replicas"}],
    } == body["details"]


@pytest.mark.parametrize(
    ("media_type", "value", "because"),
    [
        (MERGE, 5.5, "json: cannot unmarshal number 5.5 into Go struct field DeploymentSpec.spec.replicas"),
        (MERGE, "5", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas"),
        (JSON, True, "json: cannot unmarshal bool into Go struct field DeploymentSpec.spec.replicas"),
        (MERGE, 999999999999, "json: cannot unmarshal number 999999999999 into Go struct field"),
        (STRATEGIC, 5.5, "cannot convert float64 to int32"),
        (STRATEGIC, "5", "unrecognized type: int32"),
        (STRATEGIC, [5], "unrecognized type: int32"),
    ],
)
async def test_replicas_that_are_no_number_of_pods_are_invalid(
    raw: Raw, media_type: str, value: object, because: str
) -> None:
    status, body = await raw.patch(_replicas(value, media_type), media_type)
    assert (422, "Invalid") == (status, body["reason"])
    assert body["message"].startswith(' "" is invalid: patch: Invalid value: ')
    assert because in body["message"]


async def test_a_strategic_patch_wraps_numbers_beyond_32_bits_as_the_original_does(raw: Raw) -> None:
    """The converter does not check for overflow: 999999999999 becomes negative, 2**32 + 5 becomes 5."""
    assert 422 == (await raw.patch(_replicas(999999999999, STRATEGIC)))[0]
    assert 5 == (await raw.patch(_replicas(2**32 + 5, STRATEGIC)))[1]["spec"]["replicas"]


async def test_replicas_taken_away_become_one(raw: Raw) -> None:
    assert 1 == (await raw.patch({"spec": {"replicas": None}}))[1]["spec"]["replicas"]


@pytest.mark.parametrize("value", [5.5, "5", 999999999999])
async def test_a_put_with_the_wrong_type_is_a_bad_request(raw: Raw, value: object) -> None:
    body = (await raw.get(API))[1]
    body["spec"]["replicas"] = value
    status, answer = await raw.put(body)
    assert (400, "BadRequest") == (status, answer["reason"])
    assert answer["message"].startswith(
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal'
    )


@pytest.mark.parametrize(
    ("patch", "field", "because"),
    [
        ({"selector": {"matchLabels": {"app": "other"}}}, "spec.selector", "field is immutable"),
        (
            {"template": {"metadata": {"labels": {"app": "other"}}}},
            "spec.template.metadata.labels",
            "`selector` does not match template `labels`",
        ),
        ({"template": {"spec": {"containers": [{"name": "api", "image": ""}]}}}, ".image", "Required value"),
        ({"template": {"spec": {"containers": [{"name": "A b", "image": "x"}]}}}, ".name", "RFC 1123 label"),
        ({"template": {"spec": {"restartPolicy": "Never"}}}, "restartPolicy", "Unsupported value"),
        ({"strategy": {"type": "Never"}}, "spec.strategy", "Unsupported value"),
        ({"strategy": {"rollingUpdate": {"maxSurge": "many"}}}, "maxSurge", "a valid percent string"),
        ({"minReadySeconds": 900}, "spec.progressDeadlineSeconds", "must be greater than minReadySeconds"),
        ({"revisionHistoryLimit": -1}, "spec.revisionHistoryLimit", "must be greater than or equal to 0"),
    ],
)
async def test_a_spec_that_cannot_be_is_invalid(
    raw: Raw, patch: dict[str, Any], field: str, because: str
) -> None:
    status, body = await raw.patch({"spec": patch})
    told = [(each["field"], each["message"]) for each in body["details"]["causes"]]
    assert 422 == status
    assert any(at.endswith(field) and because in text for at, text in told), told


async def test_all_faults_are_told_at_once(raw: Raw) -> None:
    status, body = await raw.patch({"spec": {"replicas": -1, "revisionHistoryLimit": -1}})
    assert (422, 2) == (status, len(body["details"]["causes"]))
    assert body["message"].startswith('Deployment.apps "auditron-api" is invalid: [spec.replicas: ')


async def test_a_deployment_without_containers_is_invalid(raw: Raw) -> None:
    status, body = await raw.patch({"spec": {"template": {"spec": {"containers": []}}}}, MERGE)
    assert (422, "spec.template.spec.containers") == (status, body["details"]["causes"][0]["field"])


@pytest.mark.parametrize(
    ("meta", "code", "because"),
    [
        ({"name": "other"}, 400, "the name of the object (other) does not match the name on the URL"),
        ({"namespace": "other"}, 400, "the namespace of the provided object does not match the namespace"),
        ({"uid": "other"}, 422, "field is immutable"),
        ({"annotations": {"no good": "x"}}, 422, "name part must consist of alphanumeric characters"),
        ({"annotations": {"x": "y" * 300_000}}, 422, "Too long: may not be more than 262144 bytes"),
        ({"annotations": {"x": 5}}, 422, "cannot convert int64 to string"),
        ({"labels": {"x": "not a label"}}, 422, "a valid label must be an empty string or consist of"),
        ({"resourceVersion": "abc"}, 500, 'strconv.ParseUint: parsing "abc": invalid syntax'),
    ],
)
async def test_metadata_that_cannot_be_is_refused(
    raw: Raw, meta: dict[str, Any], code: int, because: str
) -> None:
    status, body = await raw.patch({"metadata": meta})
    assert code == status
    assert because in body["message"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/spec/template/spec/containers/7"},
        {"op": "add", "path": "/spec/template/spec/containers/9", "value": {}},
        {"op": "replace", "path": "/spec/template/spec/containers/-", "value": {}},
        {"op": "add", "path": "spec", "value": {}},
        {"op": "test", "path": "/spec/replicas", "value": 3.0},
        {"op": "grow", "path": "/spec/replicas", "value": 5},
        {"op": "move", "from": "/spec/nothing", "path": "/spec/replicas"},
    ],
)
async def test_a_json_patch_that_does_not_fit_is_unprocessable(raw: Raw, operation: object) -> None:
    status, body = await raw.patch([operation], JSON)
    assert (422, "Invalid") == (status, body["reason"])


@pytest.mark.parametrize("patch", [{"spec": {}}, [5], [{"op": 5}], 7])
async def test_what_is_no_json_patch_is_a_bad_request(raw: Raw, patch: object) -> None:
    assert 400 == (await raw.patch(patch, JSON))[0]


async def test_a_container_without_its_merge_key_is_an_error(raw: Raw) -> None:
    status, body = await raw.patch({"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}})
    assert 500 == status
    assert "map: map[image:x] does not contain declared merge key: name" in body["message"]


# -- scale


async def test_the_scale_tells_what_runs_and_how_it_is_selected(raw: Raw) -> None:
    scale = (await raw.get(SCALE))[1]
    assert ("Scale", "autoscaling/v1") == (scale["kind"], scale["apiVersion"])
    assert {"replicas": 3} == scale["spec"]
    assert {"replicas": 3, "selector": "app=auditron-api"} == scale["status"]


@pytest.mark.parametrize("media_type", [STRATEGIC, MERGE, JSON])
async def test_a_patched_scale_changes_the_deployment(raw: Raw, media_type: str) -> None:
    body: object = {"spec": {"replicas": 5}}
    if media_type == JSON:
        body = [{"op": "replace", "path": "/spec/replicas", "value": 5}]
    assert 200 == (await raw.patch(body, media_type, SCALE))[0]
    assert 5 == (await raw.get(API))[1]["spec"]["replicas"]


async def test_a_scale_of_zero_is_left_out_as_the_original_does(raw: Raw) -> None:
    assert {} == (await raw.patch({"spec": {"replicas": 0}}, path=SCALE))[1]["spec"]


async def test_an_annotation_on_a_scale_goes_nowhere(raw: Raw) -> None:
    body = {"metadata": {"annotations": {"countersign.dev/request": "R-1"}}, "spec": {"replicas": 5}}
    await raw.patch(body, path=SCALE)
    assert "countersign.dev/request" not in (await raw.get(API))[1]["metadata"]["annotations"]


async def test_a_stale_scale_is_a_conflict_on_the_deployment(raw: Raw) -> None:
    scale = (await raw.get(SCALE))[1]
    await raw.patch({"spec": {"replicas": 4}})
    scale["spec"]["replicas"] = 5
    status, body = await raw.put(scale, SCALE)
    assert (409, "Conflict") == (status, body["reason"])
    assert body["message"].startswith('Operation cannot be fulfilled on deployments.apps "auditron-api"')


async def test_a_scale_for_another_uid_is_a_conflict(raw: Raw) -> None:
    body = {"metadata": {"uid": "other"}, "spec": {"replicas": 5}}
    assert 409 == (await raw.patch(body, path=SCALE))[0]


async def test_a_negative_scale_is_invalid(raw: Raw) -> None:
    status, body = await raw.patch({"spec": {"replicas": -1}}, path=SCALE)
    assert 422 == status
    assert body["message"].startswith('Scale.autoscaling "auditron-api" is invalid: spec.replicas: ')


async def test_the_scale_of_nothing_is_not_found(raw: Raw) -> None:
    status, body = await raw.get(SCALE.replace("auditron-api", "none"))
    assert (404, 'deployments.apps "none" not found') == (status, body["message"])
