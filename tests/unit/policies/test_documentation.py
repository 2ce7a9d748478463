"""Every example of docs/policies.md is tried as it stands."""

from __future__ import annotations

import argparse
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.policies import check, explain

TEXT = (Path(__file__).parents[3] / "docs" / "policies.md").read_text()
BLOCK = re.compile(
    r"^```(?P<kind>\w+)(?: \w+=\"(?P<file>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
BLOCKS = list(BLOCK.finditer(TEXT))
FILES = {block["file"]: block["text"] for block in BLOCKS if block["kind"] == "yaml"}


@dataclass(frozen=True)
class Session:
    """One console example, and the change to the folder that stands before it."""

    command: str
    printed: str
    changed: str = ""
    old: str = ""
    new: str = ""


def sessions() -> list[Session]:
    found = []
    for before, block in zip([None, *BLOCKS], BLOCKS, strict=False):
        if block["kind"] != "console":
            continue
        command, printed = block["text"].removeprefix("$ ").split("\n", 1)
        if before and before["kind"] == "diff":
            old, new = (line[1:] for line in before["text"].splitlines())
            found.append(Session(command, printed, before["file"], old, new))
        else:
            found.append(Session(command, printed))
    return found


def run(folder: Path, command: str) -> int:
    words = shlex.split(command)
    assert "countersign" == words[0]
    if words[1] == "check":
        return check(folder)
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", required=True)
    parser.add_argument("--roles", nargs=1)
    parser.add_argument("words")
    asked = parser.parse_args(words[2:])
    return explain(folder, asked.user, asked.words, asked.roles)


def test_the_page_has_its_examples() -> None:
    assert {"roles.yaml", "severities.yaml", "systems/credits.yaml"} == set(FILES)
    assert len(sessions()) >= 5


@pytest.mark.parametrize("session", sessions(), ids=lambda session: session.new or session.command)
def test_an_example_prints_what_the_page_shows(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file, text in FILES.items():
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    if session.changed:
        path = tmp_path / session.changed
        assert 1 == path.read_text().count(session.old)
        path.write_text(path.read_text().replace(session.old, session.new))

    status = run(tmp_path, session.command)

    shown = re.sub(r"revision [0-9a-f]{64}", "revision c0ffee", capsys.readouterr().out)
    assert session.printed == shown
    assert (2 if session.changed else 0) == status
