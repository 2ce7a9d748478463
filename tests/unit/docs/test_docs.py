"""The documents keep their word: links lead somewhere, variables and commands exist, examples parse."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
TRACKED = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.splitlines()
DOCUMENTS = [name for name in TRACKED if name.endswith(".md")]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_to_a_file_leads_to_one(name: str) -> None:
    page = ROOT / name
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    assert [] == [target for target in targets if not (page.parent / target).exists()]


def test_the_variables_of_the_readme_are_those_that_are_read() -> None:
    read = set(re.findall(r'value\(\s*"([A-Z_]+)"', (ROOT / "bot/settings.py").read_text()))
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert read == told


def test_the_make_targets_of_the_readme_exist() -> None:

    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert {"run", "test", "check"} <= targets


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs/adr/README.md").read_text()
    records = [Path(name).name for name in TRACKED if re.match(r"docs/adr/\d{4}-", name)]
    assert [] == [name for name in records if name not in listed]


@pytest.mark.parametrize("name", ["deploy/compose.yaml", "deploy/kubernetes.yaml"])
def test_the_deploy_examples_are_yaml(name: str) -> None:
    assert all(isinstance(one, dict) for one in yaml.safe_load_all((ROOT / name).read_text()))
