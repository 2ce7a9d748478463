"""The deploy examples fit the bot: variables that it reads, policies that it loads, files that exist."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.policies import check
from bot.systems.kubernetes.backups import FOLDER, RECIPIENT
from bot.systems.kubernetes.opening import EVIDENCE
from tests.unit.docs.test_docs import ROOT, variables_read

RULES = ROOT / "policies" / "rules"


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "deploy" / name).read_text()))


def of_kind(kind: str) -> dict[str, Any]:
    (found,) = (one for one in documents("kubernetes.yaml") if one["kind"] == kind)
    return found


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = of_kind("Deployment")["spec"]["template"]["spec"]
    return spec


def variables_known() -> set[str]:
    """What the settings, the clusters' adapter and the practice policies read."""
    named = {name for path in RULES.rglob("*.yaml") for name in re.findall(r"\$\{(\w+)\}", path.read_text())}
    return variables_read() | {EVIDENCE, FOLDER, RECIPIENT} | named


def test_the_pod_sets_only_variables_that_are_read() -> None:
    (container,) = pod()["containers"]

    assert set() == {one["name"].removesuffix("_FILE") for one in container["env"]} - variables_known()


def test_every_key_of_the_secret_is_named_to_who_makes_it() -> None:
    (container,) = pod()["containers"]
    head = (ROOT / "deploy" / "kubernetes.yaml").read_text().partition("apiVersion:")[0]
    files = [Path(one["value"]) for one in container["env"] if one["name"].endswith("_FILE")]

    assert [] == [file.name for file in files if not re.search(rf"\b{file.name}\b", head)]


def test_compose_sets_only_variables_that_are_read() -> None:
    (compose,) = documents("compose.yaml")

    assert set() == set(compose["services"]["bot"]["environment"]) - variables_known()


def test_compose_keeps_every_write_before_it_counts() -> None:
    (compose,) = documents("compose.yaml")
    words = compose["services"]["store"]["command"]
    settings = dict(zip(words[1::2], words[2::2], strict=True))

    assert all(isinstance(word, str) for word in words)
    assert ("yes", "always", "noeviction") == (
        settings["--appendonly"],
        settings["--appendfsync"],
        settings["--maxmemory-policy"],
    )


def test_every_mount_has_a_volume_and_none_lies_in_another() -> None:
    (container,) = pod()["containers"]
    paths = [Path(mount["mountPath"]) for mount in container["volumeMounts"]]

    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod()["volumes"]}
    assert [] == [path for path in paths if any(other in path.parents for other in paths)]


def test_policies_load_as_the_pod_mounts_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (volume,) = (one for one in pod()["volumes"] if one["name"] == "policies")
    flat = {path.name: path for path in RULES.rglob("*.yaml")}
    # As the kubelet does it: the files in a hidden folder, links to them where they are looked for.
    for item in volume["configMap"]["items"]:
        place = tmp_path / "..data" / item["path"]
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(flat.pop(item["key"]), place)
    for entry in (tmp_path / "..data").iterdir():
        (tmp_path / entry.name).symlink_to(Path("..data") / entry.name)

    assert {} == flat
    assert 0 == check(tmp_path), capsys.readouterr().out


def test_the_services_lead_to_the_pods() -> None:
    labels = of_kind("Deployment")["spec"]["template"]["metadata"]["labels"]

    assert labels == of_kind("Service")["spec"]["selector"]
    assert labels == of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"]


def test_the_image_copies_what_exists_and_the_context_holds_it() -> None:
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    copied = {name for line in sources for name in line.split()}
    ignored = (ROOT / ".dockerignore").read_text()

    assert {"bot", "handlers", "policies", "sandbox", "requirements.lock"} <= copied
    assert [] == [name for name in copied if not (ROOT / name).exists() or f"!{name}\n" not in ignored]
