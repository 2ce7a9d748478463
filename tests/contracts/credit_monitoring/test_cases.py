"""Cases on disk: opened once, amended once a request (rows CM-08, CM-14 to CM-17)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.systems.case_files import check_case_id
from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.errors import DoNotRetry, TargetChanged
from tests.contracts.credit_monitoring.folder import CASE, new_root, sha256, snapshot
from tests.contracts.credit_monitoring.puppet import KILL, Order, Puppet

AT = "2026-11-20T10:00:00+00:00"
FIELDS = {
    "Title": "SEV0 • Credit Spike • email send 001",
    "Category": "Data/PII",
    "Severity": "SEV0",
    "Exposure_Band": "Regulatory",
    "Status": "Open",
    "Primary_Run_ID": "RUN-20261120-EMA961",
    "Related_Run_IDs": ["RUN-20261120-EMA961"],
    "Created_At": "2026-11-20T23:41:23.991Z",
}


async def test_a_case_that_was_never_opened_does_not_exist(monitor: CreditMonitorOnDisk) -> None:
    case = await monitor.cases.look(CASE)

    assert (CASE, False, "", "", {}) == (case.case_id, case.exists, case.status, case.digest, case.fields)


async def test_a_case_is_opened_with_its_stamp(monitor: CreditMonitorOnDisk, root: Path) -> None:
    case = await monitor.cases.open(CASE, "A-1", FIELDS)

    data = (root / f"cases/{CASE}.json").read_bytes()
    expected = {
        "Case_ID": CASE,
        **FIELDS,
        "Notes": [],
        "Stamps": [{"Request_ID": "A-1", "Kind": "open", "At": AT}],
    }
    assert expected == json.loads(data) == case.fields
    assert (True, "Open", sha256(data)) == (case.exists, case.status, case.digest)
    assert case == await monitor.cases.look(CASE)


async def test_a_case_tells_when_it_was_created(monitor: CreditMonitorOnDisk) -> None:
    case = await monitor.cases.open(CASE, "A-1", {"Status": "Open"})

    assert AT == case.fields["Created_At"]


async def test_opening_again_with_the_same_stamp_changes_nothing(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    first = await monitor.cases.open(CASE, "A-1", FIELDS)
    before = snapshot(root)

    assert first == await monitor.cases.open(CASE, "A-1", {**FIELDS, "Status": "Other"})
    assert before == snapshot(root)


async def test_a_case_that_somebody_else_opened_is_not_opened_again(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    await monitor.cases.open(CASE, "A-1", FIELDS)
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.cases.open(CASE, "A-2", FIELDS)

    assert before == snapshot(root)


async def test_a_case_that_the_monitor_wrote_can_be_amended(monitor: CreditMonitorOnDisk, root: Path) -> None:
    (root / "cases").mkdir()
    (root / f"cases/{CASE}.json").write_text(json.dumps({"Case_ID": CASE, **FIELDS, "notion_url": "x"}))
    before = await monitor.cases.look(CASE)

    case = await monitor.cases.amend(CASE, "R-1", before.digest, {"Status": "Resolved"}, "Resolved by O3.")

    assert {
        **before.fields,
        "Status": "Resolved",
        "Notes": [{"Text": "Resolved by O3.", "At": AT, "Request_ID": "R-1"}],
        "Stamps": [{"Request_ID": "R-1", "Kind": "amend", "At": AT}],
    } == case.fields
    assert "Resolved" == case.status
    assert case == await monitor.cases.look(CASE)


async def test_a_note_is_added_once_however_often_its_request_comes(
    monitor: CreditMonitorOnDisk, root: Path
) -> None:
    opened = await monitor.cases.open(CASE, "A-1", FIELDS)
    first = await monitor.cases.amend(CASE, "R-1", opened.digest, {"Status": "Resolved"}, "Released.")
    await monitor.cases.amend(CASE, "R-2", first.digest, {}, "Something later.")
    before = snapshot(root)

    again = await monitor.cases.amend(CASE, "R-1", opened.digest, {"Status": "Open"}, "Released, I said.")

    assert ["Released.", "Something later."] == [note["Text"] for note in again.fields["Notes"]]
    assert before == snapshot(root)


async def test_who_opened_a_case_may_amend_it_under_the_same_stamp(monitor: CreditMonitorOnDisk) -> None:
    await monitor.cases.open(CASE, "A-1", FIELDS)

    case = await monitor.cases.amend(CASE, "A-1", "", {"Slack_Thread_URL": "https://example.org/1"}, "")

    assert "https://example.org/1" == case.fields["Slack_Thread_URL"]
    assert [] == case.fields["Notes"]


async def test_a_case_that_was_changed_since_is_not_amended(monitor: CreditMonitorOnDisk, root: Path) -> None:
    opened = await monitor.cases.open(CASE, "A-1", FIELDS)
    await monitor.cases.amend(CASE, "R-1", opened.digest, {"Status": "Investigating"}, "")
    before = snapshot(root)

    with pytest.raises(TargetChanged):
        await monitor.cases.amend(CASE, "R-2", opened.digest, {"Status": "Resolved"}, "")

    assert before == snapshot(root)


async def test_any_state_is_accepted_when_none_is_expected(monitor: CreditMonitorOnDisk) -> None:
    await monitor.cases.open(CASE, "A-1", FIELDS)
    await monitor.cases.amend(CASE, "R-1", "", {"Status": "Investigating"}, "")

    assert "Resolved" == (await monitor.cases.amend(CASE, "R-2", "", {"Status": "Resolved"}, "")).status


async def test_a_case_that_does_not_exist_is_not_amended(monitor: CreditMonitorOnDisk, root: Path) -> None:
    with pytest.raises(DoNotRetry) as caught:
        await monitor.cases.amend(CASE, "R-1", "", {}, "note")

    assert "no-such-case" == caught.value.code
    assert not (root / f"cases/{CASE}.json").exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"Case_ID": "CASE-20261120-000000"},
        {"Notes": []},
        {"Stamps": []},
        {"Credits": float("nan")},
        {"Title": "\ud800"},
        {"Title": object()},
        {"Title": "x" * 5_000_000},
    ],
)
async def test_fields_that_are_not_the_callers_or_not_json_are_refused(
    monitor: CreditMonitorOnDisk, root: Path, fields: Mapping[str, Any]
) -> None:
    await monitor.cases.open(CASE, "A-1", FIELDS)
    before = snapshot(root)

    for call in (
        monitor.cases.open("CASE-20261120-FFFFFF", "A-1", fields),
        monitor.cases.amend(CASE, "R-1", "", fields, ""),
    ):
        with pytest.raises(DoNotRetry) as caught:
            await call
        assert "bad-fields" == caught.value.code

    assert before == snapshot(root)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"Case_ID": "CASE-20261120-000000"}',
        b'{"Case_ID": "CASE-20261120-4D7F4C", "Notes": "none"}',
        b'{"Case_ID": "CASE-20261120-4D7F4C", "Stamps": [1]}',
        b" " * 5_000_001,
    ],
    ids=["empty", "list", "broken", "nameless", "another", "notes", "stamps", "huge"],
)
async def test_a_damaged_case_is_left_to_a_person(
    monitor: CreditMonitorOnDisk, root: Path, content: bytes
) -> None:
    (root / "cases").mkdir()
    (root / f"cases/{CASE}.json").write_bytes(content)

    for call in (
        monitor.cases.look(CASE),
        monitor.cases.open(CASE, "A-1", FIELDS),
        monitor.cases.amend(CASE, "R-1", "", {}, "note"),
    ):
        with pytest.raises(DoNotRetry) as caught:
            await call
        assert "bad-case" == caught.value.code

    assert content == (root / f"cases/{CASE}.json").read_bytes()


async def test_a_linked_case_is_refused(monitor: CreditMonitorOnDisk, root: Path) -> None:
    (root / "cases").mkdir()
    (root / "secret").write_text(json.dumps({"Case_ID": CASE}))
    (root / f"cases/{CASE}.json").symlink_to(root / "secret")

    with pytest.raises(DoNotRetry) as caught:
        await monitor.cases.amend(CASE, "R-1", "", {}, "note")

    assert "unsafe-path" == caught.value.code


async def test_a_linked_folder_of_cases_is_refused(monitor: CreditMonitorOnDisk, root: Path) -> None:
    (root.parent / "outside").mkdir()
    os.symlink(root.parent / "outside", root / "cases")

    for call in (monitor.cases.look(CASE), monitor.cases.open(CASE, "A-1", FIELDS)):
        with pytest.raises(DoNotRetry) as caught:
            await call
        assert "unsafe-path" == caught.value.code

    assert [] == list((root.parent / "outside").iterdir())


@given(
    case_id=st.one_of(
        st.text(),
        st.integers(0, len(CASE)).flatmap(
            lambda at: st.text().map(lambda evil: CASE[:at] + evil + CASE[at:])
        ),
        st.sampled_from(
            [CASE + "\n", CASE.lower(), "CASE-2026112-4D7F4C", "CASE-２0261120-4D7F4C", "../" + CASE]
        ),
    ).filter(lambda text: text != CASE)
)
def test_a_case_id_is_of_the_pattern_or_refused(case_id: str) -> None:
    with pytest.raises(DoNotRetry) as caught:
        check_case_id(case_id)

    assert "bad-case-id" == caught.value.code


OPEN = ("open", {"case_id": CASE, "request_id": "A-1", "fields": FIELDS})
AMEND = (
    "amend",
    {
        "case_id": CASE,
        "request_id": "R-1",
        "expected_digest": "",
        "fields": {"Status": "Resolved"},
        "note": "Quarantine released",
    },
)
FAULTS = pytest.mark.parametrize("how", [KILL, "ENOSPC"])


@FAULTS
@pytest.mark.parametrize("opened", [False, True], ids=["open", "amend"])
def test_a_change_struck_at_any_call_is_made_exactly_once(
    tmp_path: Path, puppet: Puppet, opened: bool, how: str
) -> None:
    root, pattern = tmp_path / "root", new_root(tmp_path / "pattern")
    method, arguments = AMEND if opened else OPEN
    if opened:
        puppet.run(Order(str(pattern), *OPEN))
    before = snapshot(pattern)

    shutil.copytree(pattern, root)
    calls = puppet.run(Order(str(root), method, arguments, how=how)).calls
    after = snapshot(root)
    assert before != after
    for at in range(1, len(calls) + 1):
        shutil.rmtree(root)
        shutil.copytree(pattern, root)
        report = puppet.run(Order(str(root), method, arguments, at=at, how=how))
        struck = {path: digest for path, digest in snapshot(root).items() if not path.endswith(".tmp")}
        assert struck in (before, after)
        if report.error == "TryAgainLater":
            assert before == struck
        assert "returned" == puppet.run(Order(str(root), method, arguments)).ended
        assert after == snapshot(root)
