"""Who holds which role, which role a word claims, and which action a command names."""

from __future__ import annotations

import pytest

from policies.decisions import held_roles, may_claim_role
from policies.naming import FoundAction, find_action, role_named
from policies.schema import PolicyBook
from tests.unit.policies.folder import ROLES, SYSTEM, edited, load, shipped

CM = "credit-monitoring"
NONE: frozenset[str] = frozenset()
O1, O2, O3 = frozenset({"o1"}), frozenset({"o1", "o2"}), frozenset({"o1", "o2", "o3"})


@pytest.fixture(scope="module")
def book() -> PolicyBook:
    return load(shipped())


@pytest.mark.parametrize(
    ("user", "groups", "roles"),
    [
        ("U0NOOR", set(), NONE),
        ("U0NOOR", {"S0OTHER", "S03ONCALL"}, NONE),
        ("U01VERA", {"S01VIEWERS"}, O1),
        ("U02OMAR", {"S02OPERATORS"}, O2),
        ("U03RUTH", {"S03APPROVERS", "S03ONCALL"}, O3),
    ],
)
def test_a_group_gives_its_role_and_those_it_includes(
    book: PolicyBook, user: str, groups: set[str], roles: frozenset[str]
) -> None:
    assert roles == held_roles(book, user, groups)


def test_a_person_named_by_id_needs_no_group() -> None:
    book = load(edited(ROLES, "groups: [S02OPERATORS]", "users: [U0NOOR]"))

    assert O2 == held_roles(book, "U0NOOR", NONE)
    assert NONE == held_roles(book, "u0noor", NONE)


def test_a_group_tells_how_long_its_members_wait(book: PolicyBook) -> None:
    assert [3600, 0, 0] == [
        book.settle_time(group).total_seconds() for group in ("S03APPROVERS", "S02OPERATORS", "S0OTHER")
    ]


@pytest.mark.parametrize("word", ["O2", "o2"])
def test_a_claimed_role_is_one_that_the_writer_holds(book: PolicyBook, word: str) -> None:
    assert [False, False, True, True] == [
        may_claim_role(book, word, roles).allowed for roles in (NONE, O1, O2, O3)
    ]


def test_a_false_claim_names_the_role_and_the_rule(book: PolicyBook) -> None:
    decision = may_claim_role(book, "O3", O2)

    assert (
        "You wrote O3 Approver but do not hold it. Write a role that you hold, or none. "
        "Rule: roles.yaml roles.o3 (CM-03).",
    ) == decision.reasons
    assert ("o3",) == decision.who_could


@pytest.mark.parametrize("word", ["Omar", "", "O 2", "О2", "O2:", "ο2"])
def test_a_word_that_is_no_role_claims_nothing(book: PolicyBook, word: str) -> None:
    assert role_named(book, word) is None
    assert may_claim_role(book, word, NONE).allowed


@pytest.mark.parametrize(
    ("words", "thread_system", "found"),
    [
        ("release RUN-1 because x", "", (FoundAction(CM, "release", ("RUN-1", "because", "x")),)),
        ("Release RUN-1", CM, (FoundAction(CM, "release", ("RUN-1",)),)),
        ("credit-monitoring release RUN-1", "", (FoundAction(CM, "release", ("RUN-1",)),)),
        ("credit-monitoring release RUN-1", "auditron", (FoundAction(CM, "release", ("RUN-1",)),)),
        ("release RUN-1", "auditron", ()),
        ("kill-switch RUN-1", "", ()),
        ("credit-monitoring", "", ()),
        ("credit-monitoring kill-switch", "", ()),
        ("re\u017fol\u017fe-case", "", ()),
        ("", "", ()),
    ],
)
def test_an_action_is_found_by_its_words(
    book: PolicyBook, words: str, thread_system: str, found: tuple[FoundAction, ...]
) -> None:
    assert found == find_action(book, words.split(), thread_system)


def test_an_action_of_two_systems_is_found_twice() -> None:
    texts = shipped()
    texts["systems/second.yaml"] = (
        texts[SYSTEM]
        .replace("system: credit-monitoring", "system: second")
        .replace("credit-monitor}", "second}")
    )

    found = find_action(load(texts), ["release", "RUN-1"])

    assert [CM, "second"] == [each.system for each in found]
