"""The audit log says who did what, and never a secret."""

from __future__ import annotations

import json
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.cluster.conftest import Room
from tests.cluster.control_plane import KUBECONFIG
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.named import named, scale_as
from tests.contracts.kubernetes.place import OMAR

CREATED = ("create", "pods", "admin")


def audited(namespace: str) -> list[dict[str, Any]]:
    """What the log beside the kubeconfig says about a namespace."""
    whole = Path(os.environ[KUBECONFIG]).with_name("audit.jsonl").read_text().rpartition("\n")[0]
    lines = (json.loads(line) for line in whole.splitlines() if namespace in line)
    return [line for line in lines if line.get("objectRef", {}).get("namespace") == namespace]


def kind_of(line: dict[str, Any]) -> tuple[str, str, str]:
    return line["verb"], line["objectRef"]["resource"], line["user"]["username"]


async def test_a_write_is_logged_with_who_made_it_and_what_was_sent(room: Room) -> None:
    await room.start("1.0")

    (line,) = (one for one in audited(room.namespace) if kind_of(one) == CREATED)
    assert "auditron/api:1.0" == line["requestObject"]["spec"]["containers"][0]["image"]


async def test_the_value_of_a_secret_is_not_logged(room: Room) -> None:
    secrets = f"/api/v1/namespaces/{room.namespace}/secrets"
    await room.cluster.create(secrets, {"metadata": {"name": "key"}, "stringData": {"key": "very-secret"}})

    (line,) = (one for one in audited(room.namespace) if one["objectRef"]["resource"] == "secrets")
    assert "very-secret" not in json.dumps(line)


async def test_a_change_is_logged_with_the_person_who_asked_and_both_people_on_it(
    ground: Ground, stack: AsyncExitStack
) -> None:
    await scale_as(await named(ground, stack), OMAR)

    (line,) = (
        one
        for one in audited(ground.namespace)
        if (one["verb"], one["objectRef"]["resource"]) == ("patch", "deployments")
        and "impersonatedUser" in one
        and "dryRun" not in one["requestURI"]
    )
    account = f"system:serviceaccount:{ground.namespace}:named-{ground.namespace}"
    assert (account, "slack:U02OMAR") == (line["user"]["username"], line["impersonatedUser"]["username"])
    assert {"countersign:o1", "countersign:o2"} <= {*line["impersonatedUser"]["groups"]}
    assert "fieldManager=countersign" in line["requestURI"]
    annotations = line["requestObject"]["metadata"]["annotations"]
    assert "O2 Omar (U02OMAR)" == annotations["countersign.dev/requested-by"]
    assert "O3 Ruth (U03RUTH)" == annotations["countersign.dev/approved-by"]
