"""What the shipped rules allow, row by row, and what they refuse with which words."""

from __future__ import annotations

import pytest

from policies.decisions import (
    approvals_needed,
    has_part,
    may_acknowledge,
    may_approve,
    may_happen_automatically,
    may_read,
    may_request,
)
from policies.escalation import Ladder
from policies.faults import PolicyFaults
from policies.grants import Decision
from policies.schema import PolicyBook
from tests.unit.policies.folder import ROLES, SEVERITIES, SYSTEM, edited, load, shipped

CM = "credit-monitoring"
NONE: frozenset[str] = frozenset()
O1, O2, O3 = frozenset({"o1"}), frozenset({"o1", "o2"}), frozenset({"o1", "o2", "o3"})


@pytest.fixture(scope="module")
def book() -> PolicyBook:
    return load(shipped())


def test_who_may_only_switch_the_alerts_off_has_a_part_in_the_system() -> None:
    texts = edited(SYSTEM, "kill_switch: {roles: [o3]", "kill_switch: {roles: [desk]")
    roles = texts[ROLES].replace("roles:\n", "roles:\n  desk: {title: Desk, users: [U0DESK]}\n", 1)
    book = load(texts | {ROLES: roles})

    assert has_part(book, CM, frozenset({"desk"}))
    assert not has_part(book, CM, NONE)


def approve(
    book: PolicyBook,
    roles: frozenset[str] = O3,
    *,
    action: str = "release",
    approver: str = "U03RUTH",
    requesters: frozenset[str] = frozenset({"U02OMAR"}),
    earlier: frozenset[str] = NONE,
) -> Decision:
    return may_approve(
        book, CM, action, roles, approver=approver, requesters=requesters, earlier_approvers=earlier
    )


@pytest.mark.parametrize(
    ("row", "action", "allowed"),
    [
        ("CM-47", "quarantine", [False, False, False, True]),
        ("CM-08", "open-case", [False, False, False, False]),
        ("CM-16", "resolve-case", [False, False, True, True]),
        ("CM-25", "classify-case", [False, False, True, True]),
        ("CM-55", "rerun", [False, False, True, True]),
        ("CM-55", "withdraw-rerun", [False, False, False, True]),
        ("CM-51", "release", [False, False, True, True]),
    ],
)
def test_who_may_request_follows_the_runbook(
    book: PolicyBook, row: str, action: str, allowed: list[bool]
) -> None:
    decisions = [may_request(book, CM, action, roles) for roles in (NONE, O1, O2, O3)]

    assert allowed == [decision.allowed for decision in decisions]
    assert {f"credit-monitoring.yaml actions.{action}.request ({row})"} == {
        decision.rule for decision in decisions
    }


@pytest.mark.parametrize("action", ["release", "resolve-case"])
def test_only_o3_approves(book: PolicyBook, action: str) -> None:
    assert [False, False, False, True] == [
        approve(book, roles, action=action).allowed for roles in (NONE, O1, O2, O3)
    ]


@pytest.mark.parametrize("severity", ["SEV0", "SEV1"])
def test_o2_and_o3_acknowledge_and_o1_does_not(book: PolicyBook, severity: str) -> None:
    assert [False, False, True, True] == [
        may_acknowledge(book, CM, severity, roles).allowed for roles in (NONE, O1, O2, O3)
    ]


def test_whoever_has_a_role_may_look(book: PolicyBook) -> None:
    allowed = [may_read(book, CM, "run", roles).allowed for roles in (NONE, O1, O2, O3)]

    assert [False, True, True, True] == allowed


def test_a_role_counts_without_the_roles_it_includes_being_spelled_out(book: PolicyBook) -> None:
    assert may_request(book, CM, "release", frozenset({"o3"})).allowed
    assert may_acknowledge(book, CM, "SEV0", frozenset({"o3"})).allowed


def test_a_refusal_names_the_rule_who_could_and_what_one_holds(book: PolicyBook) -> None:
    assert Decision(
        allowed=False,
        rule="credit-monitoring.yaml actions.release.approve (CM-51)",
        reasons=(
            "Only O3 Approver may approve release. "
            "Rule: credit-monitoring.yaml actions.release.approve (CM-51).",
            "You hold O2 Read Operator.",
        ),
        who_could=("o3",),
    ) == approve(book, O2)


