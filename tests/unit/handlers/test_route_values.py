"""Values of a route keep to their form and their place, whatever people type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from handlers.actions.http import registry_of
from handlers.actions.http.values import address, filled, params_of, typed, values_of
from handlers.errors import DoNotRetry
from policies.routes import Parameter, Routes

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANY = Parameter(pattern="(?s).*")


def made(send: str, takes: dict[str, Parameter], **given: Any) -> dict[str, Any]:
    """The values that come of what was given. Raises ValidationError."""
    return values_of(params_of("one", takes, (send,)).model_validate(given), takes)


def why_not(parameter: Parameter, value: Any, send: str = "GET /x?v=$v") -> str:
    """What somebody who typed this is told."""
    with pytest.raises(ValidationError) as caught:
        made(send, {"v": parameter}, v=value)
    return caught.value.errors()[0]["msg"]


@given(st.text(max_size=300))
def test_a_value_in_a_path_stays_one_segment(text: str) -> None:
    send = "GET /keys/$v/detail"
    try:
        values = made(send, {"v": ANY}, v=text)
    except ValidationError:
        return
    _, target = address(send, values, NOW)

    segments = urlsplit(f"http://host{target}").path.split("/")
    assert ["", "keys", "detail"] == [*segments[:2], segments[3]]
    assert values["v"] == unquote(segments[2])
    twice = unquote(unquote(target))
    assert ".." not in twice.split("/")
    assert 3 == twice.count("/")


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_value_in_a_query_stays_one_value(first: str, second: str) -> None:
    send = "GET /x?a=$a&b=$b"
    try:
        values = made(send, {"a": ANY, "b": ANY}, a=first, b=second)
    except ValidationError:
        return
    _, target = address(send, values, NOW)

    query = parse_qs(urlsplit(f"http://host{target}").query, keep_blank_values=True, strict_parsing=True)
    assert {"a": [values["a"]], "b": [values["b"]]} == query


def test_dots_that_come_together_in_a_path_are_refused() -> None:
    takes = {"a": Parameter(pattern="[a-z]*x?"), "b": ANY}
    with pytest.raises(ValidationError):
        made("GET /k/.$b", takes, a="x", b=".")
    with pytest.raises(DoNotRetry):
        address("GET /k/$b$b", {"b": "."}, NOW)


@pytest.mark.parametrize(
    "value", ["a/b", "..", ".", "a\\b", "%2e%2e", "a?b", "a#b", "a;b", "a\nb", "a\u202eb"]
)
def test_what_would_name_another_path_is_refused(value: str) -> None:
    assert "cannot stand in an address" in why_not(ANY, value, "GET /keys/$v")


@pytest.mark.parametrize(
    "value", ["-1", "5.5", "999999999999", "1e3", "٣", "", " 4", "0x4", "11", "true", True]
)
def test_a_number_is_whole_and_within_its_bounds(value: Any) -> None:
    number = Parameter(type="number", least=0, most=10)

    assert "is no whole number from 0 to 10" in why_not(number, value)
    assert {"v": 7} == made("GET /x?v=$v", {"v": number}, v="7")


def test_a_whole_text_must_match_its_pattern() -> None:
    token = Parameter(pattern="[a-z]{3}|[0-9]+")

    assert "it must match [a-z]{3}|[0-9]+" in why_not(token, "abcd")
    assert "it must match" in why_not(token, "abc\nabc")
    assert {"v": "123"} == made("GET /x?v=$v", {"v": token}, v="123")


def test_a_pattern_that_explodes_elsewhere_is_quick_here() -> None:
    assert "it must match" in why_not(Parameter(pattern="(a+)+b"), "a" * 200)


def test_what_is_too_long_is_refused_before_it_is_looked_at() -> None:
    assert "a value has 1 to 200 characters, not 100000" == why_not(ANY, "x" * 100_000)


def test_a_choice_is_one_of_those_that_policy_lists() -> None:
    level = Parameter(choices=("low", "high"))

    assert "`urgent` is not known here; write one of low, high" == why_not(level, "urgent")


def test_a_moment_so_long_ago_is_sent_in_utc() -> None:
    takes = {"since": Parameter(type="ago", default=timedelta(hours=1))}
    send = "GET /receipts?since=$since"

    assert ("GET", "/receipts?since=2026-01-31T11%3A00%3A00Z") == address(send, made(send, takes), NOW)
    assert ("GET", "/receipts?since=2026-01-29T12%3A00%3A00Z") == address(
        send, made(send, takes, since="2d"), NOW
    )


def test_a_body_gets_values_whole_and_texts_inside_texts() -> None:
    body = {"ids": "$ids", "deep": {"n": "$n", "on": True}, "note": "$n of $ids", "many": ("$n", "x")}

    assert {
        "ids": ["a", "b"],
        "deep": {"n": 5, "on": True},
        "note": "5 of a, b",
        "many": [5, "x"],
    } == filled(body, {"ids": ("a", "b"), "n": 5})


def test_a_target_is_named_by_its_route_or_its_values() -> None:
    ids = {"ids": Parameter(type="list", pattern="[a-z]")}

    named = params_of("one", ids, ("POST /x",), "tokens $ids")
    assert "tokens a, b" == named.model_validate({"ids": ("a", "b")}).target
    assert (
        "a, b, c and 2 more"
        == params_of("one", ids, ("POST /x",)).model_validate({"ids": tuple("abcde")}).target
    )
    assert "/queue/pause" == params_of("one", {}, ("POST /queue/pause",)).model_validate({}).target


def test_a_list_is_typed_as_words() -> None:
    assert ("a b", "5") == (typed(("a", "b")), typed(5))


def test_what_stands_in_the_path_of_a_look_is_held_to_it_too() -> None:
    stats = {"title": "Key", "takes": {"id": {"pattern": ".*"}}, "send": "GET /keys/$id", "show": {"A": "a"}}
    drop = {
        "takes": {"id": {"pattern": ".*"}},
        "send": "POST /drop",
        "body": {"id": "$id"},
        "before": {"reading": "key"},
        "after": "none",
        "way_back": "none",
    }
    routes = Routes.model_validate({"readings": {"key": stats}, "actions": {"drop": drop}})
    params = registry_of(routes).find(("http",), "drop").params

    with pytest.raises(ValidationError, match="cannot stand in an address"):
        params.model_validate({"id": "../admin"})
    assert "abc" == params.model_validate({"id": "abc"}).target
