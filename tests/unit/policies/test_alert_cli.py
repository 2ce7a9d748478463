"""`countersign explain-alert` on the shipped rules: whose alert, how urgent, and what it would tell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.alerts import explain_alert
from tests.unit.policies.folder import FOLDER

Printed = pytest.CaptureFixture[str]
BACKLOG = ("alertname=QueueBacklog", "namespace=auditron", "severity=warning")
LATENCY = ("alertname=HighLatency", "namespace=clinchat-rag", "severity=critical")


def explained(capsys: Printed, *labels: str, folder: Path = FOLDER, source: str = "alertmanager") -> str:
    assert 0 == explain_alert(folder, source, labels)
    return capsys.readouterr().out


def refused(capsys: Printed, *labels: str, source: str = "alertmanager") -> str:
    assert 2 == explain_alert(FOLDER, source, labels)
    return capsys.readouterr().out


def line_of(file: str, text: str) -> int:
    lines = (FOLDER / file).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(text))


def test_it_says_whose_alert_it_is_how_urgent_where_it_goes_and_what_is_offered(capsys: Printed) -> None:
    said = explained(capsys, *BACKLOG)
    where = f"systems/auditron.yaml:{line_of('systems/auditron.yaml', 'QueueBacklog:')}"

    assert said.startswith(
        "QueueBacklog is an alert of auditron [auditron.yaml signals.when[0], systems/auditron"
    )
    assert "severity: warning (" in said
    assert "channel: #ops-alerts\n" in said
    assert f"rule: signals.rules.QueueBacklog (AU-41) [{where}]" in said
    assert "  to do: Look at what fills the queue\n  to do: Scale the workers up\n" in said
    assert "  buttons: scale, queue-pause, queue-clean\n" in said
    assert '  picture: queue_waiting{namespace="auditron"}\n' in said


def test_the_rules_own_severity_counts_before_the_label(capsys: Printed) -> None:
    assert "severity: alert-warning (" in explained(capsys, *LATENCY)


def test_a_name_that_policy_does_not_have_is_said_with_what_to_add(capsys: Printed) -> None:
    said = explained(capsys, "alertname=Unheard", "namespace=auditron")
    assert "policy says nothing more of Unheard; add it under signals.rules" in said


def test_it_shows_what_the_redactor_takes_out(capsys: Printed) -> None:
    said = explained(capsys, *BACKLOG, "owner=jane@example.com", "password=hunter2hunter2")

    assert "owner=[e-mail address hidden]" in said
    assert "password=[secret hidden]" in said
    assert "  Hidden before anybody saw it: 1 × e-mail address, 1 × secret.\n" in said
    assert "its sender's words are told, redacted; `signals.tells` in systems/auditron.yaml" in said
    assert not re.search("jane|hunter2", said)


def test_where_patients_are_it_names_the_labels_that_are_kept_back(capsys: Printed) -> None:
    said = explained(capsys, *LATENCY, "pod=api-1", "patient=Doe", "ward=3")

    assert "  Labels: severity=critical · namespace=clinchat-rag · pod=api-1\n" in said
    assert "  kept back: patient, ward\n" in said
    assert (
        f"[signals.tells, systems/clinchat-rag.yaml:{line_of('systems/clinchat-rag.yaml', 'tells:')}]" in said
    )
    assert "Doe" not in said


def test_where_patients_are_and_nothing_is_listed_it_says_why_nothing_is_told(
    tmp_path: Path, capsys: Printed
) -> None:
    for file in FOLDER.rglob("*.yaml"):
        copy = tmp_path / file.relative_to(FOLDER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text()
        copy.write_text(re.sub(r"  tells:\n(?:    .*\n)+", "", text))
    said = explained(capsys, *LATENCY, "pod=api-1", folder=tmp_path)
    raw_logs = line_of("systems/clinchat-rag.yaml", "raw_logs:")

    assert "Labels:" not in said
    assert (
        "nothing is told, because raw_logs is not `redacted` "
        f"[systems/clinchat-rag.yaml:{raw_logs}]; list labels and texts under `signals.tells`" in said
    )


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (("alertname=X", "namespace=nowhere"), "No policy says whose alert this is"),
        (("namespace=auditron",), "Write labels as name=value"),
        (("alertname=X", "namespace="), "Write labels as name=value"),
        (("alertname", "namespace=auditron"), "Write labels as name=value"),
    ],
)
def test_what_has_no_place_is_said_with_the_reason(
    labels: tuple[str, ...], why: str, capsys: Printed
) -> None:
    assert why in refused(capsys, *labels)


def test_a_source_that_a_system_does_not_take_is_said(capsys: Printed) -> None:
    assert "run-record" in refused(capsys, *BACKLOG, source="run-record")


def test_a_folder_with_faults_is_told(tmp_path: Path, capsys: Printed) -> None:
    assert 2 == explain_alert(tmp_path, "alertmanager", BACKLOG)
    assert "roles.yaml" in capsys.readouterr().out


def test_it_is_a_command(capsys: Printed) -> None:
    assert 0 == main(["explain-alert", "--policies", str(FOLDER), "--source", "grafana", *BACKLOG])
    assert "QueueBacklog is an alert of auditron" in capsys.readouterr().out
