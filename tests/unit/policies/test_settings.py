"""References in settings are resolved late, and a missing one is told with its place and without values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from policies.faults import Fault, PolicyFaults
from policies.loading import resolve_settings
from policies.schema import PolicyBook
from tests.unit.policies.folder import SYSTEM, edited, line_of, load, shipped

CM = "credit-monitoring"


def no_file(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


def root_setting(book: PolicyBook, env: Mapping[str, str], read_file: Callable[[str], str]) -> dict[str, str]:
    """The monitor's folder alone: each of the other settings is resolved in the same way."""
    return resolve_settings(book, CM, env, read_file, only=("root",))


def test_an_environment_variable_is_resolved() -> None:
    env = {"CREDIT_MONITORING_ROOT": "/srv/credits\n"}

    assert {"root": "/srv/credits"} == root_setting(load(shipped()), env, no_file)


def test_a_file_is_resolved() -> None:
    book = load(edited(SYSTEM, "${CREDIT_MONITORING_ROOT}", "file:/run/root"))

    assert {"root": "of /run/root"} == root_setting(book, {}, lambda path: f"of {path}\n")


def test_a_variable_may_name_a_file_instead() -> None:
    env = {"CREDIT_MONITORING_ROOT_FILE": "/run/root"}

    assert {"root": "of /run/root"} == root_setting(load(shipped()), env, lambda path: f"of {path}\n")


def test_a_variable_and_its_file_are_not_both_set() -> None:
    env = {"CREDIT_MONITORING_ROOT_FILE": "/run/root", "CREDIT_MONITORING_ROOT": "/srv"}

    with pytest.raises(PolicyFaults, match="are both set; keep one"):
        root_setting(load(shipped()), env, no_file)


def test_a_plain_value_is_itself() -> None:
    book = load(edited(SYSTEM, "${CREDIT_MONITORING_ROOT}", "/srv/credits"))

    assert {"root": "/srv/credits"} == root_setting(book, {}, no_file)


@pytest.mark.parametrize("env", [{}, {"CREDIT_MONITORING_ROOT": " "}])
def test_an_unset_variable_is_told_with_file_and_line(env: dict[str, str]) -> None:
    with pytest.raises(PolicyFaults) as caught:
        root_setting(load(shipped()), env, no_file)

    why = "the environment variable CREDIT_MONITORING_ROOT is not set; set it and start again"
    assert (Fault(SYSTEM, line_of(SYSTEM, "  root:"), "settings.root", why),) == caught.value.faults


def test_an_unreadable_or_empty_file_is_told_with_file_and_line() -> None:
    book = load(edited(SYSTEM, "${CREDIT_MONITORING_ROOT}", "file:/run/root"))

    def told(text: bytes | None) -> str:
        with pytest.raises(PolicyFaults) as caught:
            root_setting(book, {}, no_file if text is None else lambda _: text.decode())
        return caught.value.faults[0].message

    assert "the file /run/root cannot be read (No such file or directory)" == told(None)
    assert "the file /run/root is not UTF-8" == told(b"\xff")
    assert "the file /run/root is empty; write the value into it" == told(b"")


def test_a_secret_that_was_taken_for_the_name_of_its_file_is_not_told() -> None:
    with pytest.raises(PolicyFaults) as caught:
        root_setting(load(shipped()), {"CREDIT_MONITORING_ROOT_FILE": "the-secret"}, no_file)

    why = "the file that CREDIT_MONITORING_ROOT_FILE names cannot be read (No such file or directory)"
    assert (why,) == tuple(fault.message for fault in caught.value.faults)
