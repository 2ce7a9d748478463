"""`countersign evidence verify` finds whatever was done to a folder of evidence after it was entered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.systems import evidence_files as files

FILES = {"R-1": b"first\n", "R-2": b"second\n", "R-3": b"third\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files, as the bot enters them."""
    for request, data in FILES.items():
        writing = files.begin(tmp_path)
        writing.write(data)
        line = {"request": request, "what": "logs of api", "asked_by": ["O2 Omar (U02OMAR)"]}
        writing.keep(f"{request}.log", line)
    return tmp_path


def manifest(folder: Path) -> list[str]:
    return (folder / "manifest.jsonl").read_text().splitlines()


def rewrite(folder: Path, lines: list[str]) -> None:
    (folder / "manifest.jsonl").write_text("".join(f"{line}\n" for line in lines))


def test_what_nobody_touched_is_whole_and_shown_with_its_custody(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(["evidence", "verify", str(folder)])

    told = capsys.readouterr().out
    digest = hashlib.sha256(FILES["R-2"]).hexdigest()
    assert f"{digest}  R-2.log  R-2  logs of api  O2 Omar (U02OMAR)\n" in told
    head = hashlib.sha256(manifest(folder)[-1].encode()).hexdigest()
    assert f"whole: 3 files of 3 requests, 19 bytes; the last line has SHA-256 {head}" in told
    assert 0 == main(["evidence", "verify", str(folder), "--head", head.upper()])


def _add_a_byte(folder: Path) -> None:
    (folder / "R-2.log").open("ab").write(b"x")


def _change_a_byte(folder: Path) -> None:
    (folder / "R-2.log").write_bytes(b"Second\n")


def _remove(folder: Path) -> None:
    (folder / "R-2.log").unlink()


def _link(folder: Path) -> None:
    (folder / "R-2.log").rename(folder / ".elsewhere")
    (folder / "R-2.log").symlink_to(folder / ".elsewhere")


def _take_out(folder: Path) -> None:
    lines = manifest(folder)
    rewrite(folder, [lines[0], lines[2]])
    (folder / "R-2.log").unlink()


def _forge(folder: Path) -> None:
    rewrite(folder, [line.replace("O2 Omar", "O3 Ruth") for line in manifest(folder)])


def _put_in(folder: Path) -> None:
    (folder / "R-9.log").write_bytes(b"made up\n")


def _nonsense(folder: Path) -> None:
    rewrite(folder, [*manifest(folder), "{"])


def _lead_outside(folder: Path) -> None:
    entry = json.loads(manifest(folder)[2])
    rewrite(folder, [*manifest(folder)[:2], json.dumps({**entry, "file": "../../etc/passwd"})])


def _half_a_line(folder: Path) -> None:
    with (folder / "manifest.jsonl").open("a") as file:
        file.write('{"file": "R-4')


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (_add_a_byte, "R-2.log (line 2) has 8 bytes and not 7"),
        (_change_a_byte, "R-2.log (line 2) has SHA-256"),
        (_remove, "R-2.log (line 2) is not there"),
        (_link, "R-2.log (line 2) is not there, or is no regular file"),
        (_take_out, "line 2 does not follow from the one before"),
        (_forge, "line 2 does not follow from the one before"),
        (_put_in, "R-9.log is in the folder and not in the manifest"),
        (_nonsense, "line 4 is no entry"),
        (_lead_outside, "line 3 is no entry"),
        (_half_a_line, "the last line has no end"),
    ],
)
def test_whatever_was_done_to_it_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str], done: Callable[[Path], None], told: str
) -> None:
    done(folder)

    assert 1 == main(["evidence", "verify", str(folder)])
    assert told in capsys.readouterr().err


def test_a_tail_that_was_cut_off_is_found_by_whoever_noted_the_head(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = hashlib.sha256(manifest(folder)[-1].encode()).hexdigest()
    rewrite(folder, manifest(folder)[:2])
    (folder / "R-3.log").unlink()

    assert 0 == main(["evidence", "verify", str(folder)])
    assert 1 == main(["evidence", "verify", str(folder), "--head", head])
    assert f"and not {head}" in capsys.readouterr().err


def test_a_folder_without_a_manifest_is_no_evidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == main(["evidence", "verify", str(tmp_path)])
    assert "no manifest can be read there" in capsys.readouterr().err
