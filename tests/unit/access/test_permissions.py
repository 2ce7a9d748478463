"""A permission is read from what an action declares, and told as the rule to add."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.systems.kubernetes.permissions import (
    Permission,
    as_line,
    fewest,
    needed,
    permission,
    rules_of,
)
from handlers.actions.kubernetes import KIND
from handlers.actions.registry import REGISTRY

WORDS = st.sampled_from(["", "api", "worker", "on", "null", "slack:U1", "1e3", "*"])
PERMISSIONS = st.builds(
    Permission,
    namespace=st.sampled_from(["", "a", "b"]),
    group=st.sampled_from(["", "apps"]),
    resource=st.sampled_from(["pods", "pods/eviction", "deployments"]),
    verb=st.sampled_from(["get", "list", "patch"]),
    name=WORDS,
)


@pytest.mark.parametrize(
    ("need", "written"),
    [
        ("list pods", '- {apiGroups: [""], resources: [pods], verbs: [list]}'),
        ("create pods/eviction", '- {apiGroups: [""], resources: [pods/eviction], verbs: [create]}'),
        (
            "patch deployments.apps/scale",
            "- {apiGroups: [apps], resources: [deployments/scale], verbs: [patch]}",
        ),
        (
            "list networkpolicies.networking.k8s.io",
            "- {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [list]}",
        ),
    ],
)
def test_a_need_is_one_rule(need: str, written: str) -> None:
    (one,) = needed(need, "team", {})

    assert written == as_line(one.rule)
    assert need == one.what
    assert "in namespace team" == one.where


def test_a_need_that_holds_everywhere_has_no_namespace_and_no_names() -> None:
    (one,) = needed("get deployments.apps everywhere", "team", {"deployments.apps": ["api"]})

    assert Permission("", "apps", "deployments", "get") == one
    assert "in the whole cluster" == one.where


def test_names_hold_for_what_is_done_by_name_and_without_a_name_nothing_is_needed() -> None:
    assert {"limits", "flags"} == {
        one.name for one in needed("patch configmaps", "team", {"configmaps": ("limits", "flags")})
    }
    assert {""} == {one.name for one in needed("create configmaps", "team", {"configmaps": ("limits",)})}
    assert frozenset() == needed("patch configmaps", "team", {"configmaps": ()})
    assert frozenset() == needed("create configmaps", "team", {"configmaps": ()})


@pytest.mark.parametrize(
    "need", ["", "pods", "list pods somewhere", "list  pods", "list pods everywhere now"]
)
def test_a_need_that_is_none_is_a_mistake_of_the_code(need: str) -> None:
    with pytest.raises(ValueError, match="is no permission"):
        needed(need, "team", {})


def test_every_action_and_reading_of_a_namespace_declares_what_it_needs() -> None:
    things = [*REGISTRY, *REGISTRY.readings]

    for thing in (one for one in things if one.kind == KIND):
        assert thing.needs, thing.name
        for need in thing.needs:
            assert needed(need, "team", {}), thing.name


@given(st.frozensets(PERMISSIONS, max_size=12))
def test_the_fewest_permissions_cover_all_and_none_of_them_another(every: frozenset[Permission]) -> None:
    few = fewest(every)

    assert all(any(one.covers(other) for one in few) for other in every)
    assert not any(one != other and one.covers(other) for one in few for other in few)


@given(st.frozensets(PERMISSIONS.filter(lambda one: one.namespace == "a"), max_size=12))
def test_the_rules_of_a_role_give_what_was_wanted_and_nothing_else(every: frozenset[Permission]) -> None:
    few = fewest(every)
    given_by_rules = {
        Permission("a", group, resource, verb, name)
        for rule in rules_of(few)
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", [""])
    }

    assert few == given_by_rules


@given(PERMISSIONS)
def test_a_told_rule_is_the_rule_when_it_is_read_as_yaml(one: Permission) -> None:
    assert [one.rule] == yaml.safe_load(as_line(one.rule))


def test_a_permission_is_told_as_actions_declare_it() -> None:
    assert "patch deployments.apps/scale" == permission("patch", "deployments.apps/scale").what
