"""`countersign check` and `countersign explain` on the shipped rules and on broken folders."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.policies import check, explain
from bot.policy_folder import read_folder
from policies.faults import Fault, PolicyFaults
from tests.unit.policies.folder import FOLDER, SYSTEM, faults_of, line_of, load, shipped

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in shipped():
        (tmp_path / "rules" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOLDER / file, tmp_path / "rules" / file)
    return tmp_path / "rules"


@pytest.fixture
def every_system(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "all"))


def test_the_shipped_rules_are_sound(capsys: Printed) -> None:
    assert 0 == check(FOLDER)
    assert re.fullmatch(
        r"ok: 3 roles, 19 severities, 4 systems, \d+ actions, \d+ alert rules, \d+ signal rules;"
        r" revision [0-9a-f]{64}\n",
        capsys.readouterr().out,
    )


def test_every_fault_is_printed_on_its_line(folder: Path, capsys: Printed) -> None:
    system = folder / SYSTEM
    system.write_text(
        system.read_text().replace("  - {gate: case-r", "  - {gat: case-r").replace("30s", "30")
    )

    assert 2 == check(folder)
    first, second, last = capsys.readouterr().out.splitlines()
    assert f"{SYSTEM}:{line_of(SYSTEM, '- {gate: case')}: actions.release.gates[1].gat: unknown key" in first
    assert (
        f"{SYSTEM}:{line_of(SYSTEM, 'timeout')}: actions.release.timeout: a duration needs a unit" in second
    )
    assert "2 faults; mend them and check again" == last


def counted(folder: Path, capsys: Printed) -> list[int]:
    assert 0 == check(folder)
    said = re.search(r"(\d+) alert rules?, (\d+) signal rules?;", capsys.readouterr().out)
    return [int(one) for one in said.groups()] if said else []


def test_alert_and_signal_rules_are_counted(every_system: Path, capsys: Printed) -> None:
    alerts, signals = counted(every_system, capsys)
    system = every_system / "systems" / "auditron.yaml"
    text = system.read_text()
    text = text.replace(
        "  grafana: {default:", '  grafana: {critical: {channel: "#ops-critical"}, default:', 1
    )
    text = text.replace("    QueueBacklog:\n", "    NewOne: {severity: critical}\n    QueueBacklog:\n", 1)
    system.write_text(text)

    assert 0 < min(alerts, signals)
    assert [alerts + 1, signals + 1] == counted(every_system, capsys)


def test_what_is_wrong_with_alert_and_signal_rules_is_printed_on_its_line(
    every_system: Path, capsys: Printed
) -> None:
    system = every_system / "systems" / "auditron.yaml"
    text = system.read_text()
    wrong = (
        ("      actions: [scale, queue-pause, queue-clean]", "      actions: [scale, drain]"),
        ("      threshold: 100\n", ""),
    )
    for old, new in wrong:
        assert old in text
        text = text.replace(old, new, 1)
    system.write_text(text)

    assert 2 == check(every_system)
    printed = capsys.readouterr().out
    assert "signals.rules.QueueBacklog.actions[1]: nobody may ask for `drain` here" in printed
    assert "signals.rules.QueueBacklog.unit: there is no number that it counts" in printed
    assert "2 faults; mend them and check again" in printed


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: Printed) -> None:
    assert 2 == check(tmp_path / "none")
    assert "there is no such folder; start from a copy of policies/rules" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["check"], ["explain-alert", "alertname=Any"], ["manifest"], ["init"]])
def test_without_a_folder_one_sentence_asks_for_it(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.delenv("COUNTERSIGN_POLICIES", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "compose.yaml").write_text("services: {}")

    assert 2 == main(words)
    assert "Which policies? Name their folder" in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["check"], "ok: 3 roles"),
        (["manifest"], "https://bot.example/slack/events"),
        (["doctor"], f"{FOLDER}, revision "),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else "",
)
def test_what_a_command_asks_for_may_stand_in_files_as_for_serve(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    for name, value in {"POLICIES": str(FOLDER), "PUBLIC_URL": "https://bot.example"}.items():
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.delenv(f"COUNTERSIGN_{name}", raising=False)
        monkeypatch.setenv(f"COUNTERSIGN_{name}_FILE", str(tmp_path / name))

    main(words)

    assert told in capsys.readouterr().out


def test_an_empty_folder_names_every_file_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(PolicyFaults) as caught:
        load(read_folder(tmp_path))

    assert ["roles.yaml", "severities.yaml", "systems"] == [fault.file for fault in caught.value.faults]


def test_a_wrong_suffix_is_a_fault_and_other_files_are_passed_over(folder: Path) -> None:
    (folder / "systems" / "auditron.yml").write_text("system: auditron")
    (folder / "README.md").write_text("words")
    (folder / ".hidden.yaml").write_text("words")

    assert ["systems/auditron.yml"] == [fault.file for fault in faults_of(read_folder(folder))]


def test_a_mounted_config_map_is_read_through_its_links(folder: Path, tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    mount.mkdir()
    folder.rename(mount / "..2026_01_01")
    (mount / "..data").symlink_to("..2026_01_01")
    for name in ("roles.yaml", "severities.yaml", "on_call.yaml", "systems"):
        (mount / name).symlink_to(f"..data/{name}")

    assert load(shipped()).revision == load(read_folder(mount)).revision


def test_a_huge_file_is_refused_without_being_read_whole(folder: Path) -> None:
    with (folder / SYSTEM).open("ab") as file:
        file.truncate(1_000_000_000)

    texts = read_folder(folder)

    assert len(texts[SYSTEM]) < 100_000
    assert (
        Fault(SYSTEM, 1, "", "the file is longer than 64 KiB; split the system or shorten it"),
    ) == faults_of({**texts})


def test_a_link_that_leads_nowhere_is_a_missing_file(folder: Path) -> None:
    (folder / "roles.yaml").unlink()
    (folder / "roles.yaml").symlink_to("gone")

    assert "roles.yaml" in {fault.file for fault in faults_of(read_folder(folder))}


def test_an_operator_may_request_a_release_and_not_approve_it(capsys: Printed) -> None:
    assert 0 == explain(FOLDER, "U02OMAR", "release RUN-20261120-EMA961", ["o2"])

    printed = capsys.readouterr().out
    assert "request: yes [credit-monitoring.yaml actions.release.request (CM-51), systems/" in printed
    assert "approve: no [credit-monitoring.yaml actions.release.approve (CM-51), systems/" in printed


def test_a_person_named_in_users_needs_no_role_given(folder: Path, capsys: Printed) -> None:
    roles = folder / "roles.yaml"
    roles.write_text(roles.read_text().replace("groups: [S03APPROVERS]", "users: [U03RUTH]"))

    assert 0 == explain(folder, "U03RUTH", "credit-monitoring release RUN-1", None)
    printed = capsys.readouterr().out
    assert "approve: yes" in printed
    assert "Groups are not asked here; add --roles o2" in printed


def test_roles_may_be_given_in_capitals(capsys: Printed) -> None:
    assert 0 == explain(FOLDER, "U03RUTH", "quarantine RUN-1", ["O3"])
    assert "request: yes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("user", "words", "roles", "printed"),
    [
        ("omar", "release RUN-1", None, "`omar` is no member id; write one that begins with U or W"),
        ("U02OMAR", "release RUN-1", ["o4"], "unknown role `o4`: the roles are o1, o2, o3"),
        ("U02OMAR", "relase RUN-1", None, "unknown action `relase`; did you mean `release`?"),
        ("U02OMAR", "credit release RUN-1", None, "unknown system `credit`"),
        ("U02OMAR", "credit-monitoring", None, "Name an action after `credit-monitoring`: classify-case, "),
        (
            "U02OMAR",
            "credit-monitoring kill-switch",
            None,
            "No rule grants kill-switch on credit-monitoring.",
        ),
        (
            "U02OMAR",
            "",
            None,
            "Name an action: classify-case, open-case, quarantine, release, rerun, resolve-case, withdraw",
        ),
    ],
)
def test_a_question_that_cannot_be_answered_is_told(
    folder: Path, user: str, words: str, roles: list[str] | None, printed: str, capsys: Printed
) -> None:
    assert 2 == explain(folder, user, words, roles)
    assert printed in capsys.readouterr().out


def test_a_faulty_folder_explains_nothing(tmp_path: Path, capsys: Printed) -> None:
    assert 2 == explain(tmp_path, "U02OMAR", "release RUN-1", None)
    assert "roles.yaml:1: the file is missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", ["/release RUN-1", "/ops release RUN-1", "/ops credit-monitoring release RUN-1"]
)
def test_words_are_explained_as_they_are_typed_in_slack(folder: Path, words: str, capsys: Printed) -> None:
    assert 0 == explain(folder, "U02OMAR", words, ["o2"])
    assert "release on credit-monitoring" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["explain", "--policies", str(FOLDER), "--user", "U02OMAR", "--roles", "o2", "quarantine"],
        ["check", str(FOLDER)],
        ["manifest", "--policies", str(FOLDER)],
    ],
    ids=["explain", "check", "manifest"],
)
def test_a_command_whose_reader_has_gone_ends_without_a_word(words: list[str]) -> None:
    """As in `countersign explain … | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "bot", *words], stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)

    assert (141, b"") == (ended.returncode, ended.stderr)
