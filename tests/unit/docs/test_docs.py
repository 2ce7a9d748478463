"""The documents keep their word: links lead somewhere, commands exist, nothing tells of one machine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import read_settings

ROOT = Path(__file__).parents[3]
TRACKED = subprocess.run(
    ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.split("\0")[:-1]
DOCUMENTS = [name for name in TRACKED if name.endswith(".md")]
README = (ROOT / "README.md").read_text()
MACHINE = re.compile(
    r"(?<![\w./-])/(?:work|home/\w+|root|Users/\w+|opt/wheels)/"
    r"|pypi\.org|pythonhosted|registry\.npmjs|registry\.yarnpkg|--index-url\s+\S*:|--extra-index"
)
"""Places of one machine, and hosts of package registries: a clone must work wherever it is."""


VALUES = {
    "COUNTERSIGN_LISTEN": "127.0.0.1:0",
    "COUNTERSIGN_CHANNEL_PACE": "1",
    "COUNTERSIGN_KEEP_DAYS": "90",
    "COUNTERSIGN_PICTURES": "on",
    "COUNTERSIGN_SLACK_API_URL": "http://127.0.0.1:8700/api/",
    "COUNTERSIGN_INTAKE_BURST": "20000",
    "SLACK_BOT_TOKEN_PREVIOUS": "before",
    "SLACK_SIGNING_SECRET_PREVIOUS": "before",
    "SLACK_APP_TOKEN_PREVIOUS": "before",
}
"""Those that must be of a certain form."""


class Asked(Mapping[str, str]):
    """An environment in which everything is set, and which remembers what was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        if name.endswith("_FILE"):
            raise KeyError(name)
        return VALUES.get(name, "set")

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def variables_read() -> set[str]:
    asked = Asked()
    read_settings(asked)
    of_manifest = {"COUNTERSIGN_PUBLIC_URL"}  # `countersign manifest` alone asks for it
    return {name for name in asked.names if not name.endswith("_FILE")} | of_manifest


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    broken = []
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        to = page.parent / path if path else page
        if not to.exists() or (anchor and anchor not in anchors(to)):
            broken.append(target)

    assert [] == broken


def test_the_variables_of_the_readme_are_those_that_are_read() -> None:
    told = re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)

    assert variables_read() == set(told)
    assert sorted(set(told)) == sorted(told)


def test_the_make_targets_of_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target for name in DOCUMENTS for target in re.findall(r"`?make ([a-z]+)`", (ROOT / name).read_text())
    }

    assert {"run", "test", "check"} <= named
    assert set() == named - targets


def test_the_commands_of_the_readme_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    known = capsys.readouterr().out
    named = set(re.findall(r"`(?:[A-Z_]+=\S+ )?countersign ([a-z]+)", README))

    assert {"check", "manifest", "serve"} <= named
    assert [] == [command for command in named if not re.search(rf"\b{command}\b", known)]


def test_the_tests_that_the_readme_names_exist() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", README)

    assert named != []
    assert [] == [name for name in named if not (ROOT / name).exists()]


def test_every_decision_is_listed_once_and_in_order() -> None:
    records = [Path(name).name for name in TRACKED if re.match(r"docs/adr/\d{4}-", name)]

    assert sorted(records) == re.findall(r"\((\d{4}-[^)]+)\)", (ROOT / "docs/adr/README.md").read_text())


def test_no_tracked_file_names_a_machines_folder_or_a_registry() -> None:
    found = []
    for name in TRACKED:
        if name == Path(__file__).relative_to(ROOT).as_posix() or not (ROOT / name).is_file():
            continue
        text = (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        found += [f"{name}: {match.group()}" for match in MACHINE.finditer(text)]

    assert [] == found
