"""`countersign explain` on what policy itself describes: readings, and actions that are routes."""

from __future__ import annotations

import pytest

from bot.cli.policies import explain
from tests.unit.policies.folder import FOLDER

Printed = pytest.CaptureFixture[str]


def test_a_reading_is_explained_as_a_look(capsys: Printed) -> None:
    assert 0 == explain(FOLDER, "U02OMAR", "provability-fabric tokens", ["o1"])

    said = capsys.readouterr().out
    assert "tokens on provability-fabric: a look, which nobody approves" in said
    assert "read: yes [provability-fabric.yaml read (PF-10), systems/provability-fabric.yaml:" in said


def test_who_may_not_look_is_told_who_may(capsys: Printed) -> None:
    assert 0 == explain(FOLDER, "U09STRANGER", "provability-fabric tokens", [])

    said = capsys.readouterr().out
    assert "read: no" in said
    assert "Only O1 Viewer, O2 Read Operator or O3 Approver may look at provability-fabric." in said


def test_a_route_is_explained_with_what_it_sends_and_reads_back(capsys: Printed) -> None:
    assert 0 == explain(FOLDER, "U02OMAR", "revoke-tokens token123", ["o2"])

    said = capsys.readouterr().out
    assert "It sends POST /capability-tokens/revoke, looks at tokens before, and reads back tokens." in said
    assert "request: yes [provability-fabric.yaml actions.revoke-tokens.request (PF-54)" in said


def test_a_short_form_names_its_system_second(capsys: Printed) -> None:
    assert 0 == explain(FOLDER, "U02OMAR", "revoke-tokens provability-fabric token123", ["o2"])

    assert "revoke-tokens on provability-fabric" in capsys.readouterr().out
