"""Settings, secrets and network policies are written as Kubernetes lets them be written."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contracts.kubernetes.administrator import MERGE_PATCH, Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.test_api import told
from tests.contracts.kubernetes.truth import BROKEN, CONFLICT, DONE, NOT_FOUND, refused

JSON = "application/json"
NO_BASE64 = {"key": "not base64!"}
MADE = (201, "", ())
TAKEN = (409, "AlreadyExists", ())
UNREADABLE = (400, "BadRequest", ())


@pytest.fixture
async def cluster(ground: Ground) -> AsyncIterator[Administrator]:
    async with administrator(ground.admin) as opened:
        yield opened


@pytest.fixture
def core(ground: Ground) -> str:
    return f"/api/v1/namespaces/{ground.namespace}"


@pytest.fixture
def policies(ground: Ground) -> str:
    return f"/apis/networking.k8s.io/v1/namespaces/{ground.namespace}/networkpolicies"


def named(name: str, **rest: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **rest}


CONFIG_MAPS = {
    "one that is new": (named("new", data={"a": "b"}), MADE),
    "one that is there": (named("auditron-settings"), TAKEN),
    "a name in capitals": (named("New"), refused("metadata.name")),
    "no name": ({"metadata": {}}, refused("metadata.name")),
    "a name that is made up": ({"metadata": {"generateName": "new-"}}, MADE),
    "a key with a space": (named("new", data={"a b": "c"}), refused("data[a b]")),
    "a number": (named("new", data={"a": 1}), UNREADABLE),
    "another kind": (named("new", kind="Secret", apiVersion="v1"), UNREADABLE),
    "another namespace": ({"metadata": {"name": "new", "namespace": "elsewhere"}}, UNREADABLE),
}
SECRETS = {
    "one that is new": (named("new", data={"a": "Yg=="}), MADE),
    "one in plain words": (named("new", stringData={"a": "b"}), MADE),
    "no base64": (named("new", data=NO_BASE64), UNREADABLE),
    "base64 without its end": (named("new", data={"a": "Yg"}), UNREADABLE),
    "a key with a space": (named("new", data={"a b": "Yg=="}), refused("data[a b]")),
}
POLICIES = {
    "one that lets nothing in": (named("new", spec={"podSelector": {}}), MADE),
    "one without anything": (named("new"), MADE),
    "a direction that is none": (
        named("new", spec={"podSelector": {}, "policyTypes": ["Sideways"]}),
        refused("spec.policyTypes[0]"),
    ),
    "nobody": (
        named("new", spec={"podSelector": {}, "ingress": [{"from": [{}]}]}),
        refused("spec.ingress[0].from[0]"),
    ),
    "a port beyond all ports": (
        named("new", spec={"podSelector": {}, "ingress": [{"ports": [{"port": 70000}]}]}),
        refused("spec.ingress[0].ports[0].port"),
    ),
    "no network": (
        named("new", spec={"podSelector": {}, "egress": [{"to": [{"ipBlock": {"cidr": "x"}}]}]}),
        refused("spec.egress[0].to[0].ipBlock.cidr"),
    ),
}


@pytest.mark.parametrize(("plural", "rows"), [("configmaps", CONFIG_MAPS), ("secrets", SECRETS)])
async def test_new_settings_and_secrets_are_taken_or_refused(
    cluster: Administrator, core: str, plural: str, rows: dict[str, Any]
) -> None:
    path = f"{core}/{plural}?dryRun=All"

    answers = {name: told(*await cluster.ask("POST", path, row[0], JSON)) for name, row in rows.items()}

    assert {name: row[1] for name, row in rows.items()} == answers


async def test_new_network_policies_are_taken_or_refused(cluster: Administrator, policies: str) -> None:
    path = f"{policies}?dryRun=All"

    answers = {name: told(*await cluster.ask("POST", path, row[0], JSON)) for name, row in POLICIES.items()}

    assert {name: row[1] for name, row in POLICIES.items()} == answers


async def test_a_namespace_that_is_not_there_takes_nothing(cluster: Administrator) -> None:
    answer = told(*await cluster.ask("POST", "/api/v1/namespaces/nope/configmaps", named("new"), JSON))

    assert NOT_FOUND == answer


async def test_a_new_object_has_no_version_yet(cluster: Administrator, core: str) -> None:
    versioned = {"metadata": {"name": "new", "resourceVersion": "5"}}

    assert BROKEN == told(*await cluster.ask("POST", f"{core}/configmaps", versioned, JSON))


async def test_a_dry_run_of_a_new_object_leaves_nothing(cluster: Administrator, core: str) -> None:
    await cluster.create(f"{core}/configmaps?dryRun=All", named("new"))

    assert NOT_FOUND == told(*await cluster.ask("GET", f"{core}/configmaps/new"))


async def test_a_patch_of_a_setting_keeps_the_others(cluster: Administrator, core: str) -> None:
    path = f"{core}/configmaps/auditron-settings"
    before = (await cluster.get(path))["data"]

    await cluster.patch(path, {"data": {"queue_concurrency": "9"}})

    assert before | {"queue_concurrency": "9"} == (await cluster.get(path))["data"]


async def test_a_setting_that_has_changed_since_is_a_conflict(cluster: Administrator, core: str) -> None:
    path = f"{core}/configmaps/auditron-settings"
    version = (await cluster.get(path))["metadata"]["resourceVersion"]
    await cluster.patch(path, {"data": {"queue_concurrency": "9"}})

    stale = {"metadata": {"resourceVersion": version}, "data": {"queue_concurrency": "7"}}
    assert CONFLICT == told(*await cluster.ask("PATCH", path, stale, MERGE_PATCH))


async def test_a_secret_in_plain_words_is_kept_as_base64(cluster: Administrator, core: str) -> None:
    made = await cluster.create(f"{core}/secrets", named("new", stringData={"a": "b"}))

    assert {"a": base64.b64encode(b"b").decode()} == made["data"]
    assert "stringData" not in made
    assert "Opaque" == made["type"]


async def test_one_key_of_a_secret_is_changed_and_the_others_stay(cluster: Administrator, core: str) -> None:
    path = f"{core}/secrets/auditron-secrets"
    before = (await cluster.get(path))["data"]

    await cluster.patch(path, {"data": {"jwt-secret": "bmV3"}})

    assert before | {"jwt-secret": "bmV3"} == (await cluster.get(path))["data"]


@pytest.mark.parametrize(
    ("patch", "answer"),
    [
        ({"data": NO_BASE64}, refused("patch")),
        ({"type": "other"}, refused("type")),
        ({"immutable": True}, DONE),
    ],
)
async def test_patches_of_a_secret_are_taken_or_refused(
    cluster: Administrator, core: str, patch: dict[str, Any], answer: Any
) -> None:
    path = f"{core}/secrets/auditron-secrets?dryRun=All"

    assert answer == told(*await cluster.ask("PATCH", path, patch, MERGE_PATCH))


async def test_what_is_immutable_is_not_changed(cluster: Administrator, core: str) -> None:
    path = f"{core}/secrets/auditron-secrets"
    await cluster.patch(path, {"immutable": True})

    patch = {"stringData": {"jwt-secret": "new"}}
    assert refused("data") == told(*await cluster.ask("PATCH", path, patch, MERGE_PATCH))


async def test_a_policy_without_types_is_one_of_ingress(cluster: Administrator, policies: str) -> None:
    made = await cluster.create(policies, named("closed", spec={"podSelector": {}}))
    both = await cluster.create(
        policies, named("both", spec={"podSelector": {}, "egress": [{"to": [{"podSelector": {}}]}]})
    )

    assert ["Ingress"] == made["spec"]["policyTypes"]
    assert ["Ingress", "Egress"] == both["spec"]["policyTypes"]
    assert 1 == made["metadata"]["generation"]


async def test_what_is_deleted_is_gone_and_a_dry_run_deletes_nothing(
    cluster: Administrator, policies: str
) -> None:
    made = await cluster.create(policies, named("closed", spec={"podSelector": {}}))

    dry = await cluster.delete(f"{policies}/closed?dryRun=All")
    assert DONE == told(*await cluster.ask("GET", f"{policies}/closed"))
    done = await cluster.delete(f"{policies}/closed")
    assert NOT_FOUND == told(*await cluster.ask("GET", f"{policies}/closed"))

    assert ("Success", made["metadata"]["uid"]) == (done["status"], done["details"]["uid"])
    assert dry == done


async def test_another_object_of_the_name_is_not_deleted(cluster: Administrator, policies: str) -> None:
    await cluster.create(policies, named("closed", spec={"podSelector": {}}))

    other = {"preconditions": {"uid": "other"}}
    assert CONFLICT == told(*await cluster.ask("DELETE", f"{policies}/closed", other, JSON))