def test_a_refusal_without_any_role_says_so(book: PolicyBook) -> None:
    decision = may_request(book, CM, "release", NONE)

    assert (
        "Only O2 Read Operator or O3 Approver may request release. "
        "Rule: credit-monitoring.yaml actions.release.request (CM-51).",
        "You hold no role here.",
    ) == decision.reasons
    assert ("o2", "o3") == decision.who_could


def test_an_allowed_request_says_by_which_role(book: PolicyBook) -> None:
    assert ("O2 Read Operator may request release.",) == may_request(book, CM, "release", O2).reasons


def test_the_requesters_own_approval_is_refused(book: PolicyBook) -> None:
    decision = approve(book, requesters=frozenset({"U02OMAR", "U03RUTH"}))

    assert not decision.allowed
    assert (
        "You asked for this yourself, so somebody else approves it: O3 Approver. "
        "Rule: credit-monitoring.yaml actions.release.approve (CM-51).",
    ) == decision.reasons
    assert ("o3",) == decision.who_could


def test_a_second_approval_by_the_same_person_is_refused(book: PolicyBook) -> None:
    decision = approve(book, earlier=frozenset({"U03RUTH"}))

    assert not decision.allowed
    assert decision.reasons[0].startswith("You have approved this already;")


def test_every_ground_against_an_approval_is_told(book: PolicyBook) -> None:
    assert 3 == len(approve(book, O2, requesters=frozenset({"U03RUTH"})).reasons)


def test_somebody_unknown_never_approves(book: PolicyBook) -> None:
    assert not approve(book, approver="").allowed


def test_what_nobody_asked_for_is_never_approved(book: PolicyBook) -> None:
    assert not approve(book, requesters=NONE).allowed


def test_what_needs_no_approval_takes_none(book: PolicyBook) -> None:
    assert Decision(
        False,
        "credit-monitoring.yaml actions.quarantine.approve (CM-47)",
        ("quarantine needs no approval. Rule: credit-monitoring.yaml actions.quarantine.approve (CM-47).",),
    ) == approve(book, action="quarantine")


def test_what_no_rule_grants_is_refused(book: PolicyBook) -> None:
    assert Decision(
        False,
        "credit-monitoring.yaml actions",
        (
            "No rule grants kill-switch on credit-monitoring. "
            "Granted there: quarantine, open-case, resolve-case, release, classify-case, "
            "rerun and withdraw-rerun.",
        ),
    ) == may_request(book, CM, "kill-switch", O3)
    assert not approve(book, action="kill-switch").allowed
    assert not may_request(book, "auditron", "scale", O3).allowed
    assert not may_acknowledge(book, "auditron", "SEV0", O3).allowed
    assert not may_read(book, "auditron", "pods", O3).allowed
    refused = may_read(book, CM, "pods", O3)
    assert (f"No rule lets anybody look at pods of {CM}. Given there: run and verify.",) == refused.reasons


def test_a_severity_without_a_rule_is_acknowledged_by_nobody(book: PolicyBook) -> None:
    decision = may_acknowledge(book, CM, "SEV2", O3)

    assert not decision.allowed
    assert (
        "No rule lets anybody acknowledge SEV2 on credit-monitoring. Severities with a rule: SEV0 and SEV1.",
    ) == decision.reasons


def test_a_system_without_a_reading_rule_is_looked_at_by_nobody() -> None:
    book = load(edited(SYSTEM, "read: {roles: [o1], what: [run, verify], row: CM-01}", ""))

    assert not may_read(book, CM, "run", O3).allowed


def test_a_reading_may_take_another_role_than_the_rest() -> None:
    rule = "read: {roles: [o1], what: [run, verify], row: CM-01}"
    narrower = f"{rule[:-1]}, narrower: {{verify: {{roles: [o2], row: CM-02}}}}}}"
    book = load(edited(SYSTEM, rule, narrower))

    assert may_read(book, CM, "run", O1).allowed
    assert may_read(book, CM, "verify", O2).allowed
    refused = may_read(book, CM, "verify", O1)
    assert not refused.allowed
    assert "read.narrower.verify" in refused.rule
    assert "CM-02" in refused.rule


def test_a_narrower_rule_for_what_is_not_given_is_a_fault() -> None:
    rule = "read: {roles: [o1], what: [run, verify], row: CM-01}"
    with pytest.raises(PolicyFaults, match="`verify` stands under `narrower` and not in `what`"):
        load(edited(SYSTEM, rule, "read: {roles: [o1], what: [run], narrower: {verify: {roles: [o2]}}}"))


