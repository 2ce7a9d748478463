"""What may be typed about logs, and how lines are told without showing one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.systems.kubernetes.log_lines import BEGINNING, levels, signs, timed_lines
from handlers.actions.kubernetes import log_wording as wording
from handlers.actions.kubernetes.logs_ports import LogLine, LogsOf, Window
from handlers.actions.kubernetes.reading_logs import LogsParams
from handlers.actions.kubernetes.view_wording import NOT_A_LABEL
from tests.unit.handlers.test_kubernetes_words import made

AT = datetime(2026, 11, 21, 10, 42, 11, tzinfo=UTC)


def test_what_is_typed_becomes_whose_logs_and_which_lines() -> None:
    typed = {
        "name": "api",
        "tail": "50",
        "since": "1h",
        "container": "web",
        "previous": "yes",
        "grep": "Heap",
    }
    params = LogsParams.model_validate(typed)
    again = LogsParams.model_validate_json(params.model_dump_json())

    assert params == again
    assert LogsOf("api", container="web") == params.of
    assert Window(50, timedelta(hours=1), previous=True, grep="Heap") == params.window


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({}, wording.WHOSE),
        ({"name": "api", "app": "api"}, wording.WHOSE),
        ({"app": "api", "label": "tier=web"}, wording.WHOSE),
        ({"label": "tier=web;x"}, NOT_A_LABEL),
        ({"name": "-api"}, wording.NOT_A_POD),
        ({"name": "a/../b"}, wording.NOT_A_POD),
        ({"app": "a,b=c"}, wording.NOT_A_LABEL),
        ({"app": "a", "container": "x y"}, wording.NOT_A_LABEL),
        ({"name": "api", "tail": "0"}, wording.NOT_LINES),
        ({"name": "api", "since": "8d"}, wording.TOO_LONG_AGO),
        ({"name": "api", "grep": "x" * 81}, wording.TOO_LONG),
    ],
)
def test_what_cannot_be_is_refused_in_our_words(typed: dict[str, str], why: str) -> None:
    assert why == made(LogsParams, **typed)


def test_lines_have_the_times_of_the_cluster() -> None:
    text = b"2026-11-21T10:42:11.123456789Z INFO one\n more of it\n2026-11-21T10:42:12Z \n"
    at = AT.replace(microsecond=123456)

    assert [(at, "INFO one"), (at, " more of it"), (AT + timedelta(seconds=1), "")] == timed_lines(text)


def test_a_text_without_times_is_read_all_the_same() -> None:
    assert [(BEGINNING, "2026-no-time x"), (BEGINNING, "\ufffd")] == timed_lines(b"2026-no-time x\n\xff")
    assert [] == timed_lines(b"")


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(text: bytes) -> None:
    lines = timed_lines(text)
    assert len(lines) == sum(one.count for one in levels(lines))


def test_lines_are_counted_by_level_and_sign_with_their_times() -> None:
    lines = [
        (AT, "ERROR upstream timeout after 5000ms, retrying"),
        (AT + timedelta(minutes=1), "WARN slow query"),
        (AT + timedelta(minutes=2), "error: connection refused"),
        (AT + timedelta(minutes=3), "patient Jane Example asks"),
    ]

    assert [("ERROR", 2), ("WARN", 1), ("no level", 1)] == [(one.what, one.count) for one in levels(lines)]
    assert (AT, AT + timedelta(minutes=2)) == (levels(lines)[0].first, levels(lines)[0].last)
    named = {one.what: one.count for one in signs(lines)}
    assert {"time-outs": 1, "refused or reset connections": 1, "retries": 1, "slowness": 1} == named


@given(st.lists(st.text(max_size=60), max_size=20))
def test_no_word_of_a_line_is_in_what_is_counted(texts: list[str]) -> None:
    lines = [(AT, text) for text in texts]
    own = {one.what for one in (*levels([(AT, "x")]), *signs(lines))} | {"ERROR", "INFO", "WARN", "DEBUG"}

    assert {one.what for one in levels(lines)} <= own | {"FATAL", "NOTICE", "TRACE", "no level"}


def test_the_source_of_a_line_is_told_where_there_are_several() -> None:
    one, other = LogLine(AT, "api-1", "a"), LogLine(AT, "api-2", "b")

    assert "10:42:11 a" == wording.text_of([one])
    assert "10:42:11 api-1 a\n10:42:11 api-2 b" == wording.text_of([one, other])
