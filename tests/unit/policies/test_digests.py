"""A rule's digest changes with what one action applies, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.policies.folder import CATALOG, ROLES, SEVERITIES, SYSTEM, edited, load, shipped

CM = "credit-monitoring"
RELEASE = "expires_after: 4h\n    timeout: 30s"


def digest_of(files: dict[str, str], action: str = "release") -> str:
    return load(files).rule_digest(CM, action)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(ROLES, "# Who is who.", "# Whoever.", id="a comment"),
        pytest.param(ROLES, "[S01VIEWERS]", "[S0OTHER]", id="a role that it does not name"),
        pytest.param(ROLES, "includes: [o1]", "includes: []", id="what its roles include below"),
        pytest.param(ROLES, "title: O3 Approver", "title: Approver", id="a role's title"),
        pytest.param(ROLES, '"#ops-critical"', '"#ops"', id="where changes are announced"),
        pytest.param(SEVERITIES, "after: 30m", "after: 40m", id="a ladder"),
        pytest.param(SYSTEM, "title: Quarantine a run", "title: Isolate a run", id="another action"),
        pytest.param(SYSTEM, "SEV0: {roles: [o2]", "SEV0: {roles: [o3]", id="who acknowledges"),
        pytest.param(SYSTEM, '"#ops-review"', '"#ops"', id="an alert's channel"),
        pytest.param(SYSTEM, "${CREDIT_MONITORING_ROOT}", "/data", id="a setting's value"),
    ],
)
def test_an_unrelated_change_keeps_the_digest(file: str, old: str, new: str) -> None:
    assert digest_of(shipped()) == digest_of(edited(file, old, new))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(ROLES, "[S03APPROVERS]", "[S0OTHER]", id="who approves"),
        pytest.param(ROLES, "[S02OPERATORS]", "[S02OPERATORS, S0OTHER]", id="who requests"),
        pytest.param(ROLES, "includes: [o2]", "includes: []", id="who counts as requester"),
        pytest.param(ROLES, "settle: 1h", "settle: 2h", id="how long new members wait"),
        pytest.param(ROLES, "T0PRACTICE", "T0OTHER", id="the workspace"),
        pytest.param(SYSTEM, "row: CM-50, text: Case", "row: CM-50, text: The case", id="a gate"),
        pytest.param(SYSTEM, RELEASE, RELEASE.replace("4h", "5h"), id="when it expires"),
        pytest.param(SYSTEM, RELEASE, RELEASE.replace("30s", "31s"), id="how long it may take"),
    ],
)
def test_a_relevant_change_changes_the_digest(file: str, old: str, new: str) -> None:
    assert digest_of(shipped()) != digest_of(edited(file, old, new))


def test_in_whose_name_it_runs_is_part_of_the_digest() -> None:
    root = "${CREDIT_MONITORING_ROOT}"
    off, on = (edited(SYSTEM, root, f"{root}\n  impersonate: {word}") for word in ("off", "on"))

    known = {**CATALOG, CM: replace(CATALOG[CM], optional_settings=frozenset({"impersonate"}))}
    assert load(off, known).rule_digest(CM, "release") != load(on, known).rule_digest(CM, "release")


def test_a_new_role_that_includes_the_approver_changes_the_digest() -> None:
    more = edited(ROLES, "  o3:", "  lead: {title: Lead, users: [U0LEAD], includes: [o3]}\n  o3:")

    assert digest_of(shipped()) != digest_of(more)


def test_a_rule_that_is_taken_away_changes_the_digest_too() -> None:
    text = shipped()[SYSTEM]
    without = shipped() | {SYSTEM: text[: text.index("  release:")]}

    assert digest_of(shipped()) != digest_of(without)
    assert digest_of(without) != digest_of(without, "kill-switch")


def test_a_change_of_the_approvals_changes_the_digest() -> None:
    text = shipped()[SYSTEM]
    start = text.index("  release:")
    more = shipped() | {SYSTEM: text[:start] + text[start:].replace("count: 1", "count: 2")}

    assert digest_of(shipped()) != digest_of(more)
    assert digest_of(shipped(), "resolve-case") == digest_of(more, "resolve-case")


def test_the_revision_is_of_the_meaning_and_not_of_the_writing() -> None:
    plain = edited(
        ROLES,
        "    groups: [S02OPERATORS]\n    includes: [o1]\n",
        "    includes:\n      - o1  # x\n    groups: ['S02OPERATORS']\n",
    )

    assert load(shipped()).revision == load(plain).revision


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (ROLES, "title: O1 Viewer", "title: Viewer"),
        (SEVERITIES, "after: 30m", "after: 31m"),
        (SYSTEM, "${CREDIT_MONITORING_ROOT}", "${OTHER_ROOT}"),
    ],
)
def test_any_change_of_meaning_is_a_new_revision(file: str, old: str, new: str) -> None:
    assert load(shipped()).revision != load(edited(file, old, new)).revision
