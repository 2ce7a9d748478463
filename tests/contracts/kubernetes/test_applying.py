"""Server-side apply: who owns a field is asked before it is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contracts.kubernetes.administrator import MERGE_PATCH, Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.test_api import told
from tests.contracts.kubernetes.truth import BAD_REQUEST, BROKEN, CONFLICT, DONE, NOT_FOUND, Answer, refused

APPLY = "application/apply-patch+yaml"
ONE, TWO = "?fieldManager=one", "?fieldManager=two"
MADE: Answer = (201, "", ())


@pytest.fixture
async def cluster(ground: Ground) -> AsyncIterator[Administrator]:
    async with administrator(ground.admin) as opened:
        yield opened


@pytest.fixture
def config(ground: Ground) -> str:
    return f"/api/v1/namespaces/{ground.namespace}/configmaps/mine"


@pytest.fixture
def apps(ground: Ground) -> str:
    return f"/apis/apps/v1/namespaces/{ground.namespace}/deployments"


def config_map(**data: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}, "data": data}


def deployment(image: str = "auditron/api:1.0", **spec: Any) -> dict[str, Any]:
    container = {"name": "api", "image": image, "env": [{"name": "LEVEL", "value": "info"}]}
    template = {"metadata": {"labels": {"app": "mine"}}, "spec": {"containers": [container]}}
    selector = {"matchLabels": {"app": "mine"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "mine"},
        "spec": {"selector": selector, "template": template, **spec},
    }


async def applied(cluster: Administrator, path: str, body: Any) -> Any:
    status, found = await cluster.ask("PATCH", path, body, APPLY)
    assert status < 300, found
    return found


async def answers(cluster: Administrator, path: str, bodies: dict[str, Any]) -> dict[str, Answer]:
    return {name: told(*await cluster.ask("PATCH", path, body, APPLY)) for name, body in bodies.items()}


def owners(thing: Any) -> dict[str, set[str]]:
    """For each manager, the keys of `data` that it owns."""
    return {
        entry["manager"]: {key for key in entry["fieldsV1"].get("f:data", {}) if key != "."}
        for entry in thing["metadata"]["managedFields"]
    }


async def test_what_is_applied_is_made_and_then_left_as_it_is(cluster: Administrator, config: str) -> None:
    made = await cluster.ask("PATCH", config + ONE, config_map(a="1"), APPLY)
    again = await cluster.ask("PATCH", config + ONE, config_map(a="1"), APPLY)

    assert (201, 200) == (made[0], again[0])
    assert made[1]["metadata"]["resourceVersion"] == again[1]["metadata"]["resourceVersion"]
    assert {"one": {"f:a"}} == owners(again[1])


async def test_a_manager_has_to_say_who_it_is(cluster: Administrator, config: str) -> None:
    assert refused("fieldManager") == told(*await cluster.ask("PATCH", config, config_map(), APPLY))


async def test_a_field_of_somebody_else_is_a_conflict_and_nothing_is_changed(
    cluster: Administrator, config: str
) -> None:
    await applied(cluster, config + ONE, config_map(a="1", b="1"))

    status, found = await cluster.ask("PATCH", config + TWO, config_map(a="2", c="2"), APPLY)

    assert (409, "Conflict") == (status, found["reason"])
    assert 'Apply failed with 1 conflict: conflict with "one": .data.a' == found["message"]
    assert [
        {"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.a"}
    ] == found["details"]["causes"]
    assert {"a": "1", "b": "1"} == (await cluster.get(config))["data"]


async def test_conflicts_are_told_all_at_once(cluster: Administrator, config: str) -> None:
    await applied(cluster, config + ONE, config_map(a="1", b="1"))

    _, found = await cluster.ask("PATCH", config + TWO, config_map(a="2", b="2"), APPLY)

    assert 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b' == found["message"]


async def test_force_takes_the_field_over(cluster: Administrator, config: str) -> None:
    await applied(cluster, config + ONE, config_map(a="1", b="1"))

    found = await applied(cluster, f"{config}{TWO}&force=true", config_map(a="2"))

    assert {"a": "2", "b": "1"} == found["data"]
    assert {"one": {"f:b"}, "two": {"f:a"}} == owners(found)


async def test_the_same_value_is_owned_together(cluster: Administrator, config: str) -> None:
    await applied(cluster, config + ONE, config_map(a="1"))

    found = await applied(cluster, config + TWO, config_map(a="1"))

    assert {"one": {"f:a"}, "two": {"f:a"}} == owners(found)


async def test_what_is_applied_no_more_goes_unless_somebody_else_owns_it(
    cluster: Administrator, config: str
) -> None:
    await applied(cluster, config + ONE, config_map(a="1", b="1", c="1"))
    await applied(cluster, config + TWO, config_map(a="1"))

    found = await applied(cluster, config + ONE, config_map(c="1"))

    assert {"a": "1", "c": "1"} == found["data"]


async def test_a_patch_takes_its_fields_over_without_asking(cluster: Administrator, config: str) -> None:
    await applied(cluster, config + ONE, config_map(a="1"))
    await cluster.ask("PATCH", f"{config}?fieldManager=three", {"data": {"a": "3"}}, MERGE_PATCH)

    status, found = await cluster.ask("PATCH", config + ONE, config_map(a="1"), APPLY)

    assert 409 == status
    assert 'Apply failed with 1 conflict: conflict with "three" using v1: .data.a' == found["message"]


async def test_a_scale_takes_the_replicas_over(cluster: Administrator, apps: str) -> None:
    await applied(cluster, f"{apps}/mine{ONE}", deployment(replicas=0))
    scale = f"{apps}/mine/scale?fieldManager=scaler"
    await cluster.ask("PATCH", scale, {"spec": {"replicas": 1}}, MERGE_PATCH)

    _, found = await cluster.ask("PATCH", f"{apps}/mine{ONE}", deployment(replicas=0), APPLY)

    conflict = 'conflict with "scaler" with subresource "scale" using apps/v1'
    assert f"Apply failed with 1 conflict: {conflict}: .spec.replicas" == found["message"]


async def test_a_container_is_owned_field_by_field(cluster: Administrator, apps: str) -> None:
    path = f"{apps}/mine"
    await applied(cluster, path + ONE, deployment(replicas=0))
    container = {"name": "api", "env": [{"name": "MORE", "value": "yes"}]}
    partial = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "mine"},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }

    found = await applied(cluster, path + TWO, partial)
    _, other = await cluster.ask("PATCH", path + TWO, deployment("auditron/api:2.0"), APPLY)

    (one,) = found["spec"]["template"]["spec"]["containers"]
    assert ("auditron/api:1.0", ["LEVEL", "MORE"]) == (one["image"], [env["name"] for env in one["env"]])
    field = '.spec.template.spec.containers[name="api"].image'
    assert [field] == [cause["field"] for cause in other["details"]["causes"]]


async def test_a_dry_run_tells_what_would_be_and_changes_nothing(cluster: Administrator, config: str) -> None:
    await applied(cluster, config + ONE, config_map(a="1"))
    before = await cluster.get(config)

    found = await applied(cluster, f"{config}{TWO}&force=true&dryRun=All", config_map(a="2"))
    conflict = await cluster.ask("PATCH", f"{config}{TWO}&dryRun=All", config_map(a="2"), APPLY)

    assert {"a": "2"} == found["data"]
    assert CONFLICT[:2] == told(*conflict)[:2]
    assert before == await cluster.get(config)


async def test_a_dry_run_makes_nothing(cluster: Administrator, config: str) -> None:
    assert MADE == told(*await cluster.ask("PATCH", f"{config}{ONE}&dryRun=All", config_map(a="1"), APPLY))
    assert NOT_FOUND == told(*await cluster.ask("GET", config))


async def test_what_was_there_before_anybody_applied_has_owners_too(
    cluster: Administrator, apps: str
) -> None:
    body = deployment() | {"metadata": {"name": "auditron-api"}}
    body["spec"] = {"replicas": 7}

    status, found = await cluster.ask("PATCH", f"{apps}/auditron-api{ONE}", body, APPLY)

    assert (409, [".spec.replicas"]) == (status, [one["field"] for one in found["details"]["causes"]])


async def test_bodies_that_cannot_be_applied_are_refused(cluster: Administrator, config: str) -> None:
    await applied(cluster, config + ONE, config_map(a="1"))
    metadata = config_map()["metadata"]
    bodies: dict[str, tuple[Any, Answer]] = {
        "YAML": (b"apiVersion: v1\nkind: ConfigMap\ndata: {a: '1'}\n", DONE),
        "no YAML": (b"{", BAD_REQUEST),
        "nothing": (b"", BAD_REQUEST),
        "a list": ([], BAD_REQUEST),
        "no kind": ({"metadata": metadata}, BAD_REQUEST),
        "another kind": (config_map() | {"kind": "Secret"}, BAD_REQUEST),
        "another name": (config_map() | {"metadata": {"name": "other"}}, BAD_REQUEST),
        "owners": (
            config_map() | {"metadata": metadata | {"managedFields": [{"manager": "x"}]}},
            BAD_REQUEST,
        ),
        "an unknown field": (config_map() | {"nonsense": 1}, BROKEN),
        "a number": (config_map(a=5), BROKEN),
        "a YAML that means true": (b"apiVersion: v1\nkind: ConfigMap\ndata: {a: yes}\n", BROKEN),
        "an old version": (config_map() | {"metadata": metadata | {"resourceVersion": "1"}}, CONFLICT),
        "another uid": (config_map() | {"metadata": metadata | {"uid": "x"}}, refused("metadata.uid")),
    }

    found = await answers(cluster, config + ONE, {name: body for name, (body, _) in bodies.items()})

    wanted = {name: answer for name, (_, answer) in bodies.items()}
    assert wanted == {name: (*one[:2], tuple(sorted({*one[2]}))) for name, one in found.items()}


async def test_what_cannot_be_is_refused_when_it_is_applied_too(cluster: Administrator, apps: str) -> None:
    path = f"{apps}/mine{ONE}&force=true"
    await applied(cluster, path, deployment(replicas=0))
    twice = deployment()
    twice["spec"]["template"]["spec"]["containers"] *= 2
    bodies = {
        "less than none": deployment(replicas=-1),
        "one container twice": twice,
        "another selector": deployment(selector={"matchLabels": {"app": "other"}}),
    }

    found = await answers(cluster, path, bodies)

    wanted = {
        "less than none": refused("spec.replicas"),
        "one container twice": BROKEN,
        "another selector": refused("spec.selector", "spec.template.metadata.labels"),
    }
    assert wanted == found


async def test_a_policy_a_secret_and_a_job_can_be_applied(cluster: Administrator, ground: Ground) -> None:
    core, place = f"/api/v1/namespaces/{ground.namespace}", f"namespaces/{ground.namespace}"
    named = {"metadata": {"name": "mine"}}
    work = {"containers": [{"name": "work", "image": "auditron/api:finishes"}], "restartPolicy": "Never"}
    things: dict[str, dict[str, Any]] = {
        f"{core}/secrets": {"apiVersion": "v1", "kind": "Secret", "data": {"key": "YQ=="}, **named},
        f"/apis/networking.k8s.io/v1/{place}/networkpolicies": {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "spec": {"podSelector": {"matchLabels": {"app": "x"}}, "policyTypes": ["Ingress", "Egress"]},
            **named,
        },
        f"/apis/batch/v1/{place}/jobs": {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "spec": {"template": {"spec": work}},
            **named,
        },
    }

    for path, body in things.items():
        assert [MADE, DONE] == [
            told(*await cluster.ask("PATCH", f"{path}/mine{ONE}", body, APPLY)) for _ in range(2)
        ]
