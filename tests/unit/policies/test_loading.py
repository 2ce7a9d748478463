"""Every fault of a policy folder is told with file, line, key and what to write instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.faults import Fault, PolicyFaults
from policies.signal_checks import check_watchdog
from policies.source import Source
from policies.systems import System
from tests.unit.policies.folder import CATALOG, ON_CALL, edited, faults_of, line_of, load, shipped
from tests.unit.policies.mistakes import MISTAKES, R, S, Y


@pytest.mark.parametrize(("file", "old", "new", "key", "message"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_is_one_fault_at_its_key(file: str, old: str, new: str, key: str, message: str) -> None:
    faults = faults_of(edited(file, old, new))

    assert [(file, key, message)] == [(fault.file, fault.key, fault.message) for fault in faults]


@pytest.mark.parametrize(
    ("file", "old", "new", "at"),
    [
        pytest.param(Y, "approve: none", "aprove: none", "approve: none", id="a wrong key"),
        pytest.param(Y, "    approve: none\n", "", "  quarantine:", id="a missing key: its parent"),
        pytest.param(R, "includes: [o2]", "includes: [viewer]", "includes: [o2]", id="an item of a list"),
        pytest.param(S, "rank: 3", "rank: 2", "rank: 3", id="the second of two equal ranks"),
        pytest.param(S, "after: 30m", "after: 15m", "ladder:", id="a whole ladder"),
        pytest.param(Y, "text: Case", "txt: Case", "text: Case", id="a key of a mapping on one line"),
        pytest.param(
            Y, "  SEV1: {roles: [o2], row: CM-21}\n", "", "    SEV1: {", id="what misses its other half"
        ),
    ],
)
def test_the_line_is_where_the_author_has_to_look(file: str, old: str, new: str, at: str) -> None:
    assert line_of(file, at) in {fault.line for fault in faults_of(edited(file, old, new))}


def test_without_the_file_of_who_is_on_call_nobody_there_can_be_told() -> None:
    texts = shipped()
    del texts[ON_CALL]
    found = {fault.message for fault in faults_of(texts) if fault.file == S}
    assert "unknown notifier `pagerduty`: none is known here" in found
    assert "unknown schedule `devops`: none is known here" in found


def test_every_fault_of_every_file_is_told_at_once() -> None:
    texts = shipped()
    texts[R] = texts[R].replace("includes: [o2]", "include: [o2]").replace("T0PRACTICE", "practice")
    texts[S] = texts[S].replace("rank: 3", "rank: three", 1)
    texts[Y] = texts[Y].replace("timeout: 30s", "timeout: 30").replace("[o2]", "[o7]")

    told = [(fault.file, fault.key) for fault in faults_of(texts)]

    assert [
        (R, "workspace"),
        (R, "roles.o3.include"),
        (S, "severities.SEV3.rank"),
        (Y, "acknowledge.SEV0.roles[0]"),
        (Y, "acknowledge.SEV1.roles[0]"),
        *((Y, f"thread.{word}.roles[0]") for word in ("snooze", "assign", "tick", "raise_severity")),
        (Y, "actions.resolve-case.request[0]"),
        (Y, "actions.release.request[0]"),
        (Y, "actions.release.timeout"),
        (Y, "actions.classify-case.request[0]"),
        (Y, "actions.rerun.request[0]"),
    ] == told


def test_a_mistyped_required_key_is_not_called_missing_as_well() -> None:
    faults = faults_of(edited(Y, "request: [o3]", "requests: [o3]"))

    assert ["actions.quarantine.requests"] == [fault.key for fault in faults]


@pytest.mark.parametrize("file", [R, S])
def test_a_missing_file_is_told(file: str) -> None:
    texts = shipped()
    del texts[file]

    assert Fault(file, 1, "", "the file is missing; start from a copy of policies/rules") in faults_of(texts)


def test_a_folder_without_a_system_is_refused() -> None:
    texts = shipped()
    del texts[Y]

    assert (Fault("systems", 1, "", "no system here; add systems/<name>.yaml"),) == faults_of(texts)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("rolls.yaml", "did you mean `roles.yaml`?"),
        ("severities.yml", "did you mean `severities.yaml`?"),
        ("system/auditron.yaml", "did you mean `systems/auditron.yaml`?"),
        ("systems/auditron.yml", "did you mean `systems/auditron.yaml`?"),
        ("a/b/c/d/e/f/g.yaml", "a policy has roles.yaml, severities.yaml and systems/*.yaml"),
    ],
)
def test_a_file_that_would_never_be_read_is_refused(name: str, meant: str) -> None:
    faults = faults_of(shipped() | {name: "a: b"})

    assert (Fault(name, 1, "", f"no policy file has this name; {meant}"),) == faults


def test_a_system_is_known_by_its_file_so_no_two_share_a_name() -> None:
    texts = shipped()
    texts["systems/copy.yaml"] = texts[Y]

    assert [("systems/copy.yaml", "system")] == [(fault.file, fault.key) for fault in faults_of(texts)]


def test_a_fault_reads_as_file_line_key_and_message() -> None:
    fault = Fault("roles.yaml", 7, "roles.o1", "wrong")

    assert "roles.yaml:7: roles.o1: wrong" == str(fault)
    assert "roles.yaml:7: wrong" == str(Fault("roles.yaml", 7, "", "wrong"))


def test_faults_come_in_reading_order_and_once() -> None:
    early, late = Fault("a.yaml", 2, "k", "m"), Fault("a.yaml", 10, "k", "m")

    assert (early, late) == PolicyFaults([late, early, late]).faults


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("abc123", "a secret is never written here; write `${NAME}` or `file:/path`"),
        ("abc$123", "write `${NAME}` alone, `file:/path` alone, or a text of one line without `$`"),
    ],
)
def test_a_secret_in_a_policy_is_refused_and_not_repeated(value: str, message: str) -> None:
    kind = CATALOG["credit-monitoring"]
    with_token = replace(kind, optional_settings=frozenset({"api_token"}))
    texts = edited(Y, "settings:", f"settings:\n  api_token: {value}")

    with pytest.raises(PolicyFaults) as caught:
        load(texts, {**CATALOG, "credit-monitoring": with_token})

    assert [("settings.api_token", message)] == [(fault.key, fault.message) for fault in caught.value.faults]
    assert value not in str(caught.value)


def test_one_system_is_told_that_the_bots_own_work_is_late() -> None:
    made: Any = System.model_construct  # nothing but its alerts counts here
    systems = {name: made(alerts={"watchdog": {"SEV1": None}}) for name in ("api", "web")}
    sources = {f"systems/{name}.yaml": Source(f"systems/{name}.yaml") for name in systems}

    (fault,) = check_watchdog(sources, systems)

    assert ("systems/web.yaml", "alerts.watchdog") == (fault.file, fault.key)
    assert fault.message.startswith("api is told already")
