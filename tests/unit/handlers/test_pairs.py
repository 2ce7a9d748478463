"""`name=value` means a parameter of that name, or, where an action says so, a value by itself (PF-37)."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.actions import Params
from handlers.parsing import Command, parse_command
from handlers.values import No, given_values


class Patch(Params):
    config_map: str
    change: str


@dataclass(frozen=True)
class Takes:
    """What `given_values` asks of an action."""

    pairs: bool = True
    name: str = "patch-config"
    takes: tuple[str, ...] = ("config_map", "change")
    fillers: tuple[str, ...] = ()
    params: type[Params] = Patch


def given(text: str, *, pairs: bool = True) -> object:
    command = parse_command(text)
    assert isinstance(command, Command)
    return given_values(Takes(pairs), "/ops fabric", command.words, command.named)


def test_a_pair_of_another_name_is_a_value_as_it_was_written() -> None:
    assert {"config_map": "egress", "change": "PII_threshold=0.8"} == given("egress PII_threshold=0.8")


def test_a_key_with_dots_is_a_value_too() -> None:
    assert {"config_map": "egress", "change": "limits.max=8"} == given("egress limits.max=8")


def test_a_parameter_by_its_name_in_any_letter_case_is_still_that_parameter() -> None:
    assert {"config_map": "egress", "change": "a=1"} == given("Config_Map=egress a=1")


def test_a_pair_too_many_is_answered_and_not_guessed() -> None:
    assert isinstance(given("egress a=1 b=2"), No)


def test_without_pairs_an_unknown_name_is_answered() -> None:
    assert isinstance(given("egress a=1", pairs=False), No)
