"""`countersign manifest --rbac` writes what the policies need in a cluster, by name and without wildcards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.__main__ import main
from policies.cluster import ClusterRules
from tests.unit.access.book import POLICIES, folder_with

ACCOUNT = {"kind": "ServiceAccount", "name": "countersign", "namespace": "countersign"}

Printed = pytest.CaptureFixture[str]


def objects(capsys: Printed, folder: Path, *options: str) -> list[dict[str, Any]]:
    assert 0 == main(["manifest", "--rbac", "--policies", str(folder), *options])
    return list(yaml.safe_load_all(capsys.readouterr().out))


def rules(found: list[dict[str, Any]], namespace: str = "") -> Iterator[dict[str, Any]]:
    for one in found:
        if "rules" in one and namespace == one["metadata"].get("namespace", ""):
            yield from one["rules"]


def test_the_shipped_policies_need_a_role_in_each_of_their_namespaces(capsys: Printed) -> None:
    found = objects(capsys, POLICIES)

    namespaces = ["auditron", "clinchat-rag", "provability-fabric"]
    assert namespaces == [one["metadata"]["namespace"] for one in found if one["kind"] == "Role"]
    bindings = [one for one in found if one["kind"] == "RoleBinding"]
    assert namespaces == [one["metadata"]["namespace"] for one in bindings]
    assert all([ACCOUNT] == one["subjects"] for one in bindings)
    (account,) = (one["metadata"] for one in found if one["kind"] == "ServiceAccount")
    assert ("countersign", "countersign") == (account["namespace"], account["name"])


def test_nothing_is_given_by_a_wildcard(capsys: Printed) -> None:
    for rule in (rule for one in objects(capsys, POLICIES) for rule in one.get("rules", ())):
        assert "*" not in {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}


def test_names_that_policy_lists_hold_for_what_is_read_and_changed_and_never_for_lists(
    capsys: Printed, tmp_path: Path
) -> None:
    folder = folder_with(tmp_path, actions="scale", settings="deployments: 'api, worker'")
    by_resource = {rule["resources"][0]: rule for rule in rules(objects(capsys, folder), "team")}

    assert {
        "apiGroups": ["apps"],
        "resources": ["deployments"],
        "resourceNames": ["api", "worker"],
        "verbs": ["get", "patch"],
    } == by_resource["deployments"]
    assert "resourceNames" not in by_resource["horizontalpodautoscalers"]


def test_what_policy_does_not_grant_needs_no_permission(capsys: Printed, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, readings="services")

    assert [{"apiGroups": [""], "resources": ["services"], "verbs": ["list"]}] == list(
        rules(objects(capsys, folder), "team")
    )


def test_each_cluster_is_written_by_itself(capsys: Printed, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, readings="pods", settings="context: elsewhere")

    assert 2 == main(["manifest", "--rbac", "--policies", str(folder)])
    assert "--context elsewhere" in capsys.readouterr().err
    assert list(rules(objects(capsys, folder, "--context", "elsewhere"), "team"))


def test_the_account_may_live_elsewhere_and_must_be_one(capsys: Printed, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, readings="pods")
    (role,) = (one for one in objects(capsys, folder, "--account", "ops/bot") if one["kind"] == "Role")

    assert "bot" == role["metadata"]["name"]
    assert 2 == main(["manifest", "--rbac", "--policies", str(folder), "--account", "bot"])
    assert "write NAMESPACE/NAME" in capsys.readouterr().err


def test_policies_with_faults_and_policies_without_a_cluster_are_told(
    capsys: Printed, tmp_path: Path
) -> None:
    assert 2 == main(["manifest", "--rbac", "--policies", str(tmp_path / "nowhere")])
    assert "there is no such folder" in capsys.readouterr().err
    folder = folder_with(tmp_path, kinds="http")
    assert 2 == main(["manifest", "--rbac", "--policies", str(folder)])
    assert "No system of kind kubernetes stands in these policies" in capsys.readouterr().err


def test_without_the_word_it_is_the_slack_manifest_as_before(capsys: Printed) -> None:
    assert 0 == main(["manifest", "--policies", str(POLICIES)])
    assert "display_information" in capsys.readouterr().out


def test_what_policy_lists_of_the_cluster_is_held_to_its_names() -> None:
    rules = ClusterRules.model_validate(
        {"config_maps": {"limits": {"keys": {"rate": "[0-9]+"}}}, "secrets": {}}, strict=False
    )

    assert {"configmaps": ("limits",)} == rules.names("patch-config")
    assert {"secrets": ()} == rules.names("rotate-secret")
    assert {} == rules.names("scale")
