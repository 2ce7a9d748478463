"""Properties of the policy floor, tried on many folders."""

from __future__ import annotations

import random
import re
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.decisions import may_acknowledge, may_approve, may_request
from policies.faults import Fault, PolicyFaults
from policies.schema import PolicyBook
from policies.source import read_source
from tests.unit.policies.folder import ROLES, SEVERITIES, SYSTEM, faults_of, load, shipped

CM = "credit-monitoring"
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no fault of the policies."""
OWN_NAMES = re.compile(
    r"(roles|severities|hours|schedules|notifiers)\.[\w-]+|signals\.(when\.\d+|severity\.values|rules)\.[\w-]+"
)
"""Keys that a policy's author invents: another name there is no mistake until something refers to it."""


def keys_of_the_schema() -> list[tuple[str, tuple[str | int, ...], int, int]]:
    """File, path, line and column of every key of the shipped rules whose name is fixed."""
    found: list[tuple[str, tuple[str | int, ...], int, int]] = []

    def walk(file: str, node: yaml.Node, path: tuple[str | int, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*path, key.value)
                if not OWN_NAMES.fullmatch(".".join(map(str, here))):
                    found.append((file, here, key.start_mark.line, key.start_mark.column))
                walk(file, value, here)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                walk(file, item, (*path, index))

    for file, text in shipped().items():
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        assert root is not None
        walk(file, root, ())
    return found


@patient
@given(st.sampled_from(keys_of_the_schema()), st.data())
def test_a_mistyped_key_anywhere_is_a_fault_on_its_own_line(
    key: tuple[str, tuple[str | int, ...], int, int], data: st.DataObject
) -> None:
    file, path, line, column = key
    name = str(path[-1])
    at = data.draw(st.integers(0, len(name) - 1))
    wrong = data.draw(
        st.sampled_from([name[:at] + name[at + 1 :] + "x", name[:at] + "q" + name[at:], f"{name}s"])
    )
    lines = shipped()[file].split("\n")
    lines[line] = lines[line][:column] + wrong + lines[line][column + len(name) :]

    faults = faults_of(shipped() | {file: "\n".join(lines)})

    assert (file, line + 1) in {(fault.file, fault.line) for fault in faults}
    assert not any("Input should" in fault.message for fault in faults)


names = st.sampled_from(["alpha", "beta", "gamma", "delta"])


@st.composite
def role_books(draw: st.DrawFn) -> PolicyBook:
    """Folders with invented roles, inclusions without circles, and one action that some of them get."""
    roles = draw(st.lists(names, unique=True, min_size=1))
    includes = {
        name: draw(st.lists(st.sampled_from(roles[:index]), unique=True)) if index else []
        for index, name in enumerate(roles)
    }
    some = st.lists(st.sampled_from(roles), unique=True, min_size=1)
    texts: dict[str, Any] = {
        ROLES: {
            "workspace": "T0PRACTICE",
            "announce": "#ops",
            "roles": {name: {"title": name, "includes": includes[name]} for name in roles},
        },
        SEVERITIES: {"severities": {"SEV0": {"title": "Worst", "rank": 0}}},
        SYSTEM: {
            "system": CM,
            "kinds": [CM],
            "title": "Credits",
            "channel": "#ops",
            "settings": {"root": "/srv"},
            "acknowledge": {"SEV0": {"roles": draw(some)}},
            "actions": {
                "release": {
                    "title": "Release",
                    "request": draw(some),
                    "approve": {"roles": draw(some), "count": draw(st.integers(1, 5))},
                }
            },
        },
    }
    return load({file: yaml.safe_dump(text) for file, text in texts.items()})


def reach(book: PolicyBook, role: str) -> set[str]:
    """The role and all that it includes, by the plainest definition."""
    return {role}.union(*(reach(book, each) for each in book.roles[role].includes))


@patient
@given(role_books(), st.frozensets(names))
def test_nobody_is_allowed_whose_roles_no_rule_names(book: PolicyBook, held: frozenset[str]) -> None:
    rule = book.systems[CM].actions["release"]
    assert rule.approve is not None
    reached = set().union(*(reach(book, role) for role in held if role in book.roles))

    approved = may_approve(
        book, CM, "release", held, approver="U1", requesters=frozenset({"U2"}), earlier_approvers=frozenset()
    )

    assert bool(reached & set(rule.request)) == may_request(book, CM, "release", held).allowed
    assert bool(reached & set(rule.approve.roles)) == approved.allowed
    assert bool(reached & set(book.systems[CM].acknowledge["SEV0"].roles)) == (
        may_acknowledge(book, CM, "SEV0", held).allowed
    )


people = st.sampled_from(["U1", "U2", "U3", ""])


@patient
@given(role_books(), st.frozensets(names), people, st.frozensets(people), st.frozensets(people))
def test_two_people_are_needed_whatever_the_rules_say(
    book: PolicyBook, held: frozenset[str], approver: str, requesters: frozenset[str], earlier: frozenset[str]
) -> None:
    decision = may_approve(
        book, CM, "release", held, approver=approver, requesters=requesters, earlier_approvers=earlier
    )

    if decision.allowed:
        assert approver
        assert requesters
        assert approver not in requesters | earlier
    assert decision.reasons
    assert "credit-monitoring.yaml actions.release.approve" == decision.rule


@patient
@given(role_books(), st.text(max_size=20), st.text(max_size=20), st.frozensets(names))
def test_names_that_policy_does_not_know_are_refused_and_never_raise(
    book: PolicyBook, system: str, action: str, held: frozenset[str]
) -> None:
    assert not may_request(book, system, action, held).allowed
    assert not may_acknowledge(book, system, action, held).allowed


def shuffled(value: Any, order: random.Random) -> Any:
    """The same mappings with their keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


@settings(patient, max_examples=25)
@given(st.randoms(use_true_random=False))
def test_digests_do_not_depend_on_the_order_of_keys_or_on_comments(order: random.Random) -> None:
    plain = load(shipped())
    other = load(
        {
            file: "# comment\n" + yaml.safe_dump(shuffled(yaml.safe_load(text), order), sort_keys=False)
            for file, text in shipped().items()
        }
    )

    assert plain.revision == other.revision
    assert [plain.rule_digest(CM, action) for action in plain.systems[CM].actions] == [
        other.rule_digest(CM, action) for action in plain.systems[CM].actions
    ]


@patient
@given(st.text(max_size=300) | st.binary(max_size=300))
def test_any_text_is_read_or_refused_and_never_raises(content: str | bytes) -> None:
    source = read_source(SYSTEM, content)

    assert all(fault.line >= 1 for fault in source.faults)


@patient
@given(st.sampled_from([ROLES, SEVERITIES, SYSTEM]), st.data())
def test_any_damage_to_a_file_is_survived(file: str, data: st.DataObject) -> None:
    text = shipped()[file]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    damage = data.draw(st.text(alphabet=" \n:-[]{}#&*!|>'\"%@`,?ao0~<", max_size=8))
    damaged = text[:start] + damage + text[end:]

    try:
        load(shipped() | {file: damaged})
        told: tuple[Fault, ...] = ()
    except PolicyFaults as faults:
        told = faults.faults

    last = damaged.count("\n") + 1
    assert all(1 <= fault.line <= last for fault in told if fault.file == file)
    assert not any("Input should" in fault.message for fault in told)
