"""What keeps a drain waiting is told by what keeps it, however many pods that is (CC-55)."""

from __future__ import annotations

from handlers.actions.kubernetes import node_wording as wording

API = "The disruption budget api needs 3 healthy pods and has 3 currently."
WORKER = "The disruption budget worker needs 1 healthy pods and has 1 currently."


def test_one_pod_is_named_with_what_keeps_it() -> None:
    assert [f"auditron/api-1: {API}"] == wording.held([("auditron", "api-1", API)])


def test_pods_of_one_budget_are_one_entry_and_the_most_come_first() -> None:
    many = [("auditron", f"api-{number:02}", API) for number in range(40)]

    assert [
        f"40 pods of auditron (api-00, api-01, api-02 and 37 more): {API}",
        f"auditron/worker-1: {WORKER}",
    ] == wording.held([("auditron", "worker-1", WORKER), *many])


def test_the_same_name_of_a_budget_in_another_namespace_is_another_one() -> None:
    found = wording.held([("a", "api-1", API), ("b", "api-1", API), ("b", "api-2", API)])

    assert [f"2 pods of b (api-1, api-2): {API}", f"a/api-1: {API}"] == found
