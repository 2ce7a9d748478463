"""What a replica that is killed leaves in the folder of evidence, and what the next one makes of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.systems import evidence_files as files
from bot.systems.evidence_check import checked
from handlers.errors import DoNotRetry


def keep(root: Path, request: str, data: bytes = b"a line\n") -> files.Line:
    writing = files.begin(root)
    writing.write(data)
    return writing.keep(f"{request}.log", {"request": request, "what": "logs"})


def test_what_was_begun_and_not_entered_is_no_evidence(tmp_path: Path) -> None:
    files.begin(tmp_path).write(b"half")

    assert files.find(tmp_path, request="R-1") is None
    assert not (tmp_path / "manifest.jsonl").exists()


def test_what_was_begun_long_ago_goes(tmp_path: Path) -> None:
    files.begin(tmp_path).write(b"half")
    (partial,) = tmp_path.glob(".*.partial")
    os.utime(partial, (0, 0))

    keep(tmp_path, "R-1")

    assert [] == list(tmp_path.glob(".*.partial"))


def test_a_file_that_was_named_and_not_entered_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "R-1.log").write_bytes(b"by one that was killed")

    keep(tmp_path, "R-1", b"whole\n")

    found = files.find(tmp_path, request="R-1")
    assert found is not None
    assert found.whole
    assert b"whole\n" == (tmp_path / "R-1.log").read_bytes()


def test_two_parts_whose_names_are_told_alike_are_both_kept(tmp_path: Path) -> None:
    for what, data in (("logs of app=api", b"one\n"), ("logs of app-api", b"two\n")):
        writing = files.begin(tmp_path)
        writing.write(data)
        writing.keep(f"{what}-R-1.log", {"request": "R-1", "what": what})

    kept = [files.find(tmp_path, what=what) for what in ("logs of app=api", "logs of app-api")]
    assert [True, True] == [one is not None and one.whole for one in kept]


def test_half_a_line_of_the_manifest_was_never_entered(tmp_path: Path) -> None:
    keep(tmp_path, "R-1")
    with (tmp_path / "manifest.jsonl").open("ab") as manifest:
        manifest.write(b'{"request": "R-2", "fi')

    assert files.find(tmp_path, request="R-2") is None
    keep(tmp_path, "R-2")

    lines = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert ["R-1", "R-2"] == [line["request"] for line in lines]
    assert () == checked(tmp_path).faults


def test_a_manifest_that_cannot_be_read_is_not_added_to(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_text("not json\n")
    with pytest.raises(DoNotRetry, match="has a line that is none"):
        keep(tmp_path, "R-1")

    assert "not json\n" == (tmp_path / "manifest.jsonl").read_text()
    assert not (tmp_path / "R-1.log").exists()


def test_two_replicas_with_the_same_request_leave_one_file(tmp_path: Path) -> None:
    slow = files.begin(tmp_path)
    slow.write(b"late\n")
    first = keep(tmp_path, "R-1")

    assert first == slow.keep("R-1-late.log", {"request": "R-1", "what": "logs"})
    assert ["R-1.log", "manifest.jsonl"] == sorted(one.name for one in tmp_path.iterdir() if one.is_file())


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    writing = files.begin(tmp_path)
    entered = writing.keep("../../etc/x y", {"request": "R-1", "what": "logs"})

    assert "/" not in str(entered["file"])
    assert (tmp_path / str(entered["file"])).exists()
