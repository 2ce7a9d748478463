"""`look` says what is true of the disk, whatever a record, a sidecar or a name claims."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.actions.credit_monitoring.ports import Move, RunFile
from handlers.errors import DoNotRetry, TryAgainLater
from tests.contracts.credit_monitoring.folder import (
    COMPANION,
    DATE,
    EXPORT,
    HOME,
    ISOLATED,
    RECORD,
    RUN,
    SIDECAR,
    digests_in,
    put_run,
    record_of,
    sha256,
    snapshot,
    tree,
)


async def test_every_file_of_the_run_is_listed_and_no_neighbours(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    state = await monitor.files.look(RUN)

    data = (root / HOME / RECORD).read_bytes()
    assert (RUN, HOME, ISOLATED) == (state.run_id, state.home, state.quarantine)
    assert [EXPORT, RECORD, SIDECAR] == [file.name for file in state.in_home]
    assert RunFile(RECORD, len(data), sha256(data), sidecar_ok=True) == state.in_home[1]
    assert digests_in(root / HOME) == {file.name: file.sha256 for file in state.in_home}
    assert [None, True, None] == [file.sidecar_ok for file in state.in_home]
    assert ((), None) == (state.in_quarantine, state.companion)


async def test_looking_writes_nothing(monitor: CreditMonitorOnDisk, root: Path) -> None:
    before = tree(root)

    await monitor.files.look(RUN)

    assert ".locks" not in before
    assert before == tree(root)


async def test_a_record_that_claims_quarantine_is_shown_beside_where_the_files_are(
    monitor: CreditMonitorOnDisk,
) -> None:
    state = await monitor.files.look(RUN)

    assert state.record is not None
    assert "Quarantined" == state.record["Status"]
    assert 3 == len(state.in_home)
    assert () == state.in_quarantine


@pytest.mark.parametrize(
    ("sidecar", "expected"),
    [
        ("{}", True),
        ("{}\n", True),
        ("{upper}", True),
        ("{}\n\n", False),
        ("{}\r\n", False),
        (" {}", False),
        ("{}  run.json\n", False),
        ("0" * 64, False),
        ("", False),
    ],
)
async def test_a_sidecar_is_bare_hex_and_nothing_else(
    monitor: CreditMonitorOnDisk, root: Path, sidecar: str, expected: bool
) -> None:
    digest = sha256((root / HOME / RECORD).read_bytes())
    (root / HOME / SIDECAR).write_bytes(sidecar.format(digest, upper=digest.upper()).encode())

    state = await monitor.files.look(RUN)

    assert expected is state.in_home[1].sidecar_ok


async def test_a_missing_sidecar_is_reported_as_missing(monitor: CreditMonitorOnDisk, root: Path) -> None:
    (root / HOME / SIDECAR).unlink()

    state = await monitor.files.look(RUN)

    assert {EXPORT: None, RECORD: None} == {file.name: file.sidecar_ok for file in state.in_home}


@pytest.mark.parametrize(
    "content",
    [
        b"{not json",
        b"",
        b"[]",
        b'"text"',
        b'{"Credits_Total": NaN}',
        b'{"Risk_Summary": "\\ud800"}',
        b"\xff\xfe",
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": "' + b"x" * 5_000_000 + b'"}',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=["broken", "empty", "list", "text", "nan", "surrogate", "bytes", "deep", "abyss", "huge", "digits"],
)
async def test_a_record_that_cannot_be_read_does_not_hide_its_files(
    monitor: CreditMonitorOnDisk, root: Path, content: bytes
) -> None:
    (root / HOME / RECORD).write_bytes(content)

    state = await monitor.files.look(RUN)

    assert state.record is None
    assert [EXPORT, RECORD, SIDECAR] == [file.name for file in state.in_home]
    assert sha256(content) == state.in_home[1].sha256


async def test_a_half_moved_run_is_seen_in_both_places(monitor: CreditMonitorOnDisk, root: Path) -> None:
    (root / ISOLATED).mkdir(parents=True)
    os.rename(root / HOME / RECORD, root / ISOLATED / RECORD)
    os.link(root / HOME / EXPORT, root / ISOLATED / EXPORT)

    state = await monitor.files.look(RUN)

    assert [EXPORT, SIDECAR] == [file.name for file in state.in_home]
    assert [EXPORT, RECORD] == [file.name for file in state.in_quarantine]
    assert state.in_quarantine[1].sidecar_ok, "the sidecar is in the other folder"


async def test_a_quarantined_record_without_a_companion_tells_its_folder_by_its_timestamp(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    (root / ISOLATED).mkdir(parents=True)
    for name in (EXPORT, RECORD, SIDECAR):
        os.rename(root / HOME / name, root / ISOLATED / name)

    state = await monitor.files.look(RUN)

    assert HOME == state.home
    assert 3 == len(state.in_quarantine)


@pytest.mark.parametrize("timestamp", ["2026-11-21T01:30:00+02:00", "2026-11-20T23:30:00Z"])
async def test_the_folder_of_a_timestamp_is_its_utc_date(
    monitor: CreditMonitorOnDisk, root: Path, timestamp: str
) -> None:
    (root / ISOLATED).mkdir(parents=True)
    for name in (EXPORT, RECORD, SIDECAR):
        (root / HOME / name).unlink()
    (root / ISOLATED / RECORD).write_text(json.dumps(record_of(RUN, timestamp)))

    assert HOME == (await monitor.files.look(RUN)).home


@pytest.mark.parametrize("timestamp", ["2026-11-20T09:42:34", "2031-01-01T00:00:00Z", "../../etc", ""])
async def test_a_timestamp_that_names_no_folder_leaves_the_home_unknown(
    monitor: CreditMonitorOnDisk, root: Path, timestamp: str
) -> None:
    (root / ISOLATED).mkdir(parents=True)
    for name in (EXPORT, RECORD, SIDECAR):
        (root / HOME / name).unlink()
    (root / ISOLATED / RECORD).write_text(json.dumps(record_of(RUN, timestamp)))

    state = await monitor.files.look(RUN)

    assert "" == state.home
    assert [RECORD] == [file.name for file in state.in_quarantine]


async def test_where_a_record_lies_counts_more_than_its_timestamp(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    put_run(root, "RUN-20261120-LATE01", "2026-11-21", Timestamp="2026-11-20T23:59:59Z")

    assert "runs/CREDIT_MONITORING/2026-11-21" == (await monitor.files.look("RUN-20261120-LATE01")).home


async def test_a_run_without_a_record_is_found_by_its_other_files(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    (root / HOME / RECORD).unlink()

    state = await monitor.files.look(RUN)

    assert HOME == state.home
    assert [EXPORT, SIDECAR] == [file.name for file in state.in_home]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
async def test_a_damaged_companion_is_shown_as_an_empty_one(
    monitor: CreditMonitorOnDisk, root: Path, content: bytes
) -> None:
    (root / HOME / COMPANION).write_bytes(content)

    assert {} == (await monitor.files.look(RUN)).companion


async def test_a_run_that_is_nowhere_is_said_to_be_nowhere(monitor: CreditMonitorOnDisk) -> None:
    with pytest.raises(DoNotRetry) as caught:
        await monitor.files.look("RUN-20261120-NONE00")

    assert "no-such-run" == caught.value.code


async def test_a_run_in_two_dated_folders_is_nobodys_guess(monitor: CreditMonitorOnDisk, root: Path) -> None:
    put_run(root, RUN, "2026-11-18")

    with pytest.raises(DoNotRetry) as caught:
        await monitor.files.look(RUN)

    assert "ambiguous-run" == caught.value.code


async def test_a_folder_that_is_away_may_come_back(monitor: CreditMonitorOnDisk, root: Path) -> None:
    os.rename(root, root.with_name("elsewhere"))

    with pytest.raises(TryAgainLater):
        await monitor.files.look(RUN)


def _link_the_record(root: Path) -> None:
    os.rename(root / HOME / RECORD, root / "secret")
    (root / HOME / RECORD).symlink_to(root / "secret")


def _link_the_companion(root: Path) -> None:
    (root / HOME / COMPANION).symlink_to(root / "runs/CREDIT_MONITORING/ledger.jsonl")


def _link_the_dated_folder(root: Path) -> None:
    os.rename(root / HOME, root.parent / "outside")
    (root / HOME).symlink_to(root.parent / "outside")


def _link_all_runs(root: Path) -> None:
    os.rename(root / "runs", root.parent / "outside")
    (root / "runs").symlink_to(root.parent / "outside")


def _link_the_quarantine(root: Path) -> None:
    (root.parent / "outside" / RUN).mkdir(parents=True)
    (root / "runs/QUARANTINE").symlink_to(root.parent / "outside")


def _link_the_runs_quarantine(root: Path) -> None:
    (root / "runs/QUARANTINE").mkdir()
    (root.parent / "outside").mkdir()
    (root / ISOLATED).symlink_to(root.parent / "outside")


def _make_a_pipe(root: Path) -> None:
    os.mkfifo(root / HOME / f"run_{RUN}.log")


def _make_a_folder(root: Path) -> None:
    (root / HOME / f"run_{RUN}.attachments").mkdir()


def _make_an_unprintable_name(root: Path) -> None:
    (root / HOME / f"run_{RUN}.\n<!channel>").touch()


def _make_a_name_that_is_no_text(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root / HOME) + f"/run_{RUN}.".encode() + b"\xff")).touch()


@pytest.mark.parametrize(
    "spoil",
    [
        _link_the_record,
        _link_the_companion,
        _link_the_dated_folder,
        _link_all_runs,
        _link_the_quarantine,
        _link_the_runs_quarantine,
        _make_a_pipe,
        _make_a_folder,
        _make_an_unprintable_name,
        _make_a_name_that_is_no_text,
    ],
)
async def test_links_and_special_files_are_refused_and_nothing_is_touched(
    monitor: CreditMonitorOnDisk, root: Path, spoil: Callable[[Path], None]
) -> None:
    move = Move(RUN, "R-1", digests_in(root / HOME), after="")
    spoil(root)
    before = snapshot(root.parent)

    for call in (monitor.files.look(RUN), monitor.files.quarantine(move), monitor.files.release(move)):
        with pytest.raises(DoNotRetry) as caught:
            await call
        assert "unsafe-path" == caught.value.code

    assert before == snapshot(root.parent)


async def test_a_linked_dated_folder_does_not_hide_other_runs(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    (root / "runs/CREDIT_MONITORING/2026-11-19.old").touch()
    (root / "runs/CREDIT_MONITORING/2026-11-17").symlink_to(root)
    (root / "runs/CREDIT_MONITORING/2026-11-16").touch()

    assert HOME == (await monitor.files.look(RUN)).home


async def test_years_of_folders_are_searched(monitor: CreditMonitorOnDisk, root: Path) -> None:
    for day in range(1, 29):
        for year in range(2000, 2020):
            (root / f"runs/CREDIT_MONITORING/{year}-01-{day:02}").mkdir()
    shutil.move(root / HOME, root / "runs/CREDIT_MONITORING/1999-12-31")

    assert "runs/CREDIT_MONITORING/1999-12-31" == (await monitor.files.look(RUN)).home


VALID = re.compile(r"RUN-[A-Za-z0-9][A-Za-z0-9_-]{0,75}")
HOSTILE = st.one_of(
    st.text(max_size=100),
    st.text(max_size=100).map(lambda text: f"RUN-{text}"),
    st.sampled_from(
        ["../", "/", "\0", "\n", ".", "..", "\u2215", "\uff0f", "\u0430", "\u0660", "~", "*", " "]
    ).flatmap(lambda evil: st.integers(0, len(RUN)).map(lambda at: RUN[:at] + evil + RUN[at:])),
    st.sampled_from(["RUN-", "run-1", "RUN--1", "RUN-_", RUN + "\n", "RUN-" + "A" * 77, "ＲUN-1", ""]),
)


@settings(max_examples=150, deadline=None)
@given(run_id=HOSTILE)
def test_a_run_id_is_safe_characters_or_refused(
    run_id: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    around = tmp_path_factory.getbasetemp() / "hostile"
    (around / "root/runs/CREDIT_MONITORING" / DATE).mkdir(parents=True, exist_ok=True)
    before = tree(around)

    codes = asyncio.run(_codes_of(around / "root", run_id))

    assert {"no-such-run" if VALID.fullmatch(run_id) else "bad-run-id"} == codes
    assert before == tree(around)


async def _codes_of(root: Path, run_id: str) -> set[str]:
    """How each method of the adapter refuses this run id."""
    monitor = CreditMonitorOnDisk(root, lambda: datetime(2026, 11, 20, tzinfo=UTC))
    move = Move(run_id, "R-1", {}, after="")
    codes = set()
    for call in (monitor.files.look(run_id), monitor.files.quarantine(move), monitor.files.release(move)):
        with pytest.raises(DoNotRetry) as caught:
            await call
        codes.add(caught.value.code)
    monitor.close()
    return codes