def test_a_narrower_rule_that_is_wider_than_the_rest_is_a_fault() -> None:
    rule = "read: {roles: [o1], what: [run, verify], row: CM-01}"
    wider = "read: {roles: [o2], what: [run, verify], narrower: {verify: {roles: [o1]}}}"
    with pytest.raises(PolicyFaults, match=r"narrower.verify.roles.*`o1` is wider than `o2`, which the rest"):
        load(edited(SYSTEM, rule, wider))


@pytest.mark.parametrize(
    ("severity", "automatic"),
    [
        ("SEV0", ["quarantine", "open-case"]),
        ("SEV1", ["open-case"]),
        ("SEV2", []),
        ("SEV4", []),
        ("unheard-of", []),
    ],
)
def test_only_what_an_alert_rule_lists_happens_by_itself(
    book: PolicyBook, severity: str, automatic: list[str]
) -> None:
    actions = ["quarantine", "open-case", "resolve-case", "release", "rerun"]

    happens = [a for a in actions if may_happen_automatically(book, CM, "run-record", severity, a).allowed]

    assert automatic == happens


def test_an_automatic_decision_names_the_alert_rule(book: PolicyBook) -> None:
    listed = may_happen_automatically(book, CM, "run-record", "SEV0", "quarantine")
    default = may_happen_automatically(book, CM, "run-record", "SEV9", "quarantine")

    assert "credit-monitoring.yaml alerts.run-record.SEV0.automatic (CM-09)" == listed.rule
    assert "credit-monitoring.yaml alerts.run-record.default.automatic" == default.rule
    assert not may_happen_automatically(book, CM, "grafana", "SEV0", "quarantine").allowed
    assert not may_happen_automatically(book, "auditron", "run-record", "SEV0", "quarantine").allowed


@pytest.mark.parametrize(
    ("severity", "channel"),
    [
        ("SEV0", "#ops-critical"),
        ("SEV1", "#ops-alerts"),
        ("SEV2", "#ops-review"),
        ("SEV3", "#ops-monitoring"),
        ("unheard-of", "#ops-monitoring"),
    ],
)
def test_an_alert_goes_to_the_channel_of_its_severity(book: PolicyBook, severity: str, channel: str) -> None:
    rule = book.alert_rule(CM, "run-record", severity)

    assert rule is not None
    assert channel == rule.channel


def test_an_alert_that_no_rule_routes_has_none(book: PolicyBook) -> None:
    assert book.alert_rule(CM, "grafana", "SEV0") is None
    assert book.alert_rule("auditron", "run-record", "SEV0") is None


def test_gates_and_approvals_of_a_release(book: PolicyBook) -> None:
    rule = book.action(CM, "release")

    assert rule is not None
    assert [("exposure-cleared", "CM-50"), ("case-resolved", "CM-50")] == [
        (gate.gate, gate.row) for gate in rule.gates
    ]
    assert 1 == approvals_needed(book, CM, "release")


def test_no_approval_and_no_rule_are_different_answers(book: PolicyBook) -> None:
    assert (0, None) == tuple(approvals_needed(book, CM, action) for action in ("quarantine", "kill-switch"))


def test_a_ladder_survives_as_a_snapshot(book: PolicyBook) -> None:
    ladder = book.severities["SEV0"].ladder

    assert ladder == Ladder.model_validate_json(ladder.model_dump_json())


def test_a_book_survives_as_json(book: PolicyBook) -> None:
    assert book.revision == PolicyBook.model_validate_json(book.model_dump_json()).revision


def test_sev0_waits_a_quarter_of_an_hour_and_sev2_has_no_clock() -> None:
    severities = load(shipped()).severities

    assert [900, 3600] == [
        within.total_seconds()
        for name in ("SEV0", "SEV1")
        if (within := severities[name].acknowledge_within) is not None
    ]
    assert [None, None, None] == [severities[name].acknowledge_within for name in ("SEV2", "SEV3", "SEV4")]


def test_a_default_rule_also_serves_severities_that_are_known_later() -> None:
    texts = edited(SEVERITIES, "  SEV4:", "  SEV5: {title: New, rank: 5}\n  SEV4:")
    rule = load(texts).alert_rule(CM, "run-record", "SEV5")

    assert rule is not None
    assert "#ops-monitoring" == rule.channel
